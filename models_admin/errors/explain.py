"""Turn an ApiError into what happened, where, and what to do next, without a request or a database.

A known code decides; otherwise the kind of error does. The sentences themselves are in `causes`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

from models_admin.errors.causes import CODES, DENIED_ADDRESS, FALLBACK, KINDS, Action, Cause, Side
from models_admin.formatting.text import shortened, visible
from models_admin.xerotier import errors

T = TypeVar("T")

MAX_WORDS = 300  # characters of the API's own words on a page
MAX_WAIT = 3600  # seconds; a longer countdown helps nobody


@dataclass(frozen=True, slots=True)
class Explanation:
    """One failure, as shown to the user.

    `detail` and `code` may hold the API's own text: escape them. `retry_after` is in whole seconds.
    `action` names the link that a page offers: try again, connect again, back to the models.
    `http_status` is what this console answers with, which is not what the API answered.
    """

    title: str
    detail: str
    http_status: int
    side: Side = "yours"
    next_step: str = ""
    retry_after: int | None = None
    request_id: str | None = None
    code: str | None = None
    action: Action = ""

    @property
    def where(self) -> str:
        """The label that says where it happened."""
        return WHERE.get(self.side) or settings.SERVICE_NAME


WHERE: dict[Side, str] = {
    "yours": "Your request",
    "key": "API key",
    "network": "Network",
    "console": "This console",
}
STATUSES: dict[type[errors.ApiError], int] = {
    errors.InvalidRequest: 400,
    errors.ConnectFailed: 503,
    errors.TimedOut: 504,
    errors.ConnectionBroken: 502,
    errors.BadAnswer: 502,
    errors.KeyRefused: 403,  # 401 would be about signing in to this console
    errors.Denied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.RateLimited: 429,
    errors.Refused: 400,
    errors.ServiceFailed: 502,
    errors.Busy: 503,
}


def explain(error: errors.ApiError, *, cause: Cause | None = None) -> Explanation:
    """Return everything that a page says about a failed call. Never raises.

    `cause` replaces the usual one where the page knows what the user was doing.
    """
    cause = cause or _cause(error)
    return Explanation(
        title=cause.title,
        detail=_detail(error, cause),
        side=cause.side,
        next_step=named(cause.next_step),
        retry_after=_wait(error),
        request_id=visible(error.request_id) if error.request_id else None,
        code=visible(error.code) if error.code else None,
        http_status=_by_kind(STATUSES, error, 502),
        action=cause.action,
    )


def named(text: str) -> str:
    """The text with the service's name in it."""
    return text.replace("{service}", settings.SERVICE_NAME)


def _cause(error: errors.ApiError) -> Cause:
    # Codes count only on refusals and server errors: a proxy's page with status 200 has none.
    if error.code in CODES and isinstance(error, errors.Refused | errors.ServiceFailed):
        return CODES[error.code]
    if isinstance(error, errors.Denied) and "ip" in (error.code or "").casefold().split("_"):
        return DENIED_ADDRESS
    return _by_kind(KINDS, error, FALLBACK)


def _by_kind(table: Mapping[type[errors.ApiError], T], error: errors.ApiError, default: T) -> T:
    """What the table has for the error's class, else for the nearest of its base classes."""
    return next((table[kind] for kind in type(error).__mro__ if kind in table), default)


def _detail(error: errors.ApiError, cause: Cause) -> str:
    """Return the console's sentence, what else is known, then the API's message if it sent one."""
    parts = [named(cause.detail)]
    if error.proxy:
        parts.append(f"It was sent by {visible(error.proxy)}.")
    if error.request_size:
        parts.append(f"The console sent {error.request_size:,} bytes.")
    words = visible(" ".join(str(error.message).split()))
    refused = isinstance(error, errors.Refused | errors.ServiceFailed)
    if words and error.has_message and refused and error.status is not None:
        parts.append(f"The service said: {shortened(words, MAX_WORDS)}")
    return " ".join(parts)


def _wait(error: errors.ApiError) -> int | None:
    """Whole seconds to count down, rounded up; None where the API gave no usable number."""
    seconds = error.retry_after
    if seconds is None or error.code == "quota_exceeded" or not math.isfinite(seconds) or seconds < 0:
        return None
    return min(math.ceil(seconds), MAX_WAIT)
