"""What is known of the API for one project and key, for `/about/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from models_admin.access.connections import Access
from models_admin.services.capabilities import (
    ROUTES,
    Availability,
    Route,
    Unavailable,
    optional_call,
    route_availability,
    routes_ask_again,
)
from models_admin.services.client import client
from models_admin.xerotier.budget import Budget
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.observed import Observed


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """`routes` has every optional route, None where it has not been asked. `budget` is None if the API reports none.

    `error` says why the API could not be asked just now; what is known from before is there all the same.
    """

    project: str
    observed: Observed
    budget: Budget | None
    routes: Mapping[Route, Availability | None]
    error: ApiError | None = None


def project_facts(*, access: Access) -> ProjectFacts:
    """Ask for one model, which shows dialect, rate limit and speed. One call; it never raises an ApiError.

    Raises NotAllowed.
    """
    access.require("read")
    error = None
    try:
        client().check(project=access.project, key=access.key)
    except ApiError as caught:
        error = caught
    return ProjectFacts(
        access.project,
        client().observed(key=access.key),
        client().budget(key=access.key),
        {route: route_availability(access=access, route=route) for route in ROUTES},
        error,
    )


def routes_refresh(*, access: Access) -> dict[Route, ApiError]:
    """Forget what is known of the optional routes, and ask those again that belong to the project.

    Routes of one model are asked when its page needs them. Returns the routes that could not be asked, and why.
    Raises NotAllowed.
    """
    routes_ask_again(access=access)
    arguments: dict[str, Any] = {"project": access.project, "key": access.key}
    calls: dict[Route, Callable[[], Any]] = {
        "endpoints": partial(client().list_endpoints, **arguments),
        "uploads": partial(client().list_uploads, **arguments),
    }
    failed = {}
    for route, call in calls.items():
        answer = optional_call(access=access, route=route, call=call)
        if isinstance(answer, Unavailable) and answer.reason == "failed" and answer.error:
            failed[route] = answer.error
    return failed
