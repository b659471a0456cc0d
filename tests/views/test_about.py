"""The page about the API and the console: with a project and without, and what Refresh asks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.conftest import connect, sign_in
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

MODELS = f"/projects/{PROJECT}/models/"
DELETE = f"{MODELS}{EXAMPLE_ID}/delete/"


def text_of(client: Client) -> str:
    answer = client.get("/about/")
    assert answer.status_code == 200
    return page_of(answer).text


def asked(sandbox: Any, route: str = "endpoints") -> int:
    return sum(1 for call in sandbox.requests if call.route == route)


def test_without_a_project_it_shows_the_console_and_makes_no_call(signed_in, api_url, sandbox):
    text = text_of(signed_in)
    assert f"Address {api_url}" in text
    assert f"Console {settings.VERSION}" in text
    assert "connect a project" in text
    assert "Optional routes" not in text
    assert sandbox.requests == []


def test_without_a_role_it_says_so_and_makes_no_call(client, person, api_url, sandbox):
    user = person("Viewer")
    connect(sign_in(client, user))
    user.groups.clear()
    sandbox.requests.clear()
    assert "Your account has no role yet" in text_of(client)
    assert sandbox.requests == []


def test_a_key_that_does_not_open_counts_as_no_project(connected, sandbox):
    del connected.cookies[settings.VAULT_COOKIE_NAME]
    assert "connect a project" in text_of(connected)


@pytest.mark.parametrize(("dialect", "says"), [("document", "document (one"), ("openai", "openai (pages")])
def test_it_shows_what_one_call_tells(connected, sandbox, dialect, says):
    sandbox.set(dialect=dialect, rate_limit=64)
    text = text_of(connected)
    assert f"List dialect {says}" in text
    assert re.search(r"Rate limit 64 requests a minute, 6\d left for the next \d+ s", text)
    assert re.search(r"GET /models [\d,]+ ms 200 ", re.sub(r"(Round trip|Result|When) ", "", text))
    assert len(sandbox.requests) == 1


def test_unknown_fields_and_statuses_are_named_once_they_were_met(connected, sandbox):
    sandbox.set(dialect="openai")
    assert "Fields unknown to the console None so far" in text_of(connected)
    record = sandbox.store.project(PROJECT).models[EXAMPLE_ID]
    record.change({"status": "thinking<b>"})
    sandbox.fault("extra_keys", route="list")
    connected.get(MODELS)
    text = text_of(connected)
    assert "Fields unknown to the console __proto__, x_nested, x_new_fact, x_number" in text
    assert re.search(r"Statuses unknown to the console [a-z, ]*thinking<b>", text)


def test_each_route_is_shown_as_it_was_found(connected, sandbox):
    assert text_of(connected).count("Not asked yet") == 4
    connected.get(DELETE)
    assert "Endpoints Not on this server" in text_of(connected)
    assert asked(sandbox) == 1


@pytest.mark.parametrize(
    ("setting", "says"),
    [("on", "Answers"), ("off", "Not on this server"), ("forbidden", "Not for this key")],
)
def test_refresh_asks_again(connected, sandbox, setting, says):
    sandbox.set(endpoints="off" if setting != "off" else "on")
    connected.get(DELETE)
    sandbox.set(endpoints=setting)
    answer = connected.post("/about/")
    assert (answer.status_code, answer["Location"]) == (302, "/about/")
    text = text_of(connected)
    assert f"Endpoints {says}" in text
    assert "The optional routes have been checked again." in text
    assert asked(sandbox) == 2


@pytest.mark.parametrize(("setting", "says"), [("on", "Answers"), ("off", "Not on this server")])
def test_refresh_asks_for_uploads_too(connected, sandbox, setting, says):
    sandbox.set(uploads=setting)
    connected.post("/about/")
    assert f"Uploads {says}" in text_of(connected)


def test_a_route_that_fails_stays_unknown_and_refresh_says_why(connected, sandbox):
    sandbox.fault("status", route="endpoints", status=503, times=None)
    connected.post("/about/")
    text = text_of(connected)
    assert "Endpoints Not asked yet" in text
    assert "Some routes couldn't be checked. Endpoints: Service error." in text


def test_refresh_without_a_project_asks_nothing(signed_in, api_url, sandbox):
    assert signed_in.post("/about/").status_code == 302
    assert sandbox.requests == []


def test_a_failing_api_is_reported_beside_what_is_known(connected, sandbox):
    sandbox.fault("status", route="list", status=503, times=None)
    text = text_of(connected)
    assert "Service error" in text
    assert f"Console {settings.VERSION}" in text
    assert "GET /models" in text


def test_no_value_of_a_setting_and_no_key_is_on_the_page(connected):
    page = connected.get("/about/").content.decode()
    for secret in (
        KEY,
        settings.SECRET_KEY,
        settings.VAULT_KEYS[0],
        str(settings.DATABASES["default"]["NAME"]),
    ):
        assert secret not in page
    for name in ("SECRET_KEY", "VAULT_KEYS", "DATABASE_URL"):
        assert name in settings.CONFIGURATION
        assert f">{name}</dt>" in page


def test_it_is_in_the_account_menu_of_every_role(client, person, api_url):
    connect(sign_in(client, person("Viewer")))
    assert 'href="/about/"' in client.get(MODELS).content.decode()
