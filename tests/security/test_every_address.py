"""Rules that hold at every address of the console, whatever stands behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from models_admin.models import Activity
from tests.addresses import CACHED, OPEN, addresses
from tests.conftest import connect, sign_in
from tests.console.test_headers import EXPECTED
from tests.editing import HTMX
from tests.faults.calls import CHANGES, KINDS, OWN
from tests.pages import body_of

TRICKS = "?_method=DELETE&confirm_name=my-custom-model&decision=mine&value=x&token=x&project=proj_ABC123"
OVERRIDE = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
GUARDS = ("This form has expired", "This request came from another site")
SITES = {None: True, "same-origin": True, "same-site": False, "cross-site": False, "none": False}


@pytest.fixture
def administrator(client: Client, person: Any, api_url: str) -> Client:
    """Signed in with every permission, and connected."""
    return connect(sign_in(client, person("Administrator")))


def own(client: Client) -> list[Any]:
    pk = client.user.pk  # type: ignore[attr-defined]
    return addresses(pk=pk, id=pk, object_id=pk)


def test_headers_on_every_route(administrator):
    for address in own(administrator):
        for headers in ({}, HTMX):
            answer = administrator.get(address.path, headers=headers)
            assert answer.status_code < 500, address
            kept = {name: value for name, value in EXPECTED.items() if name != "Cache-Control"}
            assert kept.items() <= dict(answer.headers).items(), address
            assert address.name in CACHED or "no-store" in answer["Cache-Control"], address
            assert "'unsafe" not in answer["Content-Security-Policy"], address
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], address
            assert answer["X-Request-ID"], address


def test_a_page_that_has_no_readable_address_is_no_failure(administrator):
    headers = HTMX | {"HX-Current-URL": "http://[bad"}
    for project in ("proj_ABC123", "not-connected"):
        for address in own(administrator):
            answer = administrator.get(address.path.replace("proj_ABC123", project), headers=headers)
            assert answer.status_code < 500, address


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_all_gets_make_no_unsafe_upstream_call(administrator, sandbox, method):
    for address in own(administrator):
        for headers in (OVERRIDE, HTMX | OVERRIDE):
            getattr(administrator, method)(address.path + TRICKS, headers=headers)
    assert {call.method for call in sandbox.requests} <= {"GET"}
    assert not Activity.objects.exists()
    assert list(administrator.session["connections"]["projects"]) == ["proj_ABC123"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_do_nothing_anywhere(administrator, sandbox, method):
    for address in own(administrator):
        answer = getattr(administrator, method)(address.path)
        assert answer.status_code in (200, 302, 308, 403, 404, 405), address
    assert {call.method for call in sandbox.requests} <= {"GET"}
    assert not Activity.objects.exists()


def test_nothing_is_shown_or_sent_without_signing_in(client, db, api_url, sandbox):
    for address in addresses():
        for method in ("get", "post"):
            for headers in ({}, HTMX):
                answer = getattr(client, method)(address.path, headers=headers)
                if address.name in OPEN:
                    continue
                target = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
                assert "/sign-in/" in target or answer.status_code in (403, 405) or address.name == "home", (
                    address
                )
                assert not body_of(answer) or answer.status_code in (403, 405), address
    assert sandbox.requests == []


# The browser's word and the token are each enough to refuse, so each is tried where the other is good.
@pytest.mark.parametrize(
    ("token", "site"),
    [("right", site) for site in SITES]
    + [(token, site) for token in ("none", "wrong") for site in (None, "same-origin")],
)
def test_csrf_matrix(person, api_url, sandbox, token, site):
    """Every address by POST, by the browser's own word and by the token, with and without htmx."""
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, person("Administrator"))
    browser.get("/account/")
    tokens = {"none": "", "wrong": "x" * 32, "right": browser.cookies[settings.CSRF_COOKIE_NAME].value}
    passes = token == "right" and SITES[site]
    for address in own(browser):
        if address.name in ("sign-out", "sign-in") and passes:
            continue  # it would end the session of this test
        for headers in ({}, HTMX):
            headers = {**headers, **({"Sec-Fetch-Site": site} if site else {})}
            answer = browser.post(address.path, {"csrfmiddlewaretoken": tokens[token]}, headers=headers)
            guarded = answer.status_code == 403 and any(guard in body_of(answer) for guard in GUARDS)
            assert guarded is not passes, (address, answer.status_code)
    assert sandbox.requests == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.first or kind.is_own], ids=str)
def test_forwarded_headers_ignored_by_default(connected, sandbox, kind):
    spoofed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "4443",
        "X-Forwarded-For": "10.9.9.9",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": "/team/",
        "X-Rewrite-URL": "/team/",
    }
    answer = kind.ready(connected, sandbox, False).send(spoofed)
    assert answer.status_code in (200, 302)
    assert "evil.example" not in body_of(answer) + str(answer.headers)
    assert not answer.wsgi_request.is_secure()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "testserver@evil.example", "[::2]"]
)
def test_an_unknown_host_gets_nothing(connected, sandbox, host):
    sandbox.requests.clear()
    for path in ("/projects/proj_ABC123/models/", "/sign-in/", "/team/"):
        answer = connected.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "evil.example" not in body_of(answer)
    assert sandbox.requests == []


@pytest.mark.parametrize("kind", [*CHANGES, *OWN], ids=str)
def test_stale_tab_change_is_refused(connected, sandbox, kind):
    """A tab that was open when its person signed out elsewhere."""
    ready = kind.ready(connected, sandbox, True)
    connected.post("/sign-out/")
    sandbox.requests.clear()
    answer = ready.send(HTMX)
    assert (answer.status_code, answer["HX-Redirect"][:9]) == (401, "/sign-in/")
    assert sandbox.requests == []
