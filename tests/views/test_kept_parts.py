"""Parts of the models page are rendered once for all who see the same; nobody sees what they did not read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from models_admin.xerotier.client import Client as ApiClient
from models_admin.xerotier.secret import Secret
from tests.conftest import connect, sign_in
from tests.sandbox_fixture import KEY, PROJECT

ACME, ACME_KEY = "acme-prod", "xero_acme-prod_sandbox_key_0001"


def table(client: Client, query: str = "", project: str = PROJECT) -> str:
    html = client.get(f"/projects/{project}/models/{query}").content.decode()
    return html[html.index('<section class="card" id="models-card"') : html.index("</section>")]


def test_two_people_who_read_the_same_see_the_same(
    connected: Client, person: Callable[..., User], sandbox: Any
) -> None:
    first = table(connected)
    calls = len(sandbox.requests)
    assert table(connect(sign_in(Client(), person()))) == first
    assert len(sandbox.requests) > calls, "each of them asked the API"


def test_another_project_is_another_page(connected: Client, person: Callable[..., User]) -> None:
    mine = table(connected)
    theirs = table(connect(sign_in(Client(), person()), ACME, ACME_KEY), project=ACME)
    assert "my-custom-model" in mine
    assert "my-custom-model" not in theirs


def test_a_filter_is_another_page(connected: Client) -> None:
    whole = table(connected)
    assert table(connected, "?status=error") != whole
    assert table(connected) == whole


def test_a_change_made_elsewhere_shows_when_it_is_read(connected: Client, sandbox: Any) -> None:
    before = table(connected, "?fresh=1")
    api = ApiClient(sandbox.url)
    ready = next(m for m in api.list_models(project=PROJECT, key=Secret(KEY)).models if m.status == "ready")
    api.revalidate_model(project=PROJECT, key=Secret(KEY), model_id=ready.id)
    api.close()
    after = table(connected, "?fresh=1")
    assert after.count("badge busy") == before.count("badge busy") + 1


def test_what_is_kept_holds_nothing_of_the_person(connected: Client) -> None:
    html = table(connected)
    assert connected.user.username not in html
    assert "csrfmiddlewaretoken" not in html
