"""A failure is a page in our own voice, with the request id and without anything from inside."""

from __future__ import annotations

import gzip
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from models_admin.views.errors import server_error

pytestmark = [pytest.mark.urls("tests.console.probe"), pytest.mark.django_db]


@pytest.fixture
def visitor(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def test_a_bug_shows_the_request_id_and_no_internals(visitor: Client) -> None:
    answer = visitor.get("/fail/bug/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in page
    assert not any(word in page for word in ("RuntimeError", "/etc/secret", "xero_", "Traceback"))


def test_an_unavailable_database_gives_a_503(visitor: Client) -> None:
    answer = visitor.get("/fail/database/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"can&#x27;t reach its database" in answer.content
    assert b"10.0.0.3" not in answer.content


def test_a_failed_page_offers_a_retry_and_a_failed_change_does_not(visitor: Client) -> None:
    assert 'href="/fail/bug/?a=1&amp;b=2" data-retry' in visitor.get("/fail/bug/?a=1&b=2").content.decode()
    assert b'/fail/bug/" data-retry' not in visitor.post("/fail/bug/").content


def test_a_mistake_in_a_query_gives_a_500(visitor: Client) -> None:
    assert visitor.get("/fail/query/").status_code == 500


def test_an_unavailable_session_store_gives_a_503(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def gone(*_args: object) -> None:
        raise OperationalError("gone")

    visitor.cookies["sessionid"] = "a" * 32
    monkeypatch.setattr("models_admin.access.sessions.SessionStore.load", gone)
    answer = visitor.get("/page/")
    assert answer.status_code == 503
    assert answer["X-Request-ID"] in answer.content.decode()


def test_a_plain_page_is_sent_when_no_template_can_be_rendered(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("models_admin.views.errors.render_to_string", broken)
    answer = visitor.get("/fail/bug/")
    assert answer.status_code == 500
    assert "Console error" in answer.content.decode()


@pytest.mark.parametrize(("address", "status"), [("/nowhere/", 404), ("/fail/denied/", 403)])
def test_a_refusal_is_a_page(visitor: Client, address: str, status: int) -> None:
    answer = visitor.get(address)
    assert answer.status_code == status
    assert "<title>" in answer.content.decode()
    assert "<you>" not in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [("/nowhere/", 404), ("/fail/denied/", 403), ("/fail/bug/", 500), ("/fail/database/", 503)],
)
def test_htmx_gets_a_fragment(visitor: Client, address: str, status: int) -> None:
    answer = visitor.get(address, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert "<html" not in answer.content.decode()


def test_an_unknown_host_name_is_refused(visitor: Client) -> None:
    assert visitor.get("/page/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
@pytest.mark.parametrize(
    ("form", "limit"),
    [
        ({"username": "x" * 5_000_000}, "at most 1,000,000 bytes in a form"),
        ({f"field{n}": "" for n in range(3000)}, "more than 1,000 fields"),
    ],
    ids=["5 MB", "3,000 fields"],
)
def test_a_request_that_is_too_large_is_refused_with_the_limit(
    visitor: Client, form: dict[str, str], limit: str, headers: dict[str, str]
) -> None:
    body = urlencode(form)
    answer = visitor.post("/sign-in/", body, "application/x-www-form-urlencoded", headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 413
    assert limit in page
    assert "Nothing was sent to the API, and nothing was changed." in page


def test_files_beyond_the_limit_are_refused_before_they_are_read(visitor: Client) -> None:
    answer = visitor.post("/sign-in/", {"file": SimpleUploadedFile("model.gguf", b"x" * 17_000_000)})
    assert answer.status_code == 413
    assert b"16 MiB with files" in answer.content


@pytest.mark.parametrize("coding", ["gzip", "br, gzip", "deflate", "zstd"])
def test_a_compressed_request_is_refused_unread(visitor: Client, coding: str) -> None:
    body = gzip.compress(b"username=" + b"x" * 100_000_000, compresslevel=1)
    answer = visitor.post(
        "/sign-in/", body, "application/x-www-form-urlencoded", headers={"Content-Encoding": coding}
    )
    assert answer.status_code == 415
    assert "Send it again without Content-Encoding." in answer.content.decode()


def test_no_request_writes_a_temporary_file() -> None:
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


def test_a_retry_never_leads_to_another_site(rf: RequestFactory) -> None:
    request = rf.get("//evil.example/x")
    request.path = request.path_info = "//evil.example/x"
    page = server_error(request).content.decode()
    assert 'href="/%2Fevil.example/x" data-retry' in page
