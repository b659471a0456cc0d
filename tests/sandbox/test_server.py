"""The sandbox over real HTTP: envelope, request ids, both list dialects, rate limits, connections."""

import socket
import threading
from typing import Any

import pytest

from sandbox.running import Running
from tests.sandbox.conftest import TIMEOUT, Caller
from tests.sandbox_fixture import (
    EMPTY,
    EXAMPLE_ID,
    KEY,
    KEYS,
    LARGE,
    NO_SCOPE_KEY,
    PROJECT,
    REVOKED_KEY,
)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", "", {"Authorization": ""}, None, 401, "invalid_api_key"),
        ("GET", "", {"Authorization": f"Basic {KEY}"}, None, 401, "invalid_api_key"),
        ("GET", "", {"Authorization": f"Bearer {REVOKED_KEY}"}, None, 401, "invalid_api_key"),
        ("GET", "", {"Authorization": f"Bearer {NO_SCOPE_KEY}"}, None, 403, "scope_insufficient"),
        ("GET", "", {"Authorization": f"Bearer {KEYS[EMPTY]}"}, None, 403, "cross_project_access"),
        ("GET", "/unknown", {}, None, 404, "model_not_found"),
        ("GET", f"/{EXAMPLE_ID}/nothing", {}, None, 404, "not_found"),
        ("GET", "/", {}, None, 404, "not_found"),
        ("PUT", f"/{EXAMPLE_ID}", {}, b"{}", 405, "method_not_allowed"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b"{", 400, "json_parse_error"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b'{"context_length": NaN}', 400, "json_parse_error"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b"\xff", 400, "json_parse_error"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b"[" * 100_000, 400, "json_parse_error"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b"[]", 400, "invalid_body"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b'{"num_layers": "many"}', 400, "invalid_request"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, b" " * 1_048_577, 413, "body_too_large"),
        ("PATCH", f"/{EXAMPLE_ID}", {}, iter([b"{}"]), 411, "length_required"),
    ],
)
def test_a_refusal_comes_in_the_envelope_with_a_request_id(
    call: Caller, method: str, path: str, headers: dict[str, str], body: Any, status: int, code: str
) -> None:
    response = call(method, path, headers=headers, data=body)
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert set(response.json()["error"]) == {"message", "type", "code", "param"}
    assert response.headers["X-Request-ID"].startswith("req_")


def test_a_project_that_does_not_exist_is_not_found(sandbox: Running) -> None:
    response = Caller(sandbox, "proj_NOWHERE", KEY)("GET")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "project_not_found")


def test_every_answer_has_an_id_of_its_own_and_says_what_is_left(call: Caller) -> None:
    answers = [call("GET"), call("GET", f"/{EXAMPLE_ID}"), call("GET", "/unknown")]
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 3
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == sorted(left, reverse=True)
    assert {"X-RateLimit-Limit", "X-RateLimit-Reset"} <= set(answers[0].headers)


def test_too_many_requests_are_told_when_to_come_back(sandbox: Running, call: Caller) -> None:
    sandbox.set(rate_limit=3)
    assert [call("GET").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = call("GET")
    assert response.headers["Retry-After"] == str(response.json()["error"]["retry_after"])
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert response.json()["error"]["retry_strategy"]["type"] == "exponential_backoff"


def test_the_document_dialect_gives_all_models_whatever_is_asked(sandbox: Running) -> None:
    whole = Caller(sandbox, LARGE)("GET", "?extended=true&limit=2&offset=5").json()
    assert list(whole) == ["models"]
    assert len(whole["models"]) == 1000


def test_the_openai_dialect_pages_through_all_models(sandbox: Running) -> None:
    sandbox.set(dialect="openai")
    call, seen = Caller(sandbox, LARGE), []
    while True:
        page = call("GET", f"?extended=true&limit=500&offset={len(seen)}").json()
        assert (page["object"], page["total"], page["limit"]) == ("list", 1000, 100)
        seen += [item["id"] for item in page["data"]]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) == 1000


def test_the_openai_dialect_lists_plain_or_extended(sandbox: Running, call: Caller) -> None:
    sandbox.set(dialect="openai")
    plain, extended = call("GET").json()["data"], call("GET", "?extended=true").json()["data"]
    assert set(plain[0]) == {"id", "object", "created", "owned_by"}
    assert set(plain[0]) < set(extended[0])
    assert extended[0] == call("GET", f"/{EXAMPLE_ID}?extended=true").json()


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "offset=-1", "offset=1.5", "limit="])
def test_a_page_that_cannot_be_is_refused(sandbox: Running, call: Caller, query: str) -> None:
    sandbox.set(dialect="openai")
    response = call("GET", f"?{query}")
    assert (response.status_code, response.json()["error"]["param"]) == (400, query.partition("=")[0])


def test_a_server_may_ignore_the_offset_and_name_its_counters_otherwise(
    sandbox: Running, call: Caller
) -> None:
    sandbox.set(dialect="openai", ignore_offset=True, counters="none")
    assert call("GET", "?offset=40").json()["data"] == call("GET").json()["data"]
    assert set(call("GET").json()) == {"object", "data"}
    sandbox.set(counters="total_count")
    assert call("GET").json()["total_count"] == 44
    sandbox.set(counters="nested")
    assert call("GET").json()["pagination"]["total"] == 44


def test_what_is_written_only_can_be_made_readable(sandbox: Running, call: Caller) -> None:
    call("PATCH", f"/{EXAMPLE_ID}", json={"license": "MIT"})
    assert "license" not in call("GET", f"/{EXAMPLE_ID}?extended=true").json()
    sandbox.set(writeonly_readable=True)
    assert call("GET", f"/{EXAMPLE_ID}?extended=true").json()["license"] == "MIT"


def test_details_can_come_in_camel_case(sandbox: Running, call: Caller) -> None:
    sandbox.set(key_case="camel")
    model = call("GET", f"/{EXAMPLE_ID}?extended=true").json()
    assert (model["contextLength"], model["createdAt"]) == (32768, "2024-01-24T19:10:56Z")


@pytest.mark.parametrize(("envelope", "kind"), [("message", "application/json"), ("html", "text/html")])
def test_refusals_can_come_as_older_servers_sent_them(
    sandbox: Running, call: Caller, envelope: str, kind: str
) -> None:
    sandbox.set(envelope=envelope)
    response = call("GET", "/unknown")
    assert (response.status_code, response.headers["Content-Type"]) == (404, kind)
    assert "error" not in response.text


def test_a_connection_serves_many_requests_and_can_be_closed_from_this_side(
    sandbox: Running, call: Caller
) -> None:
    for _ in range(5):
        call("GET", f"/{EXAMPLE_ID}")
    assert len({seen.connection for seen in sandbox.requests}) == 1
    sandbox.close_connections()
    # urllib3 sees that the kept connection is dead and opens another.
    assert call("GET", f"/{EXAMPLE_ID}").status_code == 200
    assert len({seen.connection for seen in sandbox.requests}) == 2


def test_hundreds_of_connections_are_served_at_once(sandbox: Running) -> None:
    request = (
        f"GET /{PROJECT}/v1/models/{EXAMPLE_ID} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    )
    sockets = [socket.create_connection(("127.0.0.1", sandbox.port), timeout=TIMEOUT) for _ in range(300)]
    try:
        for sock in sockets:
            sock.sendall(request.encode())
        answers = [sock.recv(65_536) for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()
    assert all(
        answer.startswith(b"HTTP/1.1 200 OK\r\n") and EXAMPLE_ID.encode() in answer for answer in answers
    )


def test_parallel_changes_of_one_model_all_land(sandbox: Running) -> None:
    def change(field: str) -> None:
        caller = Caller(sandbox)
        for value in range(1, 21):
            caller("PATCH", f"/{EXAMPLE_ID}", json={field: value})
        caller.session.close()

    fields = ("context_length", "parameter_count", "num_layers", "vocab_size")
    threads = [threading.Thread(target=change, args=(field,)) for field in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = sandbox.store.model(sandbox.store.project(PROJECT), EXAMPLE_ID)
    assert [record.facts[field] for field in fields] == [20, 20, 20, 20]


def test_what_was_asked_is_recorded_without_the_key(sandbox: Running, call: Caller) -> None:
    call("PATCH", f"/{EXAMPLE_ID}?trace=1", json={"license": "MIT"})
    Caller(sandbox, EMPTY)("GET")
    first, second = sandbox.requests
    assert (first.method, first.route, first.project, first.model_id) == (
        "PATCH",
        "update",
        PROJECT,
        EXAMPLE_ID,
    )
    assert (first.path, first.query) == (f"/{PROJECT}/v1/models/{EXAMPLE_ID}", {"trace": "1"})
    assert (first.body, first.status) == ('{"license": "MIT"}', 200)
    assert first.key != second.key
    assert KEY not in repr(sandbox.requests)


def test_latency_is_added_to_every_answer(sandbox: Running, call: Caller) -> None:
    sandbox.set(latency_ms=120)
    assert call("GET").elapsed.total_seconds() >= 0.12


def test_what_is_not_http_ends_the_connection_and_nothing_else(sandbox: Running, call: Caller) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=TIMEOUT) as sock:
        sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert sock.recv(100) == b""
    assert call("GET").status_code == 200
