"""What a person does with the edit form, for the tests of several files."""

from __future__ import annotations

import html
import re
from typing import Any

import requests
from django.http import HttpResponse
from django.test import Client

from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

HTMX = {"HX-Request": "true"}
MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def field_url(field: str, model_id: str = EXAMPLE_ID) -> str:
    return f"/projects/proj_ABC123/models/{model_id}/fields/{field}/"


def hidden(answer: HttpResponse) -> dict[str, str]:
    """The hidden fields of the first form that carries a token, as a browser would send them."""
    page = answer.content.decode()
    start = page.index('name="token"')
    form = page[page.rindex("<form", 0, start) : page.index("</form>", start)]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in pairs if name != "csrfmiddlewaretoken"}


def form_open(client: Client, field: str, model_id: str = EXAMPLE_ID, **extra: Any) -> dict[str, str]:
    answer = client.get(field_url(field, model_id), **extra)
    assert answer.status_code == 200, answer.content.decode()
    return hidden(answer)


def save(
    client: Client, field: str, value: str, form: dict[str, str] | None = None, **extra: Any
) -> HttpResponse:
    """Open the form, unless one is given, and send it."""
    form = form_open(client, field) if form is None else form
    return client.post(field_url(field), {**form, "value": value}, **extra)


def words(answer: HttpResponse) -> str:
    """What a person reads, tags and runs of white space taken away."""
    text = re.sub(
        r"<(title|script|symbol|template|dialog)\b.*?</\1>", " ", answer.content.decode(), flags=re.S
    )
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text))).strip()


def messages_of(client: Client, answer: HttpResponse) -> str:
    """The page that a redirect leads to, in words."""
    assert answer.status_code == 302, words(answer)
    return words(client.get(answer["Location"]))


def patches(sandbox: Any) -> list[str]:
    """The bodies of every PATCH that reached the API."""
    return [call.body for call in sandbox.requests if call.method == "PATCH"]


def elsewhere(sandbox: Any, model_id: str = EXAMPLE_ID, **changes: Any) -> None:
    """Change the model without this console, which leaves no trace among the recorded requests."""
    url = f"{sandbox.url}/{PROJECT}/v1/models/{model_id}"
    answer = requests.patch(url, json=changes, headers={"Authorization": f"Bearer {KEY}"}, timeout=5)
    assert answer.status_code == 200, answer.text
    sandbox.requests[:] = [
        call for call in sandbox.requests if call.request_id != answer.headers["X-Request-ID"]
    ]


def value_of(sandbox: Any, field: str, model_id: str = EXAMPLE_ID) -> Any:
    """What the API holds, whether it reports it or not."""
    return sandbox.store.project(PROJECT).models[model_id].facts[field]


def hold(sandbox: Any, **facts: Any) -> None:
    """Let the API hold and return these values, be they ones that its PATCH would refuse."""
    sandbox.store.project(PROJECT).models[EXAMPLE_ID].change(facts)
