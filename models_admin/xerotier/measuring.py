"""What a client reports about its calls, for whoever counts them."""

from typing import Protocol

from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.observed import route_text
from models_admin.xerotier.responses import rate_limit_of
from models_admin.xerotier.transport import ApiRequest, ApiResponse


class CallMeter(Protocol):
    """Called by any thread, around every HTTP request; a GET that is sent again is two of them."""

    def begun(self) -> None:
        """A request is about to be sent."""

    def ended(self, *, operation: str, error: ApiError | None, seconds: float) -> None:
        """It was answered with success (`error` is None), refused, or not answered.

        `operation` is method and route without any ID: `PATCH /models/{id}`.
        """

    def budget(self, *, project: str, remaining: int) -> None:
        """An answer of the API reported how many calls are left in the minute of the key's rate limit."""


def measured(
    meter: CallMeter,
    request: ApiRequest,
    answer: ApiResponse | ApiError,
    checked: ApiResponse | ApiError,
    seconds: float,
) -> None:
    """Report one request: what came, and whether it counts as success (`checked`)."""
    error = checked if isinstance(checked, ApiError) else None
    operation = f"{request.method} {route_text(request.path)}"
    meter.ended(operation=operation, error=error, seconds=seconds)
    if error is None and isinstance(answer, ApiResponse):
        remaining = rate_limit_of(answer).remaining
        if remaining is not None:
            meter.budget(project=request.path.split("/", 2)[1], remaining=remaining)
