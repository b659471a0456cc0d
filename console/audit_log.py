"""Where the lines of the logger `audit` go: stdout, syslog or a file. Its handlers raise when they can't write.

The handlers of `logging` print a failure and go on; a line of the audit stream has to wait instead.
"""

import contextlib
import logging
import re
import socket
import sys
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from console.environment import env_text, fail

PORT = 514
LOCAL = "/dev/log"
AUTH_INFO = 38  # facility auth, severity informational: RFC 3164, section 4.1.1
TIMEOUT = 5  # seconds
SYSLOG = re.compile(r"syslog(:(?P<host>[A-Za-z0-9._-]+)(:(?P<port>\d{1,5}))?)?", re.ASCII)


class Raising(logging.Handler):
    """Passes a failure on to whoever logs. `handleError` is called while the exception is handled."""

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        raise error if isinstance(error, OSError) else OSError(str(error))


class StdoutLines(Raising, logging.StreamHandler):
    def __init__(self) -> None:
        super().__init__(sys.stdout)


class FileLines(Raising, WatchedFileHandler):
    """Opens the file again after it was rotated by another program, and after a failure.

    A write that failed may have left a part of a line, so the next one begins with a new line.
    """

    def __init__(self, filename: str) -> None:
        super().__init__(filename, encoding="utf-8", delay=True)
        self._has_failed = False

    def format(self, record: logging.LogRecord) -> str:
        return "\n" * self._has_failed + super().format(record)

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        self._has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:
        self._has_failed = True
        stream, self.stream = self.stream, None
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
        super().handleError(record)


class SyslogLines(Raising):
    """The local syslog, or another machine's by TCP, one line each. It connects with the first line, and again later.

    Syslog confirms nothing. What can be noticed is noticed: a receiver that does not accept, or has closed.
    """

    def __init__(self, host: str = "", port: int = PORT) -> None:
        super().__init__()
        self._target = (host, port) if host else None
        self._socket: socket.socket | None = None

    def emit(self, record: logging.LogRecord) -> None:
        line = f"<{AUTH_INFO}>xerotier-console: {self.format(record)}"
        try:
            if self._socket is not None and self._is_closed(self._socket):
                self._disconnect()
            if self._socket is None:
                self._socket = self._connected()
            self._socket.sendall(line.encode() + (b"\n" if self._target else b""))
        except Exception:
            self._disconnect()
            self.handleError(record)

    def close(self) -> None:
        self._disconnect()
        super().close()

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _connected(self) -> socket.socket:
        if self._target:
            return socket.create_connection(self._target, timeout=TIMEOUT)
        local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        local.connect(LOCAL)
        return local

    def _is_closed(self, connection: socket.socket) -> bool:
        """A stream that the other side has closed reads as ended; a datagram socket never does."""
        if not self._target:
            return False
        try:
            return connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False


def env_audit_log(name: str) -> str:
    """ "", stdout, syslog, syslog:host, syslog:host:port, or the absolute path of a file in a folder that exists."""
    value = env_text(name)
    if value in ("", "stdout") or SYSLOG.fullmatch(value):
        return value
    if not value.startswith("/"):
        fail(name, "must be stdout, syslog, syslog:host:port, or the absolute path of a file")
    if not Path(value).parent.is_dir() or Path(value).is_dir():
        fail(name, "must be a file in a folder that exists")
    return value


def audit_handler(value: str) -> dict[str, Any]:
    """The handler of the logger `audit` for logging's dictConfig. Without a value it writes nothing."""
    if not value:
        return {"class": "logging.NullHandler"}
    if value == "stdout":
        return {"()": StdoutLines}
    if found := SYSLOG.fullmatch(value):
        return {"()": SyslogLines, "host": found["host"] or "", "port": int(found["port"] or PORT)}
    return {"()": FileLines, "filename": value}
