"""Whatever the API sends is text: no value of it becomes markup, on any page, nor breaks one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.editing import HTMX, field_url
from tests.faults.calls import PAGE
from tests.pages import Page, body_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# Each carries the word "pwned" where a browser would read it as markup, were it not text.
CORPUS = [
    "<x-pwned>",
    "<script data-pwned>pwned()</script>",
    "</script><script data-pwned>",
    "<img src=x onerror=pwned() data-pwned>",
    "<svg/onload=pwned() data-pwned>",
    '" data-pwned="1',
    "' data-pwned='1",
    '"><x-pwned>',
    "'><x-pwned>",
    '" autofocus onfocus="pwned()" data-pwned="',
    "</textarea><x-pwned>",
    "</title><x-pwned>",
    "</option></select><x-pwned>",
    "</dialog><x-pwned>",
    "</template><x-pwned>",
    "--><x-pwned>",
    "]]><x-pwned>",
    "<!--<x-pwned>",
    "javascript:pwned()",
    "data:text/html,<x-pwned>",
    '<a hx-get="/pwned" hx-trigger="load" data-pwned>',
    '<div hx-on:load="pwned()" data-pwned>',
    '<form action="/pwned" data-pwned><button>',
    '<iframe srcdoc="<x-pwned>" data-pwned>',
    "<base href=//pwned.example data-pwned>",
    "<meta http-equiv=refresh content=0;url=//pwned.example data-pwned>",
    "{{ pwned }}{% pwned %}{# pwned #}",
    "&lt;x-pwned&gt;&#60;x-pwned&#62;",
    "\u202e<x-pwned>\u2066\u200b\ufeff",
    "<x-pwned\x00\x01\x1b[31m>",
    "\uff1cx-pwned\uff1e\uff02 data-pwned",
    "<x-pwned>\r\nSet-Cookie: pwned=1\r\n\r\n<x-pwned>",
]
FIELDS = [
    "name",
    "description",
    "architecture",
    "quantization",
    "license",
    "version",
    "format",
    "status",
    "object",
]
FIELDS += ["owned_by", "workload_type", "catalog_role", "size_formatted"]
PATHS = [
    "/projects/proj_ABC123/models/",
    "/projects/proj_ABC123/models/?q=pwned",
    "/projects/proj_ABC123/models/export.json",
    PAGE,
    f"{PAGE}?catalog=1",
    f"{PAGE}delete/",
    f"{PAGE}history/",
    "/activity/",
    *(field_url(name) for name in ("description", "license", "architecture")),
]
FRAGMENTS = [
    "/projects/proj_ABC123/models/rows/",
    f"/projects/proj_ABC123/models/statuses/?id={EXAMPLE_ID}",
    f"{PAGE}catalog/",
    f"{PAGE}status/",
    f"{PAGE}delete/",
    f"{PAGE}revalidation/",
    f"{field_url('description')}value/",
    field_url("description"),
]


def written(pattern: str) -> set[str]:
    """What the templates themselves say."""
    texts = [path.read_text() for path in TEMPLATES.glob("**/*.html")]
    return {found for text in texts for found in re.findall(pattern, text)}


TAGS = {tag.lower() for tag in written(r"<([a-zA-Z][\w-]*)")}
NAMES = {name.lower() for name in written(r"[\s\"'}]([a-zA-Z][\w:-]*)(?==|[\s>{/])")}
# What the package of icons writes into its drawings.
NAMES |= {"stroke-width", "stroke-linecap", "stroke-linejoin", "fill-rule", "clip-rule", "data-slot", "d"}
ADDRESSES = {"href", "src", "action", "hx-get", "hx-post"}


def inert(answer: Any) -> None:
    """No element and no attribute but those of the templates, no address of another place, no 500."""
    assert answer.status_code in (200, 302, 404, 502), answer.status_code
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return
    page = Page(body_of(answer))
    for tag, attributes in page.tags:
        assert tag in TAGS, tag
        for name, value in attributes.items():
            assert name in NAMES, (tag, name)
            assert not name.startswith("on"), name
            assert "pwned" not in name
            if name in ADDRESSES:
                assert value
                assert value[0] in "/#?"
                assert not value.startswith("//")
    assert all((tag[1].get("src") or "").startswith("/static/") for tag in page.tags if tag[0] == "script")
    for name, value in answer.headers.items():
        assert "\n" not in value, name


@pytest.mark.parametrize("payload", CORPUS)
def test_xss_corpus_all_fields(connected, sandbox, payload):
    record = sandbox.store.project(PROJECT).models[EXAMPLE_ID]
    record.change(
        dict.fromkeys(FIELDS, payload) | {f"x {payload}": payload, payload: [payload, {payload: payload}]}
    )
    record.catalog = {"catalog_role": payload, "deployment_count": payload, payload: payload}
    for path in PATHS:
        inert(connected.get(path))
    # Half of the fragments for each payload: the whole pages show the same values.
    for path in FRAGMENTS[CORPUS.index(payload) % 2 :: 2]:
        inert(connected.get(path, headers=HTMX))


@pytest.mark.parametrize("payload", CORPUS)
def test_the_message_of_a_refusal_is_text(connected, sandbox, payload):
    for number, path in enumerate(PATHS[:5], CORPUS.index(payload)):
        sandbox.fault("status", times=None, status=502, message=payload, code=payload, param=payload)
        inert(
            connected.get(f"{path}{'&' if '?' in path else '?'}fresh=1", headers=HTMX if number % 2 else {})
        )
        sandbox.clear_faults()


@pytest.mark.parametrize("payload", CORPUS)
def test_what_a_person_types_is_text(connected, payload):
    form = {"value": payload, "token": payload, "base": payload, "confirm_name": payload}
    form |= {"project_id": payload, "username": payload, "q": payload, "next": payload}
    typed = (field_url("description"), field_url("context_length"), f"{PAGE}delete/", "/connect/")
    for number, path in enumerate(typed, CORPUS.index(payload)):
        answer = connected.post(path, form, headers=HTMX if number % 2 else {})
        assert answer.status_code in (302, 409, 422)
        answer.status_code = 200
        inert(answer)
    for path in (
        "/projects/proj_ABC123/models/",
        "/activity/",
        "/projects/proj_ABC123/models/rows/",
        "/sign-in/",
        "/connect/",
    ):
        inert(
            connected.get(
                path, {"q": payload, "who": payload, "model": payload, "next": payload, "sort": payload}
            )
        )


PIECES = st.sampled_from([*CORPUS, "\ud800", "\x00", "\x7f", "🤗", "é", "", " ", "ready", "validating"])
TEXTS = st.lists(PIECES, max_size=3).map("".join) | st.text(max_size=20)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from(
    [*FIELDS, "created", "created_at", "size_bytes", "context_length", "is_shared", "is_latest"]
)
FACTS = st.dictionaries(KNOWN | TEXTS, JSON, max_size=8)
CATALOG_KEYS = st.sampled_from(["catalog_role", "deployment_count", "is_public", "shared_at"])
MODELS = st.builds(
    lambda facts, known: {**facts, **({"id": EXAMPLE_ID} if known else {})},
    FACTS,
    st.integers(0, 9).map(bool),
)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(
    model=MODELS | JSON,
    listed=st.lists(MODELS | JSON, max_size=3),
    around=st.sampled_from(["models", "data"]),
    catalog=st.dictionaries(CATALOG_KEYS | TEXTS, JSON, max_size=6) | JSON,
)
def test_whatever_json_the_api_sends_pages_render_and_nothing_of_it_is_markup(
    connected, api_url, model, listed, around, catalog
):
    base = f"{api_url}/{PROJECT}/v1/models"
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for address, answer in ((base, {around: listed}), (f"{base}/{EXAMPLE_ID}", model)):
            wire.get(address, body=json.dumps(answer), content_type="application/json")
        wire.get(
            f"{base}/{EXAMPLE_ID}/catalog-info", body=json.dumps(catalog), content_type="application/json"
        )
        for path in (
            "/projects/proj_ABC123/models/?fresh=1",
            PAGE,
            f"{PAGE}?catalog=1",
            field_url("description"),
        ):
            inert(connected.get(path))
        for path in (
            f"{PAGE}status/",
            f"{PAGE}catalog/",
            f"/projects/proj_ABC123/models/statuses/?id={EXAMPLE_ID}",
        ):
            inert(connected.get(path, headers=HTMX))
