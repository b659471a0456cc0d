"""How polls pace themselves, and what a poll carries to the next: signed, since it travels in an address.

Two seconds, doubling to thirty; longer where the API said when to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse

from models_admin.access.connections import Access

FIRST_DELAY = 2  # seconds
LAST_DELAY = 30
LONGEST_WAIT = 600  # of what the API may ask for; after that a person should look
SALT = "models_admin.screens.model.polling"


@dataclass(frozen=True, slots=True)
class Memory:
    """The last status that was read, when, and since when it has been validating (aware datetimes)."""

    status: str | None
    at: datetime
    since: datetime | None = None


def delay_read(text: str | None) -> int:
    """The delay in seconds that an address asks for, held to its bounds."""
    try:
        delay = int(text or FIRST_DELAY)
    except ValueError:
        return FIRST_DELAY
    return max(FIRST_DELAY, min(delay, LAST_DELAY))


def delay_next(delay: int, *, retry_after: int | None = None) -> int:
    """Twice as long, and no sooner than the API said."""
    return max(min(delay * 2, LAST_DELAY), min(retry_after or 0, LONGEST_WAIT))


def status_poll_url(*, access: Access, model_id: str, memory: Memory, delay: int) -> str:
    """The address of the next poll, `delay` seconds from now."""
    since = memory.since.timestamp() if memory.since else None
    content = [access.user.pk, access.project, model_id, memory.status, memory.at.timestamp(), since]
    query = urlencode({"delay": min(delay, LAST_DELAY), "last": signing.dumps(content, salt=SALT)})
    return f"{reverse('model-status', args=[access.project, model_id])}?{query}"


def memory_read(text: str | None, *, access: Access, model_id: str) -> Memory | None:
    """What the last poll knew; None where it was not made for this person, project and model."""
    try:
        user, project, model, status, at, since = signing.loads(text or "", salt=SALT, max_age=86_400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if (user, project, model) != (access.user.pk, access.project, model_id):
        return None
    return Memory(status, _moment(at), _moment(since) if since is not None else None)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
