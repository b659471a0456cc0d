"""The stand-in over real HTTP: envelope, request ids, both list dialects, rate limits, connections, steering."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import Running
from tests.sandbox_fixture import (
    EMPTY,
    EXAMPLE_ID,
    KEY,
    KEYS,
    LARGE,
    NO_SCOPE_KEY,
    PROJECT,
    REVOKED_KEY,
    sandbox_started,
)

TIMEOUT = 10


class Caller:
    """Calls one project's routes with one key, over one kept-alive connection."""

    def __init__(self, running: Running, project: str = PROJECT, key: str = "") -> None:
        self.base = f"{running.url}/{project}/v1/models"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key or KEYS[project]}"

    def __call__(self, method: str, path: str = "", **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=TIMEOUT, **options)


@pytest.fixture
def call(sandbox: Running) -> Iterator[Caller]:
    caller = Caller(sandbox)
    yield caller
    caller.session.close()


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


def test_it_is_steered_over_http_from_another_process(sandbox: Running, call: Caller) -> None:
    def steer(method: str, path: str, **body: Any) -> Any:
        response = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return response.json()

    steer("POST", "settings", dialect="openai", validation_s=0)
    assert steer("GET", "settings")["dialect"] == "openai"
    steer("POST", "faults", kind="status", status=503, route="list", times=2)
    assert steer("GET", "faults")["faults"][0]["detail"] == {"status": 503}
    assert call("GET").status_code == 503
    steer("DELETE", "faults")
    assert call("GET").json()["object"] == "list"
    assert [seen["status"] for seen in steer("GET", "requests")["requests"]] == [503, 200]
    assert steer("GET", f"attached?project={PROJECT}&model={EXAMPLE_ID}")["workers"] == 10
    call("DELETE", f"/{EXAMPLE_ID}")
    steer("POST", "reset")
    assert call("GET").json()["models"][0]["id"] == EXAMPLE_ID


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults", {"kind": "earthquake"}, 400),
        ("faults", {"kind": "empty", "colour": "red"}, 400),
        ("faults", {"kind": "empty", "route": "upload"}, 400),
        ("settings", {"dialect": "klingon"}, 400),
        ("tea", {}, 404),
    ],
)
def test_steering_that_means_nothing_is_refused(
    sandbox: Running, path: str, body: dict[str, Any], status: int
) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
    assert response.status_code == status


def test_a_reset_forgets_settings_faults_and_requests(sandbox: Running, call: Caller) -> None:
    sandbox.set(dialect="openai", models=3)
    sandbox.fault("empty", times=None)
    call("GET")
    sandbox.reset()
    assert (sandbox.requests, sandbox.settings.dialect) == ([], "document")
    assert len(call("GET").json()["models"]) == 44


def test_what_is_not_http_ends_the_connection_and_nothing_else(sandbox: Running, call: Caller) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=TIMEOUT) as sock:
        sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert sock.recv(100) == b""
    assert call("GET").status_code == 200


def test_stopping_lets_go_of_callers_ends_the_threads_and_frees_the_port() -> None:
    before = set(threading.enumerate())
    failures: list[Exception] = []

    def held() -> None:
        try:
            Caller(running)("GET")
        except requests.RequestException as exc:
            failures.append(exc)

    with sandbox_started() as running:
        running.fault("timeout_before", seconds=60)
        caller = threading.Thread(target=held)
        caller.start()
        while not running.requests:
            time.sleep(0.01)
    started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in started)
    assert len(failures) == 1
    with sandbox_started(port=running.port):
        pass


def test_the_command_starts_it_and_prints_where_it_is_and_its_keys() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--dialect", "openai", "--models", "3"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(6)]
        url = lines[0].split()[-1]
        answer = requests.get(
            f"{url}/{PROJECT}/v1/models", headers={"Authorization": f"Bearer {KEY}"}, timeout=TIMEOUT
        )
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        process.stdout.close()
    assert process.returncode == 0
    assert f"key {KEY}" in lines[1]
    assert len(answer.json()["data"]) == 3


def test_the_command_says_when_its_port_is_taken(sandbox: Running) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", str(sandbox.port)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("sandbox: ")
