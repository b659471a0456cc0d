"""Every way in which a call to the API can fail.

    ApiError
    ├── InvalidRequest        refused here, before a connection was opened (a bad ID, a bad key)
    ├── NetworkError          no answer came
    │   ├── ConnectFailed     no connection: nothing was sent
    │   ├── TimedOut          the deadline of the whole call passed
    │   └── ConnectionBroken  the connection closed before the whole answer had arrived
    ├── BadAnswer             an answer that is not the API's
    │   ├── AnswerTooLarge    larger than the cap, compressed or not
    │   └── Redirected        a redirect: never followed
    ├── Refused               the API refused (4xx)
    │   ├── BadRequest        400, 422: `param` may name the field
    │   ├── KeyRefused        401: missing, mistyped, expired or revoked
    │   ├── Denied            403: the key is valid, but not for this
    │   ├── ProxyRefused      401, 403 as a web page: from a proxy or firewall, not the API
    │   ├── NotFound          404
    │   ├── Conflict          409
    │   ├── TooLarge          413: `request_size` has what was sent
    │   └── RateLimited       429: `retry_after` may say when to try again
    ├── ServiceFailed         the API failed (5xx)
    └── Busy                  this console has too many calls in progress: nothing was sent

Source: "Errors" of the API's later documentation; the document itself names only 404.
"""

from enum import Enum


class Outcome(str, Enum):
    """What a failed call has done to the model. The activity, results and states use the same words."""

    NOT_SENT = "not_sent"  # the API never received it
    REFUSED = "refused"  # the API refused: nothing changed
    UNKNOWN = "unknown"  # it may or may not have happened


class ApiError(Exception):
    """A failed call.

    Attributes:
        message: one sentence for a person: the API's own message if it sent one. Untrusted text.
        has_message: False if `message` is this client's, because the answer had none.
        is_json: False if the answer is not a JSON object (a page, plain text, nothing): it may be a proxy's.
        proxy: if the answer is a web page, the name that the sender gives itself ("" if none). None for others.
        outcome: what is known about the effect of the call.
        status: HTTP status, None without an answer.
        code: the API's `error.code`, None if absent.
        param: the request field at fault, None if not given.
        request_id: `X-Request-ID` of the answer, None without one.
        retry_after: seconds to wait, None if not given. Never negative.
        request_size: bytes of the body that was too large, None for other errors.
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
        has_message: bool = True,
        is_json: bool = True,
        proxy: str | None = None,
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
        self.has_message = has_message
        self.is_json = is_json
        self.proxy = proxy
        self.request_size: int | None = None


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


class ProxyRefused(Refused):
    pass


class TooLarge(Refused):
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
