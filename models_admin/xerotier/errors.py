"""Every way in which a call to the API can fail.

    ApiError
    ├── InvalidRequest        refused here, before a socket was opened (a bad id, a bad key)
    ├── NetworkError          no answer came
    │   ├── ConnectFailed     no connection: nothing was sent
    │   ├── TimedOut          the time for the whole call was up
    │   └── ConnectionBroken  the connection broke before the answer was whole
    ├── BadAnswer             an answer came that is none of the API's
    │   ├── AnswerTooLarge    larger than the cap, on the wire or unpacked
    │   └── Redirected        a redirect: never followed
    ├── Refused               the API said no (4xx)
    │   ├── BadRequest        400, 422: `param` may name the field
    │   ├── KeyRefused        401: missing, mistyped, expired or revoked
    │   ├── Denied            403: the key is valid, this is not allowed to it
    │   ├── NotFound          404
    │   ├── Conflict          409
    │   └── RateLimited       429: `retry_after` may say when
    ├── ServiceFailed         the API failed (5xx)
    └── Busy                  this console has too many calls under way: nothing was sent

Source: "Errors" of the API's later documentation; the document itself names only 404.
"""

from __future__ import annotations

from enum import Enum


class Outcome(str, Enum):
    """What a failed call has done to the model."""

    NOT_SENT = "not_sent"  # the API never saw it
    REFUSED = "refused"  # the API answered no: nothing changed
    UNKNOWN = "unknown"  # it may or may not have happened


class ApiError(Exception):
    """A failed call.

    Attributes:
        message: one sentence for a person; the API's own words where it gave any. Untrusted text.
        spoken: False where an answer gave no words of its own, so that `message` is this client's.
        proper: False where the answer is no JSON object (a page, an empty body): it may be a proxy's.
        outcome: what is known of the effect of the call.
        status: HTTP status, None without an answer.
        code: the API's `error.code`, None where absent.
        param: the request field at fault, None where not told.
        request_id: `X-Request-ID` of the answer, None without one.
        retry_after: seconds to wait, None where not told. Never negative.
    """

    outcome = Outcome.UNKNOWN

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome | None = None,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        spoken: bool = True,
        proper: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        if outcome is not None:
            self.outcome = outcome
        self.status = status
        self.code = code
        self.param = param
        self.request_id = request_id
        self.retry_after = retry_after
        self.spoken = spoken
        self.proper = proper


class InvalidRequest(ApiError):
    outcome = Outcome.NOT_SENT


class NetworkError(ApiError):
    pass


class ConnectFailed(NetworkError):
    outcome = Outcome.NOT_SENT


class TimedOut(NetworkError):
    pass


class ConnectionBroken(NetworkError):
    pass


class BadAnswer(ApiError):
    pass


class AnswerTooLarge(BadAnswer):
    pass


class Redirected(BadAnswer):
    pass


class Refused(ApiError):
    outcome = Outcome.REFUSED


class BadRequest(Refused):
    pass


class KeyRefused(Refused):
    pass


class Denied(Refused):
    pass


class NotFound(Refused):
    pass


class Conflict(Refused):
    pass


class RateLimited(Refused):
    pass


class ServiceFailed(ApiError):
    pass


class Busy(ApiError):
    outcome = Outcome.NOT_SENT
