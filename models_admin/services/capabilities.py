"""Which optional routes of the API answer.

Each is tried when a page first needs it. What its answer says about the route is remembered with the connection, so
that a route that this server doesn't have, or this key may not use, costs one call a session and not one a page. It is
never shared between people, ends with the session and with the key, and `routes_ask_again` forgets it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar, cast, get_args

from models_admin.access.connections import Access, route_remember, routes_forget
from models_admin.xerotier.errors import ApiError, Denied, NotFound

Route = Literal["endpoints", "sharing", "versions", "uploads"]
ROUTES: tuple[Route, ...] = get_args(Route)
Availability = Literal["answers", "no_route", "no_permission"]
# A 404 with one of these codes is about the model or the project, so it says nothing about the route.
NOT_ABOUT_THE_ROUTE = ("model_not_found", "project_not_found", "upload_not_found", "version_not_found")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an optional route gave nothing.

    no_route: this API does not have it. no_permission: this key may not use it. failed: this call failed, which says
    nothing about the next one. `error` is None where the reason was remembered and no call was made.
    """

    reason: Literal["no_route", "no_permission", "failed"]
    error: ApiError | None = None


def optional_call(
    *, access: Access, route: Route, call: Callable[[], T], thing: Callable[[], object] | None = None
) -> T | Unavailable:
    """Make a call to an optional route, unless the route is known not to answer. Never raises an ApiError.

    Only an answer of the API itself, in JSON, is remembered as the absence of the route, and only as long as the route
    has not answered. `thing` reads what the call is about, such as a model: if a 404 without a code may be about it,
    it is read, and only its existence shows that the route is missing.
    """
    known = route_availability(access=access, route=route)
    if known in ("no_route", "no_permission"):
        return Unavailable(known)
    try:
        answer = call()
    except ApiError as error:
        reason = _reason(error)
        if reason == "no_route" and (known == "answers" or _is_about(thing, error)):
            reason = "failed"
        if reason != "failed" and error.is_json:
            _remember(access, route, reason)
        return Unavailable(reason, error)
    _remember(access, route, "answers")
    return answer


def route_availability(*, access: Access, route: Route) -> Availability | None:
    """What is known of a route; None where it has not been asked. No call."""
    found = access.routes.get(route)
    return cast(Availability, found) if found in get_args(Availability) else None


def route_offered(*, access: Access, route: Route) -> bool | None:
    """Whether pages offer what a route does: False if it is known not to answer, None if it has not been asked."""
    known = route_availability(access=access, route=route)
    return None if known is None else known == "answers"


def routes_ask_again(*, access: Access) -> None:
    """Forget what is known of all routes for this person, project and key. Raises NotAllowed."""
    access.require("read")
    routes_forget(access=access)


def _remember(access: Access, route: Route, availability: Availability) -> None:
    if access.routes.get(route) != availability:
        route_remember(access=access, route=route, availability=availability)


def _is_about(thing: Callable[[], object] | None, error: ApiError) -> bool:
    """Whether a 404 may be about the thing, which then can't be read either. At most one call."""
    if thing is None or error.status != 404 or error.code:
        return False
    try:
        thing()
    except ApiError:
        return True
    return False


def _reason(error: ApiError) -> Literal["no_route", "no_permission", "failed"]:
    if error.proxy is not None:  # a web page, from a proxy or firewall: it says nothing about the API
        return "failed"
    if error.status == 405 or (isinstance(error, NotFound) and error.code not in NOT_ABOUT_THE_ROUTE):
        return "no_route"
    if isinstance(error, Denied) and error.status == 403:
        return "no_permission"
    return "failed"
