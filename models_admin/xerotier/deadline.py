"""One deadline for a whole call, without a thread to watch it.

A timeout of `requests` is per read: a server that drips a byte a second holds a call for hours. Here
every raw read of the socket, for the status line, the headers and the body alike, first sets the
socket's timeout to what is left of the call. TLS needs no more: Python bounds a whole handshake and a
whole TLS record by the socket's timeout. What no deadline covers is the resolver's own time-out.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from models_admin.xerotier.limits import CONNECT_TIMEOUT, MAX_IDLE, READ_TIMEOUT


class Call:
    """One operation under way: when it must be over, and how far it came.

    `sent` is None until a connection is taken up, False while connecting, True once a byte of the
    request may have left. `ends` is in seconds of the monotonic clock.
    """

    __slots__ = ("ends", "sent")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.sent: bool | None = None

    def left(self, most: float = READ_TIMEOUT) -> float:
        """Seconds that the next step may take. Raises TimeoutError when the time is up."""
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole call is up")
        return min(most, left)

    def hurry(self, seconds: float) -> None:
        """What is left to do is worth no more than `seconds`."""
        self.ends = min(self.ends, monotonic() + seconds)


class _Here(threading.local):
    """The call of this thread: urllib3 hands its connections no more than a number of seconds."""

    call: Call | None = None


_here = _Here()


class calling:
    """While it lasts, this thread's connections obey `call`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> Call:
        _here.call = self._call
        return self._call

    def __exit__(self, *exc: object) -> None:
        _here.call = None


def _current() -> Call:
    if _here.call is None:  # a connection used past the one door
        raise RuntimeError("no call is under way in this thread")
    return _here.call


class _Reader(io.RawIOBase):
    """A socket's reader that gives each read only what is left of the call."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, call: Call) -> None:
        self._raw = raw
        self._sock = sock
        self._call = call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._call.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Reader(raw, sock, _current()), 64 * 1024)


class _Bounded:
    """What both kinds of connection share."""

    response_class: Any = _Response
    sock: Any
    timeout: Any
    _last_used = 0.0

    def connect(self) -> None:
        call = _current()
        call.sent = False
        self.timeout = call.left(CONNECT_TIMEOUT)
        super().connect()  # type: ignore[misc]

    def send(self, data: Any) -> None:
        call = _current()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(call.left())
        self._last_used = monotonic()
        call.sent = True
        super().send(data)  # type: ignore[misc]

    @property
    def is_connected(self) -> bool:
        """False makes urllib3 connect anew. One that lay idle for long may be half dead: no change is risked on it."""
        return monotonic() - self._last_used < MAX_IDLE and super().is_connected  # type: ignore[misc]


class _Connection(_Bounded, HTTPConnection):
    pass


class _SecureConnection(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}
