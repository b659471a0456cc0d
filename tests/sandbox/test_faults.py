"""Each fault does what its row in `sandbox/faults.py` says, seen from a raw socket where a library would hide it."""

import gzip
import json
import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox.faults import KINDS
from sandbox.running import Running
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

TIMEOUT = 10
CHANGE = {"description": "changed"}
PLAYED: set[str] = set()


def played(*kinds: str) -> Callable[[Any], Any]:
    """Marks which faults a test shows, so that none is left without one."""
    PLAYED.update(kinds)
    return lambda test: test


def call(sandbox: Running, method: str = "GET", path: str = "", **options: Any) -> requests.Response:
    url = f"{sandbox.url}/{PROJECT}/v1/models{path}"
    options.setdefault("timeout", TIMEOUT)
    headers = {"Authorization": f"Bearer {KEY}"}
    return requests.request(method, url, headers=headers, allow_redirects=False, **options)


def change(sandbox: Running, **options: Any) -> requests.Response:
    return call(sandbox, "PATCH", f"/{EXAMPLE_ID}", json=CHANGE, **options)


def changed(sandbox: Running) -> bool:
    record = sandbox.store.model(sandbox.store.project(PROJECT), EXAMPLE_ID)
    return bool(record.facts["description"] == "changed")


def raw(sandbox: Running, wait: float = TIMEOUT) -> tuple[bytes, BaseException | None]:
    """What comes back for a list until the connection ends, and how it ended."""
    request = f"GET /{PROJECT}/v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=wait) as sock:
        sock.sendall(request.encode())
        try:
            while piece := sock.recv(65_536):
                received += piece
        except OSError as exc:
            return received, exc
    return received, None


@played("reset_before", "reset_after")
@pytest.mark.parametrize(("kind", "done"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_comes_without_an_answer(sandbox: Running, kind: str, done: bool) -> None:
    sandbox.fault(kind)
    received, end = raw(sandbox)
    assert (received, type(end)) == (b"", ConnectionResetError)
    sandbox.fault(kind)
    with pytest.raises(requests.ConnectionError):
        change(sandbox)
    assert changed(sandbox) is done


@played("reset_middle")
def test_a_reset_in_the_middle_comes_after_part_of_the_answer(sandbox: Running) -> None:
    sandbox.fault("reset_middle")
    received, end = raw(sandbox)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert isinstance(end, ConnectionResetError)


@played("timeout_before", "timeout_after")
@pytest.mark.parametrize(("kind", "done"), [("timeout_before", False), ("timeout_after", True)])
def test_a_timeout_keeps_the_caller_waiting(sandbox: Running, kind: str, done: bool) -> None:
    sandbox.fault(kind, seconds=30)
    with pytest.raises(requests.ReadTimeout):
        change(sandbox, timeout=0.3)
    assert changed(sandbox) is done


def test_a_held_caller_is_let_go_when_its_time_is_up_or_the_faults_are_cleared(sandbox: Running) -> None:
    sandbox.fault("timeout_before", seconds=0.2)
    assert raw(sandbox) == (b"", None)


@played("slow")
def test_slow_answers_late(sandbox: Running) -> None:
    sandbox.fault("slow", seconds=0.3)
    response = change(sandbox)
    assert response.elapsed.total_seconds() >= 0.3
    assert changed(sandbox)


@played("drip_headers", "drip_body")
@pytest.mark.parametrize("kind", ["drip_headers", "drip_body"])
def test_dripping_never_lets_a_single_read_wait_long(sandbox: Running, kind: str) -> None:
    sandbox.fault(kind, interval=0.02)
    request = f"GET /{PROJECT}/v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=1) as sock:
        sock.sendall(request.encode())
        pieces, end = [], time.monotonic() + 0.5
        while time.monotonic() < end:
            pieces.append(sock.recv(65_536))
    assert 5 < len(pieces) < 30
    assert (b"\r\n\r\n" in b"".join(pieces)) is (kind == "drip_body")


@played("truncated")
def test_truncated_ends_before_its_length(sandbox: Running) -> None:
    sandbox.fault("truncated")
    received, end = raw(sandbox)
    head, _, body = received.partition(b"\r\n\r\n")
    claimed = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert end is None
    assert len(body) == claimed // 2


@played("huge")
@pytest.mark.parametrize("declared", [True, False])
def test_huge_sends_its_megabytes_with_or_without_a_length(sandbox: Running, declared: bool) -> None:
    sandbox.fault("huge", size_mb=3, declared=declared)
    received, _ = raw(sandbox)
    assert len(received) > 3 * 1_048_576
    assert (b"Content-Length" in received[:500]) is declared


def test_huge_ends_when_the_caller_has_enough(sandbox: Running) -> None:
    sandbox.fault("huge")
    with call(sandbox, stream=True) as response:
        assert response.raw.read(1000).startswith(b'{"models": [')
    assert call(sandbox).status_code == 200


@played("gzip_bomb")
def test_a_gzip_bomb_is_small_on_the_wire_and_large_unpacked(sandbox: Running) -> None:
    sandbox.fault("gzip_bomb", size_mb=20)
    with call(sandbox, stream=True) as response:
        compressed = response.raw.read(decode_content=False)
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(compressed) < 100_000
    body = gzip.decompress(compressed)
    assert len(body) > 20 * 1_048_576
    assert json.loads(body) == {"models": []}


@played("html", "empty", "not_object", "deep_json")
@pytest.mark.parametrize(
    ("kind", "detail", "start"),
    [
        ("html", {}, b"<!doctype html>"),
        ("empty", {}, b""),
        ("not_object", {}, b"[]"),
        ("not_object", {"value": "null"}, b"null"),
        ("not_object", {"value": "string"}, b'"ready"'),
        ("not_object", {"value": "number"}, b"42"),
        ("deep_json", {}, b'{"models": [[[['),
    ],
)
def test_nonsense_comes_with_200_and_does_nothing_unless_told(
    sandbox: Running, kind: str, detail: dict[str, Any], start: bytes
) -> None:
    sandbox.fault(kind, **detail)
    response = change(sandbox)
    assert response.status_code == 200
    assert response.content.startswith(start)
    assert (response.content == b"") is (kind == "empty")
    assert not changed(sandbox)
    sandbox.fault(kind, after=True, **detail)
    change(sandbox)
    assert changed(sandbox)


@played("truncated_json", "invalid_utf8", "nan", "huge_int", "surrogates")
@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("truncated_json", b'{"id": '),
        ("invalid_utf8", b"\xff\xfe"),
        ("nan", b"NaN"),
        ("huge_int", b"9" * 5000),
        ("surrogates", b"\\ud800"),
    ],
)
def test_an_answer_that_no_reader_expects_comes_after_the_change(
    sandbox: Running, kind: str, mark: bytes
) -> None:
    sandbox.fault(kind)
    response = change(sandbox)
    assert mark in response.content
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert changed(sandbox)


@pytest.mark.parametrize("kind", ["truncated_json", "invalid_utf8", "huge_int"])
def test_some_of_them_cannot_be_read_at_all(sandbox: Running, kind: str) -> None:
    sandbox.fault(kind)
    with pytest.raises(ValueError, match=r"."):
        json.loads(change(sandbox).content)


@played("wrong_types", "nulls", "missing_keys", "extra_keys")
def test_facts_come_wrong_null_missing_or_strange_and_the_id_stays(sandbox: Running) -> None:
    answers = {}
    for kind in ("wrong_types", "nulls", "missing_keys", "extra_keys"):
        sandbox.fault(kind)
        answers[kind] = call(sandbox, "GET", f"/{EXAMPLE_ID}?extended=true").json()
    assert {answer["id"] for answer in answers.values()} == {EXAMPLE_ID}
    assert (answers["wrong_types"]["name"], answers["wrong_types"]["is_latest"]) == (12345, "yes")
    assert answers["nulls"]["name"] is None
    assert answers["missing_keys"] == {"id": EXAMPLE_ID, "object": "model"}
    assert answers["extra_keys"]["x_nested"]["markup"].startswith("<script>")


def test_the_id_goes_too_when_told(sandbox: Running) -> None:
    sandbox.fault("missing_keys", ids=True)
    assert call(sandbox).json()["models"][0] == {}
    sandbox.fault("wrong_types", ids=True, route="delete")
    assert call(sandbox, "DELETE", f"/{EXAMPLE_ID}").json() == {"deleted": "yes", "modelId": 12345}


@played("duplicate_ids")
def test_duplicates_name_every_model_twice(sandbox: Running) -> None:
    sandbox.fault("duplicate_ids")
    ids = [item["id"] for item in call(sandbox).json()["models"]]
    assert len(ids) == 2 * len(set(ids)) == 88


@played("redirect")
def test_a_redirect_goes_elsewhere_or_in_a_circle(sandbox: Running) -> None:
    sandbox.fault("redirect", status=307, location="http://127.0.0.1:1/other")
    response = change(sandbox)
    assert (response.status_code, response.headers["Location"]) == (307, "http://127.0.0.1:1/other")
    assert not changed(sandbox)
    sandbox.fault("redirect", endless=True, times=None)
    with pytest.raises(requests.TooManyRedirects):
        requests.get(f"{sandbox.url}/{PROJECT}/v1/models", timeout=TIMEOUT)


def test_a_redirect_may_bring_a_large_body(sandbox: Running) -> None:
    sandbox.fault("redirect", size_mb=2)
    received, _ = raw(sandbox)
    assert received.startswith(b"HTTP/1.1 302 Found")
    assert len(received) > 2 * 1_048_576


@played("set_cookie")
def test_cookies_come_with_the_answer(sandbox: Running) -> None:
    sandbox.fault("set_cookie")
    response = call(sandbox)
    assert set(response.cookies.keys()) == {"sandbox_session", "sandbox_tracking"}
    assert len(response.json()["models"]) == 44


@played("status")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_a_status_refuses_without_or_after_the_change(sandbox: Running, status: int) -> None:
    sandbox.fault("status", status=status, code="of_the_test", param="description")
    response = change(sandbox)
    assert response.status_code == status
    assert response.json()["error"]["code"] == "of_the_test"
    assert response.json()["error"]["param"] == "description"
    assert response.headers["X-Request-ID"] == sandbox.requests[-1].request_id
    assert not changed(sandbox)
    sandbox.fault("status", status=status, after=True)
    assert change(sandbox).status_code == status
    assert changed(sandbox)


def test_a_status_says_when_to_come_back_as_a_number_or_a_date_or_not(sandbox: Running) -> None:
    sandbox.fault("status", status=429, retry_after="number", seconds=9)
    response = call(sandbox)
    assert (response.headers["Retry-After"], response.json()["error"]["retry_after"]) == ("9", 9)
    sandbox.fault("status", status=503, retry_after="date", seconds=60)
    wait = parsedate_to_datetime(call(sandbox).headers["Retry-After"]).timestamp() - time.time()
    assert 50 < wait < 65
    sandbox.fault("status", status=429)
    assert "Retry-After" not in call(sandbox).headers


@pytest.mark.parametrize(
    ("envelope", "body"), [("message", b'{"message": "No."}'), ("html", b"<html>"), ("empty", b"")]
)
def test_a_status_comes_in_other_envelopes(sandbox: Running, envelope: str, body: bytes) -> None:
    sandbox.fault("status", status=502, message="No.", envelope=envelope)
    response = call(sandbox)
    assert response.status_code == 502
    assert response.content.startswith(body)
    assert (response.content == b"") is (envelope == "empty")


def test_every_fault_has_a_test_here() -> None:
    assert set(KINDS) == PLAYED
