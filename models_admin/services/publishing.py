"""What sharing and versions have in common: a change by one optional POST, which is never repeated.

write_check -> read -> may it be sent? -> send_recorded (one POST) -> read again -> what is true now
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from models_admin.access.connections import Access
from models_admin.services.capabilities import Route, Unavailable, optional_call, route_availability
from models_admin.xerotier.errors import ApiError, Outcome

State = Literal["done", "unknown", "refused", "not_sent", "gone"]
LOST = "The response was lost."
Answer = TypeVar("Answer")


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
    """The answer of an optional route that reads. Raises ApiError, NotAvailable (also where this very call said so).

    `thing`: see `optional_call`.
    """
    found = optional_call(access=access, route=route, call=call, thing=thing)
    if not isinstance(found, Unavailable):
        return found
    if found.reason == "failed" and found.error is not None:
        raise found.error
    raise NotAvailable(route, "no_permission" if found.reason == "no_permission" else "no_route")


def optional_answer(*, access: Access, route: Route, call: Callable[[], Answer]) -> Answer:
    """The same for a route that changes something: its absence is remembered, and raised as the ApiError it is."""
    found = optional_call(access=access, route=route, call=call)
    if not isinstance(found, Unavailable):
        return found
    if found.error is not None:
        raise found.error
    raise NotAvailable(route, "no_permission" if found.reason == "no_permission" else "no_route")


def state_of(error: ApiError) -> State:
    """What a failed POST amounts to, as long as nothing was read afterwards."""
    found: dict[Outcome, State] = {
        Outcome.NOT_SENT: "not_sent",
        Outcome.REFUSED: "refused",
        Outcome.UNKNOWN: "unknown",
    }
    return found[error.outcome]
