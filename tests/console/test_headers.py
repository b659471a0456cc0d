"""Every answer carries the headers; changes come from our own pages alone."""

from __future__ import annotations

import gzip

import pytest
from django.conf import settings
from django.test import Client

pytestmark = [pytest.mark.urls("tests.console.probe"), pytest.mark.django_db]

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize("address", ["/page/", "/nowhere/", "/fail/denied/", "/fail/bug/", "/fail/database/"])
def test_every_response_has_the_headers(client: Client, address: str) -> None:
    client.raise_request_exception = False
    answer = client.get(address)
    assert EXPECTED.items() <= dict(answer.headers).items()
    assert "camera=()" in answer["Permissions-Policy"]
    assert "HX-Request" in answer["Vary"]


def test_the_policy_allows_our_own_origin_and_nothing_inline(client: Client) -> None:
    policy = client.get("/page/")["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert {parts[f"{kind}-src"] for kind in ("script", "style", "img", "connect")} == {"'self'"}
    assert parts["form-action"] == "'self'"
    assert parts["base-uri"] == parts["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_signing_out_clears_the_browsers_cache_and_storage(client: Client) -> None:
    assert client.post("/probe/out/")["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/page/").headers


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "nonsense"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_from_another_site_is_refused(client: Client, method: str, site: str) -> None:
    answer = client.generic(method, "/page/", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert b"another site" in answer.content


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_change_from_our_own_pages_is_accepted(client: Client, headers: dict[str, str]) -> None:
    assert client.post("/page/", headers=headers).status_code == 200


def test_a_link_from_another_site_may_be_followed(client: Client) -> None:
    assert client.get("/page/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_change_without_the_csrf_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/page/", headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br, zstd", "gzip"), ("identity", None), ("", None)]
)
def test_pages_are_compressed_where_the_browser_accepts_gzip(
    client: Client, accepted: str, coding: str | None
) -> None:
    answer = client.get("/page/", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in answer["Vary"]
    body = gzip.decompress(answer.content) if coding else answer.content
    assert body == client.get("/page/").content
    assert int(answer["Content-Length"]) == len(answer.content)


def test_the_compressed_size_of_a_page_varies_at_random(client: Client) -> None:
    """Against BREACH: nobody can tell from the size whether a guess is part of the page."""
    sizes = {len(client.get("/page/", headers={"Accept-Encoding": "gzip"}).content) for _ in range(20)}
    assert len(sizes) > 5


def test_no_script_can_read_the_cookies() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_a_fragment_has_no_permissions_policy(client: Client) -> None:
    answer = client.get("/page/", headers={"HX-Request": "true"})
    assert EXPECTED.items() <= dict(answer.headers).items()
    assert "Content-Security-Policy" in answer
    assert "Permissions-Policy" not in answer
