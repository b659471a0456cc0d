"""The models in the palette, against the live sandbox."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sandbox.record import Record
from tests.conftest import sign_in
from tests.sandbox_fixture import EXAMPLE_ID

HTMX = {"HX-Request": "true"}


def names(answer) -> list[str]:
    found = re.findall(r'<span class="clip">(.*?)</span>', answer.content.decode())
    return [unescape(name) for name in found]


def ask(client, text: str):
    return client.get("/projects/proj_ABC123/palette/", {"q": text}, headers=HTMX)


@pytest.mark.parametrize("dialect", ["document", "openai"])
def test_it_finds_models_by_name_best_first_and_at_most_eight(connected, sandbox, dialect):
    sandbox.set(dialect=dialect)
    assert names(ask(connected, "my-custom-model"))[0] == "my-custom-model"
    many = ask(connected, "a")
    assert len(names(many)) == 8
    assert all(name.startswith("a") for name in names(many)[:3])
    assert re.search(
        r'href="/projects/proj_ABC123/models/\?q=a".*Show all \d+ matches', many.content.decode(), re.S
    )


def test_it_finds_a_model_by_its_id(connected):
    assert names(ask(connected, EXAMPLE_ID)) == ["my-custom-model"]


def test_no_words_find_nothing_and_ask_nothing(connected, sandbox):
    sandbox.requests.clear()
    assert names(ask(connected, "  ")) == []
    assert sandbox.requests == []


def test_letters_typed_one_after_the_other_cost_one_call(connected, sandbox):
    sandbox.requests.clear()
    for text in ("m", "my", "my-", "my-c"):
        ask(connected, text)
    assert sum(call.route == "list" for call in sandbox.requests) == 1


def test_what_stands_in_a_name_is_text(connected, sandbox):
    models = sandbox.store.project("proj_ABC123").models
    models["odd-one"] = Record(
        "odd-one", {**models[EXAMPLE_ID].facts, "name": "<script>alert(1)</script>\u202exyz"}
    )
    html = ask(connected, "alert(1)").content.decode()
    assert "<script" not in html
    assert "⟦U+202E⟧" in html


def test_a_failing_api_is_said_in_place(connected, sandbox):
    sandbox.fault("status", status=503, times=9)
    answer = ask(connected, "llama")
    assert answer.status_code == 200
    assert "Models couldn't be loaded" in unescape(answer.content.decode())


def test_without_a_connection_it_says_so_and_sends_nobody_away(signed_in):
    answer = ask(signed_in, "llama")
    assert "HX-Redirect" not in answer
    assert "Connect a project" in answer.content.decode()


def test_without_a_role_it_says_who_gives_one(client, person, api_url):
    answer = ask(sign_in(client, person(role=None)), "llama")
    assert answer.status_code == 200
    assert "option" in answer.content.decode()


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert ask(client, "llama").status_code == 401
    assert client.get("/projects/proj_ABC123/palette/?q=llama").status_code == 302
    assert client.post("/projects/proj_ABC123/palette/").status_code == 405
