"""Sends requests to the API: every byte to and from it passes through `Transport.send`.

It follows no redirect, keeps no cookie, reads no environment (.netrc, proxies, CA bundles), and limits time and size.
The key is passed with each call and written into that call's own header. Failures are returned, not raised, so that no
traceback leads into a frame that holds the header or the body.
"""

import http.client
import ssl
import zlib
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import certifi
import requests
import urllib3.exceptions as wire
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.ssl_ import create_urllib3_context

from models_admin.xerotier import errors
from models_admin.xerotier.deadline import POOLS, Deadline, use_deadline
from models_admin.xerotier.limits import (
    CONNECT_TIMEOUT,
    ERROR_READ,
    MAX_ANSWER,
    MAX_ERROR_ANSWER,
    READ_TIMEOUT,
)
from models_admin.xerotier.secret import Secret

CHUNK = 256 * 1024
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # the one coding that is decoded here, under a cap
    "User-Agent": "xerotier-console",
}
KEPT_HEADERS = (
    "content-type",
    "location",
    "retry-after",
    "server",
    "via",
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request: `path` begins with a slash and is made of checked parts only."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What came back. `headers` has those of KEPT_HEADERS that it had, in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


class _Bearer(AuthBase):
    """Passed as `auth`, a key is not overwritten by a .netrc, and is in this request's header only."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


class Session(requests.Session):
    """Shared by all threads and people, so it holds nothing that belongs to one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never. `allow_redirects=False` alone still reads the whole body of a redirect."""


class Adapter(HTTPAdapter):
    """Pools whose connections keep the deadline, and one TLS context, read from disk once, not for each connection."""

    def __init__(self, *, secure: bool, pool_size: int, system_authorities: bool = False) -> None:
        self._context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2) if secure else None
        if self._context:
            self._context.load_verify_locations(cafile=certifi.where())
            if system_authorities:
                self._context.load_default_certs()
        super().__init__(pool_connections=1, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._context:
            kwargs["ssl_context"] = self._context
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to do: the context has the authorities and requires a valid certificate (tested with a bad one)."""


class Transport:
    """Thread-safe. `address` is `scheme://host[:port][/prefix]`, from the operator's settings only."""

    def __init__(self, address: str, *, pool_size: int) -> None:
        self._address = address
        self._session = Session()
        adapter = Adapter(secure=address.startswith("https:"), pool_size=pool_size)
        self._session.adapters.clear()
        self._session.mount(address, adapter)

    def send(self, request: ApiRequest, *, key: Secret, deadline: Deadline) -> ApiResponse | errors.ApiError:
        """Send once. Returns the answer whatever its status, or the error that prevented one. Raises nothing."""
        try:
            with use_deadline(deadline):
                return self._send(request, key, deadline)
        except Exception as exc:
            failure = _failure(exc, deadline)
        return failure

    def _send(self, request: ApiRequest, key: Secret, deadline: Deadline) -> ApiResponse:
        headers = HEADERS if request.body is None else {**HEADERS, "Content-Type": "application/json"}
        url = self._address + request.path
        prepared = requests.Request(
            request.method, url, headers=headers, data=request.body, auth=_Bearer(key)
        ).prepare()
        left = deadline.left(READ_TIMEOUT)
        response = self._session.send(
            prepared, stream=True, allow_redirects=False, timeout=(min(CONNECT_TIMEOUT, left), left)
        )
        try:
            body = _body(response, deadline)
        finally:
            response.close()
        return _redacted(response, body, key)

    def close(self) -> None:
        self._session.close()


def _redacted(response: requests.Response, body: bytes, key: Secret) -> ApiResponse:
    """A service that echoes the key must not bring it into a page or a log."""
    text = key.reveal()
    found = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    headers = {name: value.replace(text, "[key]") for name, value in found.items()}
    secret = text.encode("ascii")
    return ApiResponse(
        response.status_code, headers, body.replace(secret, b"[key]") if secret in body else body
    )


def _body(response: requests.Response, deadline: Deadline) -> bytes:
    """The decompressed body, b"" for a redirect or if the body of an error can't be read."""
    if 200 <= response.status_code < 300:
        return read_body(response, MAX_ANSWER)
    if response.status_code < 400:
        return b""  # a redirect's body may be endless
    deadline.shorten(ERROR_READ)
    try:
        return read_body(response, MAX_ERROR_ANSWER)
    except Exception:  # the status is known; a lost message does not change it
        return b""


def read_body(response: requests.Response, cap: int) -> bytes:
    """At most `cap` bytes, compressed and decompressed. Raises AnswerTooLarge, BadAnswer, urllib3's errors."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        raise errors.BadAnswer("The response is compressed in a way that this console doesn't support.")
    chunks, size = [], 0
    while chunk := response.raw.read(CHUNK, decode_content=False):
        size += len(chunk)
        if size > cap:
            raise errors.AnswerTooLarge("The response is larger than this console accepts.")
        chunks.append(chunk)
    body = b"".join(chunks)
    return _decompressed(body, cap) if coding == "gzip" and body else body


def _decompressed(compressed: bytes, cap: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)
    try:
        body = decompressor.decompress(compressed, cap + 1)
    except zlib.error:
        raise errors.BadAnswer("The response can't be decompressed.") from None
    if len(body) > cap:
        raise errors.AnswerTooLarge("The response is larger than this console accepts.")
    if not decompressor.eof or decompressor.unused_data:
        raise errors.BadAnswer("The response can't be decompressed.")
    return body


def _failure(exc: Exception, deadline: Deadline) -> errors.ApiError:
    """The error for a failure of the connection. Nothing of `exc` is kept: it refers to the request and its header."""
    if isinstance(exc, errors.ApiError):
        return type(exc)(exc.message)
    causes = _causes(exc)
    late = any(isinstance(cause, (TimeoutError, wire.ReadTimeoutError)) for cause in causes)
    unreached = deadline.sent is None and not late and isinstance(exc, requests.ConnectionError)
    if deadline.sent is False or unreached or isinstance(exc, requests.ConnectTimeout):
        return errors.ConnectFailed(f"The console couldn't connect to the API{_reason(causes)}.")
    if late or isinstance(exc, requests.Timeout):
        return errors.TimedOut("The API didn't respond in time.")
    if any(isinstance(cause, http.client.HTTPException) and not _is_break(cause) for cause in causes):
        return errors.BadAnswer("The response isn't valid HTTP.")
    if isinstance(exc, (requests.RequestException, wire.HTTPError, OSError)):
        return errors.ConnectionBroken("The connection to the API closed before the full response arrived.")
    return errors.BadAnswer(f"The call to the API failed unexpectedly ({type(exc).__name__}).")


def _is_break(cause: BaseException) -> bool:
    return isinstance(cause, (http.client.RemoteDisconnected, http.client.IncompleteRead))


def _causes(exc: BaseException) -> list[BaseException]:
    """`exc` and what it wraps: requests and urllib3 put the cause into the arguments."""
    found: list[BaseException] = []
    queue: list[Any] = [exc]
    while queue and len(found) < 20:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found


def _reason(causes: list[BaseException]) -> str:
    """A short reason in our own words: the library's text may quote what was sent."""
    for kind, reason in (
        (ssl.SSLCertVerificationError, ": its certificate isn't valid"),
        (ssl.SSLError, ": the encrypted connection failed"),
        (wire.NameResolutionError, ": its name can't be resolved"),
        (ConnectionRefusedError, ": it refused the connection"),
        ((TimeoutError, wire.ConnectTimeoutError), ": it didn't respond in time"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return ""
