"""Whatever the server does, a call ends in time and in bounds, with an error that says what is known."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import time
import zlib
from collections.abc import Callable

import pytest

from models_admin.xerotier import errors
from models_admin.xerotier.errors import Outcome
from tests.xerotier.conftest import CALLS, CHANGES, READS, Pair
from tests.xerotier.servers import Asked, answer, model, reset, says

Against = Callable[..., Pair]
GRACE = 0.5  # seconds that a busy machine may add


def drip(data: bytes, *, pause: float = 0.1) -> Callable[[socket.socket, Asked], None]:
    def script(connection: socket.socket, asked: Asked) -> None:
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            time.sleep(pause)

    return script


def silent(connection: socket.socket, asked: Asked) -> None:
    time.sleep(5)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
SLOW = {
    "silence": silent,
    "status line dripped": drip(HEAD),
    "headers dripped": drip(HEAD + b"x" * 100, pause=0.03),
    "body dripped": lambda connection, asked: (connection.sendall(HEAD), drip(b"x" * 99)(connection, asked)),
    "chunks dripped": lambda connection, asked: (
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        drip(b"1\r\nx\r\n" * 30)(connection, asked),
    ),
    "endless 100-continue": lambda connection, asked: [
        (connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"), time.sleep(0.05)) for _ in range(100)
    ],
}


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("name", ["get_model", "delete_model"])
def test_the_deadline_holds_for_the_whole_call(
    against: Against, short_deadline: float, kind: str, name: str
) -> None:
    pair = against(SLOW[kind])
    began = time.monotonic()
    with pytest.raises(errors.TimedOut) as caught:
        pair.call(name)
    assert time.monotonic() - began < short_deadline + GRACE
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(pair.server.asked) == 1  # a time-out is never retried, not even of a GET


def test_silence_ends_a_call_before_its_deadline(against: Against, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_admin.xerotier.deadline.Deadline.left", lambda self, most=15.0: 0.2)
    began = time.monotonic()
    with pytest.raises(errors.TimedOut):
        against(silent).call("get_model")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("name", READS)
def test_a_read_is_sent_once_more_when_the_connection_broke(against: Against, name: str) -> None:
    def script(connection: socket.socket, asked: Asked) -> bool:
        if asked.number == 1:
            reset(connection)
            return False
        body = {"models": []} if name in ("list_models", "check") else model(catalog_role="deployable")
        connection.sendall(answer(body))
        return True

    pair = against(script)
    pair.call(name)
    assert len(pair.server.asked) == 2


def broken(connection: socket.socket, asked: Asked) -> None:
    reset(connection)


def cut(connection: socket.socket, asked: Asked) -> None:
    connection.sendall(answer(model())[:-20])


def closed(connection: socket.socket, asked: Asked) -> None:
    pass


@pytest.mark.parametrize("script", [broken, cut, closed])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_never_sent_twice(against: Against, name: str, script: Callable) -> None:
    pair = against(script)
    with pytest.raises(errors.ConnectionBroken) as caught:
        pair.call(name)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(pair.server.asked) == 1


@pytest.mark.parametrize("script", [broken, cut, closed])
def test_a_read_that_breaks_twice_is_an_error(against: Against, script: Callable) -> None:
    pair = against(script)
    with pytest.raises(errors.ConnectionBroken):
        pair.call("get_model")
    assert len(pair.server.asked) == 2


@pytest.mark.parametrize("name", CALLS)
def test_nothing_was_sent_where_nobody_listens(name: str, against: Against) -> None:
    pair = against(closed)
    pair.server.__exit__()
    with pytest.raises(errors.ConnectFailed) as caught:
        pair.call(name)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert "refused" in caught.value.message


def test_nothing_was_sent_where_the_handshake_never_ends(against: Against, short_deadline: float) -> None:
    """A server that takes TCP and then says nothing to TLS."""
    from models_admin.xerotier.client import Client

    pair = against(silent)
    secure = Client(pair.server.url.replace("http:", "https:"))
    began = time.monotonic()
    with pytest.raises(errors.ConnectFailed) as caught:
        Pair(secure, pair.server).call("delete_model")
    assert caught.value.outcome is Outcome.NOT_SENT
    assert time.monotonic() - began < short_deadline + GRACE


def test_a_pooled_connection_gets_its_full_time_again(
    against: Against, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last call left of its time must not bound the next one on the same connection."""
    monkeypatch.setattr("models_admin.xerotier.client.CALL_DEADLINE", 0.6)

    def script(connection: socket.socket, asked: Asked) -> bool:
        time.sleep(0.4)
        connection.sendall(answer(model()))
        return True

    pair = against(script)
    for _ in range(3):
        pair.call("get_model")
    assert pair.server.connections == 1


def test_a_connection_that_lay_idle_for_long_is_not_trusted(
    against: Against, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = against(says(model()))
    pair.call("get_model")
    pair.call("get_model")
    assert pair.server.connections == 1
    monkeypatch.setattr("models_admin.xerotier.deadline.MAX_IDLE", 0.0)
    pair.call("get_model")
    assert pair.server.connections == 2


def endless(head: bytes, block: bytes) -> Callable[[socket.socket, Asked], None]:
    def script(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(head)
        for _ in range(400 * 2**20 // len(block)):
            connection.sendall(block)

    return script


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_of_400_mb_is_cut_at_the_cap(against: Against, status: int) -> None:
    pair = against(endless(b"HTTP/1.1 %d OK\r\nContent-Length: 419430400\r\n\r\n" % status, b" " * 2**20))
    before = peak()
    with pytest.raises(errors.AnswerTooLarge) as caught:
        pair.call("update_model")
    assert caught.value.outcome is Outcome.UNKNOWN
    assert peak() - before < 100 * 2**20


def test_a_gzip_bomb_is_cut_at_the_cap(against: Against) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(300)) + packer.flush()
    before = peak()
    with pytest.raises(errors.AnswerTooLarge):
        against(says(bomb, Content_Encoding="gzip")).call("list_models")
    assert peak() - before < 100 * 2**20


def test_a_compressed_answer_is_read(against: Against) -> None:
    compressed = gzip.compress(json.dumps(model()).encode())
    pair = against(says(compressed, Content_Encoding="gzip"))
    assert pair.call("get_model").name == "my-custom-model"
    assert pair.server.asked[0].header("Accept-Encoding") == "gzip"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"whatever"),
        ("gzip, gzip", b"whatever"),
        ("gzip", b"not compressed"),
        ("gzip", gzip.compress(b"{}" * 999, mtime=0)[:-9]),
        ("gzip", gzip.compress(b"{}", mtime=0) + b"more"),
    ],
)
def test_what_cannot_be_decompressed_is_a_bad_answer(against: Against, coding: str, body: bytes) -> None:
    with pytest.raises(errors.BadAnswer) as caught:
        against(says(body, Content_Encoding=coding)).call("delete_model")
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_with_an_endless_body_is_neither_followed_nor_read(against: Against, status: int) -> None:
    elsewhere = against(says(model()))
    head = b"HTTP/1.1 %d Moved\r\nLocation: %s/x\r\n\r\n" % (status, elsewhere.server.url.encode())
    before = peak()
    for name in ("get_model", "delete_model"):
        with pytest.raises(errors.Redirected) as caught:
            against(endless(head, b" " * 2**20)).call(name)
        assert caught.value.outcome is Outcome.UNKNOWN
        assert caught.value.status == status
    assert not elsewhere.server.asked
    assert peak() - before < 50 * 2**20


def test_a_refusal_stays_one_when_its_words_never_come(
    against: Against, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status line says 409: that the body drips does not make the outcome unknown."""
    monkeypatch.setattr("models_admin.xerotier.transport.ERROR_READ", 0.2)

    def script(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n")
        time.sleep(2)

    began = time.monotonic()
    with pytest.raises(errors.Conflict) as caught:
        against(script).call("revalidate_model")
    assert caught.value.outcome is Outcome.REFUSED
    assert time.monotonic() - began < 1.5


def test_an_endless_error_page_is_cut_and_its_status_kept(against: Against) -> None:
    pair = against(endless(b"HTTP/1.1 503 Busy\r\n\r\n", b"x" * 65536))
    with pytest.raises(errors.ServiceFailed) as caught:
        pair.call("get_model")
    assert caught.value.status == 503


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
    ],
)
def test_what_does_not_speak_http_is_a_bad_answer_and_not_asked_twice(against: Against, line: bytes) -> None:
    pair = against(lambda connection, asked: connection.sendall(line))
    with pytest.raises(errors.BadAnswer):
        pair.call("get_model")
    assert len(pair.server.asked) == 1


def test_a_hundred_thousand_headers_are_a_bad_answer(against: Against) -> None:
    def script(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(1000):
            connection.sendall(b"X-A: b\r\n" * 100)

    with pytest.raises(errors.BadAnswer):
        against(script).call("get_model")
