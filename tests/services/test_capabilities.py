"""What is remembered of optional routes: for one session and one key, and only what an answer said of the route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from models_admin.access.connections import Access
from models_admin.services.capabilities import Unavailable, optional_call, route_availability
from models_admin.xerotier import errors
from models_admin.xerotier.secret import Secret
from tests.conftest import connect
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

DELETE = f"/projects/{PROJECT}/models/{EXAMPLE_ID}/delete/"


@pytest.fixture
def access(person: Callable[..., Any]) -> Access:
    return Access(user=person("Viewer"), project=PROJECT, key=Secret(KEY))


def failing(error: errors.ApiError) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.NotFound("", status=404), "no_route"),
        (errors.NotFound("", status=404, code="not_found"), "no_route"),
        (errors.BadRequest("", status=405), "no_route"),
        (errors.Denied("", status=403), "no_permission"),
    ],
)
def test_an_answer_about_the_route_is_remembered(access: Access, error: Any, reason: str) -> None:
    assert optional_call(access=access, route="uploads", call=failing(error)) == Unavailable(reason, error)
    assert route_availability(access=access, route="uploads") == reason
    assert optional_call(access=access, route="uploads", call=lambda: 1) == Unavailable(reason)
    assert optional_call(access=access, route="versions", call=lambda: 1) == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFound("", status=404, code="model_not_found"),
        errors.NotFound("", status=404, code="project_not_found"),
        errors.KeyRefused("", status=401),
        errors.ProxyRefused("", status=401, proxy=""),
        errors.ProxyRefused("", status=403, proxy="nginx"),
        errors.NotFound("", status=404, is_json=False, proxy=""),
        errors.BadRequest("", status=405, is_json=False, proxy="nginx"),
        errors.RateLimited("", status=429),
        errors.ServiceFailed("", status=503),
        errors.TimedOut(""),
        errors.Busy(""),
        errors.BadAnswer(""),
    ],
)
def test_any_other_failure_says_nothing_of_the_route(access: Access, error: errors.ApiError) -> None:
    assert optional_call(access=access, route="uploads", call=failing(error)) == Unavailable("failed", error)
    assert route_availability(access=access, route="uploads") is None
    assert optional_call(access=access, route="uploads", call=lambda: 1) == 1
    assert route_availability(access=access, route="uploads") == "answers"


def test_an_absence_that_is_not_said_in_json_is_not_remembered(access: Access) -> None:
    error = errors.NotFound("", status=404, is_json=False)
    assert optional_call(access=access, route="uploads", call=failing(error)) == Unavailable(
        "no_route", error
    )
    assert route_availability(access=access, route="uploads") is None


def test_a_route_that_has_answered_is_not_missing_because_of_one_404(access: Access) -> None:
    assert optional_call(access=access, route="versions", call=lambda: 1) == 1
    error = errors.NotFound("Not here.", status=404)
    assert optional_call(access=access, route="versions", call=failing(error)) == Unavailable("failed", error)
    assert route_availability(access=access, route="versions") == "answers"
    denied = errors.Denied("", status=403)
    assert optional_call(access=access, route="versions", call=failing(denied)).reason == "no_permission"


@pytest.mark.parametrize(
    ("code", "model_is_there", "reason"),
    [(None, True, "no_route"), (None, False, "failed"), ("not_found", False, "no_route")],
)
def test_a_404_without_a_code_may_be_about_the_model(
    access: Access, code: str | None, model_is_there: bool, reason: str
) -> None:
    error = errors.NotFound("Not here.", status=404, code=code)
    thing = (lambda: 1) if model_is_there else failing(error)
    found = optional_call(access=access, route="versions", call=failing(error), thing=thing)
    assert found == Unavailable(reason, error)
    assert route_availability(access=access, route="versions") == (reason if reason != "failed" else None)


@pytest.mark.parametrize("kept", ["", "yes", "no_route "])
def test_an_unknown_word_in_the_session_is_ignored(access: Access, kept: str) -> None:
    assert route_availability(access=replace(access, routes={"uploads": kept}), route="uploads") is None


def asked(sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.route == "endpoints")


def test_a_session_remembers_between_requests_and_a_new_key_asks_again(
    connected: Client, sandbox: Any
) -> None:
    for _ in range(3):
        assert connected.get(DELETE).status_code == 200
    assert asked(sandbox) == 1
    assert connected.session["connections"]["projects"][PROJECT]["routes"] == {"endpoints": "no_route"}
    connect(connected)
    connected.get(DELETE)
    assert asked(sandbox) == 2


@pytest.mark.parametrize("kept", [None, "no_route", ["endpoints"], {"endpoints": 1}])
def test_a_row_of_another_shape_is_nothing_known(connected: Client, sandbox: Any, kept: Any) -> None:
    session = connected.session
    session["connections"]["projects"][PROJECT]["routes"] = kept
    session.save()
    assert connected.get(DELETE).status_code == 200
    assert asked(sandbox) == 1
