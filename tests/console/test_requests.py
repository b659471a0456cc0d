"""Each request has an id, one log line, and no secret in either."""

from __future__ import annotations

import json
import logging

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from console.logs import HIDDEN, redact
from models_admin.middleware.request_id import UNKNOWN_ADDRESS, client_address

pytestmark = [pytest.mark.urls("tests.console.probe"), pytest.mark.django_db]
KEY = "xero_acme-prod_0123456789abcdef"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the console's own handler writes, line by line."""
    found: list[dict[str, object]] = []
    handler = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
    monkeypatch.setattr(handler, "emit", lambda record: found.append(json.loads(handler.format(record))))
    return found


def test_each_response_has_its_own_request_id(client: Client) -> None:
    first, second = (client.get("/page/")["X-Request-ID"] for _ in range(2))
    assert first != second
    assert len(first) == 32


def test_a_request_id_is_ignored_without_a_proxy(client: Client) -> None:
    assert client.get("/page/", headers={"X-Request-ID": "mine-12345"})["X-Request-ID"] != "mine-12345"


def test_a_request_id_of_our_own_proxy_is_kept(client: Client, settings: pytest.FixtureRequest) -> None:
    settings.PROXY_COUNT = 1
    assert client.get("/page/", headers={"X-Request-ID": "mine-12345"})["X-Request-ID"] == "mine-12345"
    assert client.get("/page/", headers={"X-Request-ID": "a\nb"})["X-Request-ID"] != "a\nb"


def test_a_log_line_has_method_path_and_status_but_no_query(
    client: Client, lines: list[dict[str, object]]
) -> None:
    answer = client.get("/page/?q=private")
    line = next(line for line in lines if line["event"] == "request")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/page/", 200)
    assert line["request_id"] == answer["X-Request-ID"]
    assert "private" not in json.dumps(lines)


def test_secrets_are_removed_from_log_lines(client: Client, lines: list[dict[str, object]]) -> None:
    client.get("/line/")
    line = next(line for line in lines if line["event"] == "probed")
    assert (line["authorization"], line["note"]) == (HIDDEN, f"key {HIDDEN}")


def test_secrets_are_removed_from_tracebacks(client: Client, lines: list[dict[str, object]]) -> None:
    client.raise_request_exception = False
    client.get("/fail/bug/")
    text = json.dumps(lines)
    assert "RuntimeError" in text
    assert "xero_abc" not in text


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {KEY}",
        "bearer abcdef",
        "ere_acme-prod_abcdef",
        "?q=%3Dere_acme_abcdef",
        "xjk_abcdef or ejk_abcdef",
        "Cookie: sessionid=abcdef; x=1",
        "__Host-vault_secret=abcdef",
        "postgres://console:abcdef@db/console",
    ],
)
def test_secrets_in_text_are_hidden(text: str) -> None:
    assert HIDDEN in redact(text)
    assert "abcdef" not in redact(text)


def test_words_that_only_contain_a_prefix_stay() -> None:
    assert redact("where_it_was, there_is") == "where_it_was, there_is"


def test_values_with_secret_names_are_hidden() -> None:
    assert redact({"password": "a", "vault": ["b"], "more": [{"api_key": "c"}]}) == {
        "password": HIDDEN,
        "vault": HIDDEN,
        "more": [{"api_key": HIDDEN}],
    }


def test_a_line_break_in_a_value_stays_one_line(client: Client, lines: list[dict[str, object]]) -> None:
    client.get("/page%0AFAKE/")
    assert all("\n" not in json.dumps(line) for line in lines)


def test_forwarded_addresses_are_ignored_without_a_proxy() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.2.3.4"})
    assert client_address(request) == "127.0.0.1"


@pytest.mark.parametrize(
    ("count", "address"), [(1, "10.0.0.9"), (2, "5.6.7.8"), (3, "1.2.3.4"), (4, "127.0.0.1")]
)
def test_the_address_is_the_one_that_our_own_proxies_appended(
    count: int, address: str, settings: pytest.FixtureRequest
) -> None:
    settings.PROXY_COUNT = count
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.2.3.4, 5.6.7.8, 10.0.0.9"})
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("192.0.2.9:50000", "192.0.2.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:50000", "2001:db8::9"),
        ("fe80::9%eth0", "fe80::9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("unknown", UNKNOWN_ADDRESS),
        ("_hidden", UNKNOWN_ADDRESS),
        ("192.0.2", UNKNOWN_ADDRESS),
        ("192.0.2.9\x00", UNKNOWN_ADDRESS),
        ("' OR 1=1", UNKNOWN_ADDRESS),
    ],
)
def test_an_address_is_read_without_its_port_and_anything_else_is_one_unknown_client(
    entry: str, address: str, settings: pytest.FixtureRequest
) -> None:
    settings.PROXY_COUNT = 1
    assert client_address(RequestFactory().get("/", headers={"X-Forwarded-For": entry})) == address


def test_a_unix_socket_has_no_address() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == UNKNOWN_ADDRESS


def test_a_wrong_host_name_is_one_line_with_the_reason_and_no_traceback(
    client: Client, lines: list[dict[str, object]]
) -> None:
    client.get("/page/", headers={"Host": "evil.example"})
    assert [(line["event"], line["status"]) for line in lines] == [("request", 400)]
    assert "evil.example" in str(lines[0]["reason"])


def test_sign_ins_are_counted_by_that_address() -> None:
    assert settings.AXES_CLIENT_IP_CALLABLE == "models_admin.middleware.request_id.client_address"
