"""A model's status on its page, how often it is polled, and the Revalidate and Delete buttons.

    status_context -> panel         for _status_poll.html
                   -> actions       for _lifecycle_actions.html
                   -> revalidation  for _revalidation.html, None where there is nothing to show

Polls start at two seconds and double up to thirty; they wait longer where the API says when to ask again. What one
poll carries to the next travels in its address, so it is signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.timezone import now as current_time

from models_admin.access.connections import Access
from models_admin.formatting.odd import odd_value
from models_admin.models import Activity
from models_admin.screens.model.revalidation import revalidation_panel
from models_admin.screens.models.rows import status_view
from models_admin.services.deleting import ACCEPTED
from models_admin.services.protection import why_protected
from models_admin.services.reconcile import VALIDATING, pending_deletion
from models_admin.services.revalidating import PURPOSE, revalidation_reason
from models_admin.xerotier.schemas import Model, status_key

FIRST_DELAY = 2  # seconds
LAST_DELAY = 30
LONGEST_WAIT = 600  # of what the API may ask for; after that a person should look
DELETING = "deleting"
DELETION_SENT = "A deletion of this model was sent, and its result isn't known yet."
RUNNING_MARK = "\N{BLACK CIRCLE} "
SALT = "models_admin.screens.model.polling"
LATE_AFTER = timedelta(minutes=10)  # the page says so when a validation takes longer


@dataclass(frozen=True, slots=True)
class PollState:
    """The last status that was read, when, and since when the model has been validating (aware datetimes)."""

    status: str | None
    at: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatusPanel:
    """The status, and whether it goes on being polled.

    `status` is for `_status.html`. `poll_url` is "" where polling ends; `delay` is in seconds.
    `stale` is one sentence where the status may be out of date, `late` one where validating takes long.
    `mark` goes before the title of the browser's tab.
    """

    status: dict[str, str]
    refresh_url: str = ""
    poll_url: str = ""
    delay: int = FIRST_DELAY
    late: str = ""
    stale: str = ""
    request_id: str = ""

    @property
    def mark(self) -> str:
        return RUNNING_MARK if self.poll_url else ""

    @property
    def fallback(self) -> int:
        """Seconds until the page polls anyway: a poll that got no answer at all schedules no next one."""
        return max(60, 2 * self.delay)


def status_context(
    *,
    access: Access,
    model: Model,
    row: Activity | None,
    changes: Iterable[Activity],
    poll: PollState | None = None,
    delay: int = FIRST_DELAY,
    protected: str | None = None,
) -> dict[str, Any]:
    """All three, for a model that was read just now.

    `row` is its newest revalidation, `changes` are those made to it here, newest first. `poll` is what the last poll
    knew, `delay` the seconds until the next one. `protected` says why the model is protected, "" if it isn't; None
    where that is still to be read.
    """
    if protected is None:
        protected = why_protected(project=access.project, model_id=model.id)
    return {
        "panel": _panel(access, model, row, pending_deletion(changes), poll, delay),
        "actions": _actions(access, model, protected),
        "revalidation": revalidation_panel(access=access, model=model, row=row),
    }


def stale_panel(*, access: Access, model_id: str, poll: PollState, delay: int, stale: str) -> StatusPanel:
    """The status that was read last, marked as such, with the next try in `delay` seconds."""
    return StatusPanel(
        status=status_view(poll.status),
        refresh_url=reverse("model", args=[access.project, model_id]),
        poll_url=_poll_url(access, model_id, poll, delay),
        delay=delay,
        stale=stale,
    )


def _panel(
    access: Access,
    model: Model,
    row: Activity | None,
    deletion: Activity | None,
    poll: PollState | None,
    delay: int,
) -> StatusPanel:
    page = reverse("model", args=[access.project, model.id])
    shown = status_view(model.status or _odd_status(model))
    if deletion is None and not _is_pending(model, row):
        return StatusPanel(status=shown, refresh_url=page)
    at = current_time()
    since = _validating_since(row, poll, at)
    late = _late(at - since) if deletion is None else ACCEPTED if deletion.status == 202 else DELETION_SENT
    return StatusPanel(
        status=shown,
        refresh_url=page,
        poll_url=_poll_url(access, model.id, PollState(model.status, at, since), delay),
        delay=delay,
        late=late,
    )


def _odd_status(model: Model) -> str | None:
    """A status that is not text, as it was sent."""
    return None if model.understood("status") else odd_value("status", model.sent["status"]).text


def _is_pending(model: Model, row: Activity | None) -> bool:
    """Whether there is an end to wait for: the model is validating, is about to, or is being deleted."""
    waits = row is not None and row.resolved_at is None and row.outcome == Activity.Outcome.DONE
    return status_key(model.status) in (VALIDATING, DELETING) or waits


def _actions(access: Access, model: Model, protected: str) -> dict[str, Any]:
    """The buttons. A reason says why a button is disabled, "" where it is enabled.

    `protect_url` is "" for a model that is already protected.
    """
    address = [access.project, model.id]
    return {
        "revalidate_url": reverse("model-revalidate", args=address),
        "revalidate_token": access.form_token(model.id, PURPOSE),
        "revalidate_reason": access.why_not("edit") or protected or revalidation_reason(status=model.status),
        "delete_url": reverse("model-delete", args=address),
        "delete_reason": access.why_not("delete") or protected,
        "protect_url": "" if protected else reverse("model-protect", args=address),
        "protect_reason": access.why_not("protect"),
    }


def _validating_since(row: Activity | None, poll: PollState | None, at: datetime) -> datetime:
    """Since the revalidation, or else since this page first saw it. A clock that jumped back counts as now."""
    if row is not None and row.resolved_at is None:
        return min(row.created_at, at)
    return min(poll.since, at) if poll and poll.since else at


def _late(waited: timedelta) -> str:
    if waited < LATE_AFTER:
        return ""
    minutes = int(waited.total_seconds() // 60)
    return (
        f"Still validating after {minutes} minutes, which is longer than usual. "
        f"If it continues, contact {settings.SERVICE_NAME} support about this model."
    )


def delay_read(text: str | None) -> int:
    """The delay in seconds from an address, kept within its bounds."""
    try:
        delay = int(text or FIRST_DELAY)
    except ValueError:
        return FIRST_DELAY
    return max(FIRST_DELAY, min(delay, LAST_DELAY))


def delay_next(delay: int, *, retry_after: int | None = None) -> int:
    """Twice as long, and no sooner than the API said."""
    return max(min(delay * 2, LAST_DELAY), min(retry_after or 0, LONGEST_WAIT))


def poll_state_read(text: str | None, *, access: Access, model_id: str) -> PollState | None:
    """What the last poll knew; None where it was not made for this person, project and model."""
    try:
        user, project, model, status, at, since = signing.loads(text or "", salt=SALT, max_age=86_400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if (user, project, model) != (access.user.pk, access.project, model_id):
        return None
    return PollState(status, _moment(at), _moment(since) if since is not None else None)


def _poll_url(access: Access, model_id: str, poll: PollState, delay: int) -> str:
    """The address of the next poll, `delay` seconds from now."""
    since = poll.since.timestamp() if poll.since else None
    content = [access.user.pk, access.project, model_id, poll.status, poll.at.timestamp(), since]
    query = urlencode({"delay": min(delay, LAST_DELAY), "last": signing.dumps(content, salt=SALT)})
    return f"{reverse('model-status', args=[access.project, model_id])}?{query}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
