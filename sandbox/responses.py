"""The response to a call that meets a fault. Many of these write to the socket themselves."""

import select
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from .api import refused
from .faults import Fault, Faults
from .malformed import malformed
from .refusals import Refusal
from .wire import Answer

MEGABYTE = 1_048_576
HTML = b"<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"
NOT_OBJECTS = {"list": b"[]", "null": b"null", "string": b'"ready"', "number": b"42"}


class FaultResponse:
    """One fault on one connection. `carry_out` performs the requested operation once and returns the real answer."""

    def __init__(
        self,
        fault: Fault,
        faults: Faults,
        sock: socket.socket,
        request_id: str,
        carry_out: Callable[[], Answer],
    ) -> None:
        self.fault = fault
        self.detail: dict[str, Any] = fault.detail
        self.released = faults.released
        self.sock = sock
        self.request_id = request_id
        self.carry_out = carry_out

    def send(self) -> Answer | None:
        """The answer to send, or None if it was sent here or the connection was closed.

        Raises OSError if the caller has disconnected.
        """
        special = getattr(self, f"_{self.fault.kind}", None)
        if special is not None:
            return special()
        answer = self.carry_out()
        answer.body = malformed(self.fault.kind, answer.body, ids=self.detail.get("ids", False))
        return answer

    def _plain(self, body: bytes, content_type: str = "application/json", status: int = 200) -> Answer:
        """An answer with this body. The operation is performed only if the fault has `after`."""
        if self.detail.get("after"):
            self.carry_out()
        return Answer(status, body, [("X-Request-ID", self.request_id)], content_type)

    def _reset_before(self) -> None:
        reset(self.sock)

    def _reset_after(self) -> None:
        self.carry_out()
        reset(self.sock)

    def _reset_middle(self) -> None:
        whole = self.carry_out().encode()
        self.sock.sendall(whole[: len(whole) - len(whole) // 4])
        time.sleep(0.05)  # a reset discards data that has not been sent yet
        reset(self.sock)

    def _timeout_before(self) -> None:
        self._hold(self.detail.get("seconds", 30))

    def _timeout_after(self) -> None:
        self.carry_out()
        self._hold(self.detail.get("seconds", 30))

    def _slow(self) -> Answer | None:
        if not self._hold(self.detail.get("seconds", 1)):
            return None
        return self.carry_out()

    def _drip_headers(self) -> None:
        self._drip(b"", self.carry_out().encode(close=True))

    def _drip_body(self) -> None:
        answer = self.carry_out()
        self._drip(answer.head(close=True, length=len(answer.body)), answer.body)

    def _truncated(self) -> None:
        answer = self.carry_out()
        length = len(answer.body)
        answer.body = answer.body[: length // 2]
        self.sock.sendall(answer.encode(close=True, length=length))

    def _huge(self) -> None:
        self._stream(self._plain(b'{"models": ['))

    def _gzip_bomb(self) -> Answer:
        answer = self._plain(bomb(int(self.detail.get("size_mb", 315))))
        answer.headers.append(("Content-Encoding", "gzip"))
        return answer

    def _html(self) -> Answer:
        return self._plain(HTML, "text/html; charset=utf-8")

    def _empty(self) -> Answer:
        return self._plain(b"")

    def _not_object(self) -> Answer:
        return self._plain(NOT_OBJECTS[self.detail.get("value") or "list"])

    def _deep_json(self) -> Answer:
        depth = int(self.detail.get("depth", 100_000))
        return self._plain(b'{"models": ' + b"[" * depth + b"]" * depth + b"}")

    def _redirect(self) -> Answer | None:
        answer = self._plain(b"", "text/html", int(self.detail.get("status", 302)))
        # A location that begins with "?" leads to the same path.
        location = "?again=1" if self.detail.get("endless") else self.detail.get("location", "/elsewhere")
        answer.headers.append(("Location", location))
        if not self.detail.get("size_mb"):
            return answer
        self._stream(answer)
        return None

    def _set_cookie(self) -> Answer:
        answer = self.carry_out()
        answer.headers.append(("Set-Cookie", "sandbox_session=of-this-caller; Path=/; HttpOnly"))
        answer.headers.append(("Set-Cookie", "sandbox_tracking=1; Path=/; Max-Age=31536000"))
        return answer

    def _status(self) -> Answer:
        if self.detail.get("after"):
            self.carry_out()
        status = int(self.detail.get("status", 500))
        seconds = int(self.detail.get("seconds", 7))
        wait = self.detail.get("retry_after")
        retry = {"number": str(seconds), "date": _later(seconds)}.get(wait, wait) if wait else None
        refusal = Refusal(
            status,
            self.detail.get("code"),
            self.detail.get("message") or f"The sandbox was configured to answer {status}.",
            param=self.detail.get("param"),
            headers=(("Retry-After", str(retry)),) if retry else (),
            extra={"retry_after": seconds} if wait == "number" else {},
        )
        return refused(refusal, [("X-Request-ID", self.request_id)], self.detail.get("envelope") or "error")

    def _hold(self, seconds: float) -> bool:
        """Waits. False if the caller disconnected meanwhile. Ends early when the faults are cleared."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.released.is_set():
            if select.select([self.sock], [], [], 0)[0] and not self.sock.recv(1, socket.MSG_PEEK):
                return False
            self.released.wait(min(left, 0.05))
        return True

    def _drip(self, at_once: bytes, slowly: bytes) -> None:
        interval = float(self.detail.get("interval", 0.2))
        self.sock.sendall(at_once)
        for position in range(len(slowly)):
            self.sock.sendall(slowly[position : position + 1])
            if self.released.wait(interval):
                return

    def _stream(self, answer: Answer) -> None:
        """An answer followed by megabytes of spaces, without a Content-Length unless the fault has `declared`."""
        size = int(self.detail.get("size_mb", 400)) * MEGABYTE
        length = size + len(answer.body) if self.detail.get("declared") else None
        self.sock.sendall(answer.head(close=True, length=length) + answer.body)
        for piece in _blanks(size):
            if self.released.is_set():
                return
            self.sock.sendall(piece)


def reset(sock: socket.socket) -> None:
    """Ends the connection with RST, as a crashed server or a proxy that gives up does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _blanks(size: int) -> Iterator[bytes]:
    piece = b" " * 65_536
    while size > 0:
        yield piece[:size]
        size -= len(piece)


@lru_cache(maxsize=4)
def bomb(megabytes: int) -> bytes:
    """A gzip file of blanks around an empty list. Deflate allows one compressed megabyte to be repeated."""
    start, blank, end = b'{"models": [', b" " * MEGABYTE, b"]}"
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    compressed = compressor.compress(start) + compressor.flush(zlib.Z_FULL_FLUSH)
    one = compressor.compress(blank) + compressor.flush(zlib.Z_FULL_FLUSH)
    compressed += one * megabytes + compressor.compress(end) + compressor.flush()
    check = zlib.crc32(start)
    for _ in range(megabytes):
        check = zlib.crc32(blank, check)
    check = zlib.crc32(end, check)
    size = len(start) + megabytes * MEGABYTE + len(end)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return header + compressed + struct.pack("<LL", check, size & 0xFFFFFFFF)


def _later(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
