"""Which endpoints serve a model, as far as the API lists them: known, unknown, and remembered as unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from models_admin.access.connections import Access
from models_admin.screens.model.delete import difference
from models_admin.services import endpoints
from models_admin.services.capabilities import routes_ask_again
from models_admin.services.deleting import ModelDiffers, delete_plan, model_delete
from models_admin.services.endpoints import SeenEndpoints, endpoints_change, endpoints_of
from models_admin.xerotier.endpoints import Endpoint, endpoints_from_json
from models_admin.xerotier.errors import Denied
from models_admin.xerotier.secret import Secret
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT


@pytest.fixture
def access(api_url: str, person: Callable[..., Any]) -> Access:
    return Access(user=person("Viewer"), project=PROJECT, key=Secret(KEY))


def read(access: Access) -> endpoints.Reach:
    return endpoints_of(access=access, model_id=EXAMPLE_ID, name="my-custom-model")


def calls(sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.route == "endpoints")


@pytest.mark.parametrize("list_format", ["data", "endpoints", "list"])
@pytest.mark.parametrize("model", ["model", "model_id", "modelId", "object", "name"])
def test_endpoints_are_listed_in_every_format(
    access: Access, sandbox: Any, list_format: str, model: str
) -> None:
    sandbox.set(endpoints="on", endpoints_format=list_format, endpoints_model=model)
    found = read(access)
    assert found.known
    assert (len(found.endpoints), found.incomplete, found.unassigned) == (5, False, 0)


@pytest.mark.parametrize(("setting", "why"), [("off", "no_route"), ("forbidden", "no_permission")])
def test_a_route_that_is_missing_or_forbidden_is_asked_for_once(
    access: Access, sandbox: Any, setting: str, why: str
) -> None:
    sandbox.set(endpoints=setting)
    assert [read(access).knowledge for _ in range(3)] == [why] * 3
    assert calls(sandbox) == 1
    sandbox.set(endpoints="on")
    routes_ask_again(access=access)
    assert read(access).known


def test_what_one_person_may_not_read_says_nothing_about_another(
    access: Access, sandbox: Any, person: Callable[..., Any]
) -> None:
    sandbox.set(endpoints="forbidden")
    read(access)
    sandbox.set(endpoints="on")
    other = Access(user=person("Viewer"), project=PROJECT, key=Secret(KEY))
    assert read(other).known


@pytest.mark.parametrize("kind", ["html", "reset_before", "truncated_json", "empty"])
def test_a_failure_is_not_remembered_and_never_reads_as_none(access: Access, sandbox: Any, kind: str) -> None:
    sandbox.set(endpoints="on")
    sandbox.fault(kind, route="endpoints", times=2)
    failed = read(access)
    assert (failed.knowledge, failed.endpoints) == ("failed", ())
    assert failed.error is not None
    sandbox.clear_faults()
    assert read(access).known


def several(count: int, first: int = 0, **facts: str) -> list[Endpoint]:
    slugs = (f"chat-{number}" for number in range(first, first + count))
    named = {"tier": "gpu", "region": "eu-west", "state": "active"} | facts
    return [Endpoint(slug=slug, models=frozenset({"m-1"}), path=slug, **named) for slug in slugs]


NAMELESS = Endpoint(slug="", tier="", region="", state="", models=frozenset())


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (several(3), several(3), ""),
        (several(3), several(3)[::-1], ""),
        (several(3), several(3, state="provisioning"), ""),
        (several(3), several(2), ""),
        (several(3), [], ""),
        (several(3), several(3, first=1), "1 new endpoint"),
        (several(3), several(2, first=2), "1 new endpoint"),
        (several(3), [replace(several(1)[0], id="other")], "1 new endpoint"),
        ([], several(2), "2 new endpoints"),
        ([NAMELESS], [NAMELESS] * 3, "2 new endpoints"),
        (several(201), several(201)[::-1], ""),
        (several(201), several(201, first=1), "different endpoints"),
        (several(201), several(3), "different endpoints"),
        (None, several(1), "1 endpoint, which was not known before"),
        (None, several(2), "2 endpoints, which were not known before"),
        (None, [], ""),
    ],
)
def test_an_endpoint_that_was_not_shown_is_noticed(
    before: list[Endpoint] | None, now: list[Endpoint], change: str
) -> None:
    stored = None if before is None else SeenEndpoints.of(before).as_json()
    assert endpoints_change(SeenEndpoints.from_json(json.loads(json.dumps(stored))), now) == change


@pytest.mark.parametrize(("number", "change"), [(0, "1 new endpoint"), (1, "different endpoints")])
def test_with_a_stored_number_alone_every_endpoint_is_new(number: int, change: str) -> None:
    assert endpoints_change(SeenEndpoints.from_json(number), several(1)) == change
    assert endpoints_change(SeenEndpoints.from_json(number), []) == ""


def test_what_a_form_carries_is_bounded() -> None:
    assert max(len(json.dumps(SeenEndpoints.of(several(count)).as_json())) for count in (200, 201)) < 4100


def test_the_case_of_a_models_id_does_not_count_and_that_of_its_name_does() -> None:
    found = endpoints_from_json(
        {"data": [{"slug": "a", "model_id": "9F0C-AB"}, {"slug": "b", "model": "Chat"}]}
    )
    assert [one.slug for one in found.serving(model_id="9f0c-ab", name="Chat")] == ["a", "b"]
    assert [one.slug for one in found.serving(model_id="9f0c-ab", name="chat")] == ["a"]


@pytest.mark.parametrize("remembered", [False, True])
def test_a_model_whose_endpoints_were_shown_is_not_deleted_without_listing_them_again(
    access: Access, person: Callable[..., Any], sandbox: Any, remembered: bool
) -> None:
    sandbox.set(endpoints="on")
    access = replace(access, user=person("Maintainer", "mia"))
    plan = delete_plan(access=access, model_id=EXAMPLE_ID)
    sandbox.set(endpoints="forbidden")
    if remembered:  # another tab has found out
        access.routes["endpoints"] = "no_permission"
    given = {"confirm_name": plan.confirm, "confirm_endpoints": True, "token": plan.token}
    with pytest.raises(ModelDiffers if remembered else Denied) as stopped:
        model_delete(access=access, model_id=EXAMPLE_ID, **given)
    assert "DELETE" not in [call.method for call in sandbox.requests]
    if remembered:
        said = difference(before=stopped.value.before, plan=stopped.value.plan)
        assert "its endpoints can't be listed any more" in said
        again = given | {"token": stopped.value.plan.token}
        assert model_delete(access=access, model_id=EXAMPLE_ID, **again).state == "deleted"
