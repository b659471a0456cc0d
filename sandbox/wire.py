"""The part of HTTP/1.1 that the sandbox needs: reading a request, encoding a response for one write."""

from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qsl, unquote

from .refusals import Refusal

MAX_LINE = 65_536
MAX_HEADERS = 200
MAX_BODY = 1_048_576
JSON = "application/json"


@dataclass(slots=True)
class Request:
    """A request. `target` is as sent, `segments` its path split and unquoted; header names are in lower case."""

    method: str
    target: str
    segments: list[str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    keep_alive: bool = True


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = JSON

    def encode(self, *, close: bool = False, length: int | None = None) -> bytes:
        """The whole response. `length` overrides the Content-Length."""
        head = self.head(close=close, length=len(self.body) if length is None else length)
        return head + self.body

    def head(self, *, close: bool, length: int | None) -> bytes:
        """Status line and headers, without Content-Length if `length` is None."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Type: {self.content_type}")
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines.append("Connection: close" if close else "Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class NotHttp(Exception):
    """Not an HTTP request: the connection must be closed."""


def request_read(rfile: BufferedIOBase, wfile: BufferedIOBase) -> Request | None:
    """The next request of a connection, or None if the client closed it.

    Raises NotHttp if it cannot be read, Refusal 411 or 413 if the body is not accepted.
    """
    line = _line(rfile)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise NotHttp(line[:80])
    method, target, version = parts
    headers = _headers(rfile)
    connection = headers.get("connection", "").lower()
    keep_alive = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
    path, _, query = target.partition("?")
    segments = [unquote(part, errors="replace") for part in path.split("/")[1:]]
    request = Request(method, target, segments, dict(parse_qsl(query, keep_blank_values=True)), headers)
    request.keep_alive = keep_alive
    request.body = _body(headers, rfile, wfile)
    return request


def _line(rfile: BufferedIOBase) -> bytes:
    line = rfile.readline(MAX_LINE + 1)
    if len(line) > MAX_LINE:
        raise NotHttp("line too long")
    return line


def _headers(rfile: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = _line(rfile)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise NotHttp("header without a colon")
        headers[name.strip().lower()] = value.strip()
    raise NotHttp("too many headers")


def _body(headers: dict[str, str], rfile: BufferedIOBase, wfile: BufferedIOBase) -> bytes:
    if "transfer-encoding" in headers:
        raise Refusal(411, "length_required", "Send the body with a Content-Length.")
    claimed = headers.get("content-length", "0")
    if not claimed.isdigit():
        raise NotHttp("bad Content-Length")
    length = int(claimed)
    if length > MAX_BODY:
        raise Refusal(413, "body_too_large", f"The body may have at most {MAX_BODY} bytes.")
    if not length:
        return b""
    if headers.get("expect", "").lower() == "100-continue":
        wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        wfile.flush()
    body = rfile.read(length)
    if len(body) < length:
        raise NotHttp("the body ended early")
    return body


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
