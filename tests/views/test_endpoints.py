"""The endpoints card of a model's page, against the live sandbox."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.editing import HTMX
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

MODEL = f"/projects/{PROJECT}/models/{EXAMPLE_ID}/"
CARD = f"{MODEL}endpoints/"
NAMED = f"{CARD}?name=my-custom-model"


def asked(sandbox: Any, route: str = "endpoints") -> int:
    return sum(1 for call in sandbox.requests if call.route == route)


def card_of(answer: Any) -> str:
    """The card's markup on the page of its model, or alone."""
    found = re.search(r'<section id="endpoints".*?</section>', answer.content.decode(), re.DOTALL)
    assert found, answer.content.decode()
    return found[0]


def test_the_card_is_loaded_after_the_page_and_by_a_link(connected, sandbox):
    card = card_of(connected.get(MODEL))
    assert f'hx-get="{NAMED}" hx-trigger="load"' in card
    assert f'<a href="{MODEL}?endpoints=1#endpoints">' in card
    assert asked(sandbox) == 0


@pytest.mark.parametrize("model", ["model", "model_id", "modelId", "object", "name"])
@pytest.mark.parametrize("list_format", ["data", "endpoints", "list"])
def test_it_shows_slug_tier_region_state_and_address(connected, sandbox, api_url, list_format, model):
    sandbox.set(endpoints="on", endpoints_format=list_format, endpoints_model=model)
    page = page_of(connected.get(NAMED, headers=HTMX))
    assert page.text.count("gpu_nvidia_shared_nvl · ") == 5
    slug = next(iter(sandbox.store.project(PROJECT).endpoints))
    assert f"{slug} gpu_nvidia_shared_nvl · eu-west · active {api_url}/{PROJECT}/{slug}/v1" in page.text
    assert asked(sandbox, "get") == 0


def test_it_stands_alone_with_one_root_and_does_not_load_again(connected, sandbox):
    sandbox.set(endpoints="on")
    html = connected.get(NAMED).content.decode().strip()
    assert html.startswith('<section id="endpoints"')
    assert html.endswith("</section>")
    assert html.count("<section") == 1
    assert "hx-trigger" not in html


def test_a_name_too_long_for_the_address_is_read_from_the_model(connected, sandbox):
    sandbox.set(endpoints="on", endpoints_model="name")
    sandbox.store.project(PROJECT).models[EXAMPLE_ID].change({"name": "x" * 400})
    card = card_of(connected.get(MODEL))
    assert f'hx-get="{CARD}" hx-trigger' in card
    assert page_of(connected.get(CARD, headers=HTMX)).text.count("eu-west") == 3


def test_none_is_only_said_where_the_list_is_whole(connected, sandbox):
    sandbox.set(endpoints="on")
    sandbox.store.project(PROJECT).endpoints.clear()
    assert "The API lists no endpoints for this model." in page_of(connected.get(NAMED)).text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["link", "htmx"])
def test_a_server_without_the_route_shows_no_card_and_is_asked_once(connected, sandbox, headers):
    first = connected.get(NAMED if headers else f"{MODEL}?endpoints=1", headers=headers)
    assert first.status_code == 200
    text = page_of(first).text
    assert "no endpoints" not in text
    assert ("This server doesn't list endpoints" in text) is (not headers)  # only a person who asked reads it
    for _ in range(3):
        card = card_of(connected.get(MODEL))
        assert "hidden" in card
        assert "hx-get" not in card
        assert "Endpoints" not in card
    connected.get(NAMED, headers=HTMX)
    assert asked(sandbox) == 1


def test_a_key_that_may_not_list_them_is_one_sentence_and_is_asked_once(connected, sandbox):
    sandbox.set(endpoints="forbidden")
    says = "This key isn't allowed to list endpoints"
    assert says in page_of(connected.get(NAMED, headers=HTMX)).text
    for _ in range(3):
        card = card_of(connected.get(MODEL))
        assert says in card.replace("&#x27;", "'")
        assert "hx-get" not in card
    assert asked(sandbox) == 1


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_failure_is_a_problem_with_a_way_to_try_again(connected, sandbox, headers):
    sandbox.fault("status", route="endpoints", status=503, times=None)
    answer = connected.get(NAMED if headers else f"{MODEL}?endpoints=1", headers=headers)
    assert answer.status_code == (502 if headers else 200)
    card = card_of(answer)
    assert "Service error" in card
    assert f'href="{MODEL}?endpoints=1#endpoints"' in card
    assert "no endpoints" not in page_of(answer).text
    if headers:
        assert answer["HX-Reswap"] == "outerHTML"
    sandbox.clear_faults()
    sandbox.set(endpoints="on")
    assert "eu-west" in page_of(connected.get(NAMED, headers=HTMX)).text


def test_hostile_values_stay_text(connected, sandbox):
    sandbox.set(endpoints="on")
    project = sandbox.store.project(PROJECT)
    project.endpoints = {'"><script>x\u202e': EXAMPLE_ID}
    answer = connected.get(NAMED, headers=HTMX)
    assert "<script" not in answer.content.decode()
    assert "\u202e" not in answer.content.decode()


def test_the_delete_dialog_shows_their_addresses(connected, sandbox, api_url):
    sandbox.set(endpoints="on")
    text = page_of(connected.get(f"{MODEL}delete/")).text
    assert text.count(f"{api_url}/{PROJECT}/") >= 5


def test_the_preview_of_a_bulk_deletion_counts_and_names_them(connected, sandbox, api_url):
    sandbox.set(endpoints="on", dialect="openai")
    form = {"action": "delete", "id": EXAMPLE_ID}
    preview = connected.post(f"/projects/{PROJECT}/models/selection/", form, follow=True)
    slug = next(iter(sandbox.store.project(PROJECT).endpoints))
    text = page_of(preview).text
    assert "5 endpoints" in text
    assert (
        f"Endpoints: {slug} (gpu_nvidia_shared_nvl, eu-west, active, {api_url}/{PROJECT}/{slug}/v1), " in text
    )


@pytest.mark.parametrize("setting", ["off", "forbidden"])
def test_the_preview_says_where_they_are_not_known(connected, sandbox, setting):
    sandbox.set(endpoints=setting, dialect="openai")
    form = {"action": "delete", "id": EXAMPLE_ID}
    text = page_of(connected.post(f"/projects/{PROJECT}/models/selection/", form, follow=True)).text
    assert "Endpoints not known" in text
