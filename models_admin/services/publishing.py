"""What sharing, versions and cancelling uploads have in common: a change by one optional POST, never repeated.

write_check -> read -> compare with what was shown -> send_recorded (one POST) -> read again -> record the result
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from models_admin.access.connections import Access
from models_admin.models import Activity
from models_admin.services.capabilities import Route, Unavailable, optional_call, route_availability
from models_admin.xerotier.errors import ApiError

State = Literal["done", "unknown", "refused", "not_sent", "gone"]
LOST = "The response was lost."
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostResult:
    """The result of one POST, with what a reading afterwards shows.

    done: the API said so, and the reading doesn't contradict. unknown: the answer was lost or is contradicted; `note`
    says what the reading shows. gone: the model or upload no longer exists. refused, not_sent: nothing changed.
    `recorded` is False where the outcome could not be written to the activity.
    """

    state: State
    note: str = ""
    error: ApiError | None = None
    recorded: bool = True


class NotAvailable(Exception):
    """This API has no such route, or this key may not use it. Nothing was sent."""

    def __init__(self, route: Route, reason: Literal["no_route", "no_permission"]) -> None:
        super().__init__(f"{route}: {reason}")
        self.route = route
        self.reason = reason


def available_require(*, access: Access, route: Route) -> None:
    """Raises NotAvailable where it is known that the route can't be used. No call."""
    known = route_availability(access=access, route=route)
    if known in ("no_route", "no_permission"):
        raise NotAvailable(route, known)


def optional_reading(
    *, access: Access, route: Route, call: Callable[[], Answer], thing: Callable[[], object] | None = None
) -> Answer:
    """Make a call that reads, and return its answer. Raises NotAvailable if the route is missing, else ApiError.

    `thing`: see `optional_call`.
    """
    found = optional_call(access=access, route=route, call=call, thing=thing)
    if not isinstance(found, Unavailable):
        return found
    raise found.error if found.reason == "failed" and found.error else _not_available(route, found)


def optional_change(*, access: Access, route: Route, call: Callable[[], Answer]) -> Answer:
    """The same for a call that changes something. If it was made, it raises the ApiError: the activity records it."""
    found = optional_call(access=access, route=route, call=call)
    if not isinstance(found, Unavailable):
        return found
    raise found.error or _not_available(route, found)


def _not_available(route: Route, found: Unavailable) -> NotAvailable:
    return NotAvailable(route, "no_permission" if found.reason == "no_permission" else "no_route")


def state_of(error: ApiError | None) -> State:
    """The state that follows from the response alone, before the model is read again."""
    return error.outcome.value if error else "done"


def outcome_of(state: State) -> str:
    """What is recorded after the POST and the reading; "" for what `send_recorded` concludes from the error."""
    found = {"done": Activity.Outcome.DONE, "unknown": Activity.Outcome.UNKNOWN}
    return found.get(state, "")
