"""One deadline for a whole call, without a thread to watch it.

A timeout of `requests` is per read: a server that sends one byte a second can hold a call for hours. Here, before every
raw read of the socket (status line, headers and body alike), the socket's timeout is set to what is left of the call.
TLS needs no more: Python bounds a whole handshake and a whole TLS record by the socket's timeout. Only the resolver's
own timeout is not covered.
"""

import http.client
import io
import socket
import threading
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from models_admin.xerotier.limits import CONNECT_TIMEOUT, MAX_IDLE, READ_TIMEOUT


class Deadline:
    """When a call must be over, and how far it has come.

    `sent` is None until a connection is used, False while connecting, True once a byte of the request may have been
    sent. `ends` is in seconds of the monotonic clock.
    """

    __slots__ = ("ends", "sent")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.sent: bool | None = None

    def left(self, most: float = READ_TIMEOUT) -> float:
        """Seconds that the next step may take. Raises TimeoutError once the deadline has passed."""
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the whole call has passed")
        return min(most, left)

    def shorten(self, seconds: float) -> None:
        """Allow at most `seconds` more."""
        self.ends = min(self.ends, monotonic() + seconds)


class _Here(threading.local):
    """The deadline of this thread's call: urllib3 passes only a number of seconds on to its connections."""

    deadline: Deadline | None = None


_here = _Here()


class use_deadline:
    """Inside of it, this thread's connections keep `deadline`."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> Deadline:
        _here.deadline = self._deadline
        return self._deadline

    def __exit__(self, *exc: object) -> None:
        _here.deadline = None


def _deadline() -> Deadline:
    if _here.deadline is None:  # a connection used outside of `use_deadline`
        raise RuntimeError("this thread has no deadline")
    return _here.deadline


class _Reader(io.RawIOBase):
    """A socket's reader that gives each read only what is left of the call."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Reader(raw, sock, _deadline()), 64 * 1024)


class _Bounded:
    """What both kinds of connection have in common."""

    response_class: Any = _Response
    sock: Any
    timeout: Any
    _last_used = 0.0

    def connect(self) -> None:
        deadline = _deadline()
        deadline.sent = False
        self.timeout = deadline.left(CONNECT_TIMEOUT)
        super().connect()  # type: ignore[misc]

    def send(self, data: Any) -> None:
        deadline = _deadline()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(deadline.left())
        self._last_used = monotonic()
        deadline.sent = True
        super().send(data)  # type: ignore[misc]

    @property
    def is_connected(self) -> bool:
        """False makes urllib3 open a new connection: one that was idle for long may be half closed."""
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
