"""Requests to the provider: no redirect is followed, no cookie kept, and time and size are limited.

The environment (.netrc, proxies) is not read. A provider inside a company may have a certificate of the company's own
authority, so the system's authorities count beside the usual ones.
"""

import json
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import requests

from models_admin.oidc.errors import SignInFailed
from models_admin.xerotier import errors
from models_admin.xerotier.deadline import Deadline, use_deadline
from models_admin.xerotier.transport import Adapter, Session, read_body

MAX_ANSWER = 1_000_000  # bytes
MAX_CALLS = 16  # at once in this process, so that a slow provider does not take every thread
CONNECT_TIMEOUT = 3.0
HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "xerotier-console"}

_calls = BoundedSemaphore(MAX_CALLS)


@cache
def _session() -> Session:
    session = Session()
    session.adapters.clear()
    session.mount("https://", Adapter(secure=True, pool_size=MAX_CALLS, system_authorities=True))
    session.mount("http://", Adapter(secure=False, pool_size=MAX_CALLS))  # loopback only: see configuration
    return session


def fetch_json(
    url: str,
    *,
    deadline: Deadline,
    form: dict[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    bearer: str = "",
) -> dict[str, Any]:
    """The JSON object at `url`, by POST where there is a form. Raises SignInFailed."""
    if not _calls.acquire(blocking=False):
        raise SignInFailed("busy", f"{MAX_CALLS} calls to the provider are in progress")
    try:
        found = _fetch(url, deadline, form, basic, bearer)
    finally:
        _calls.release()
    if isinstance(found, SignInFailed):
        raise found
    return found


def _fetch(
    url: str, deadline: Deadline, form: dict[str, str] | None, basic: tuple[str, str] | None, bearer: str
) -> dict[str, Any] | SignInFailed:
    """Failures are returned: no traceback leads into this frame, which has secrets."""
    headers = HEADERS | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        request = requests.Request("POST" if form else "GET", url, headers=headers, data=form, auth=basic)
        with use_deadline(deadline):
            left = deadline.left()
            response = _session().send(
                request.prepare(),
                stream=True,
                allow_redirects=False,
                timeout=(min(CONNECT_TIMEOUT, left), left),
            )
            try:
                return _parsed(response)
            finally:
                response.close()
    except errors.ApiError as exc:  # too large, or compressed in a way that is not supported
        return SignInFailed("broken", type(exc).__name__)
    except Exception as exc:
        late = isinstance(exc, (TimeoutError, requests.Timeout)) or "timed out" in str(exc)
        return SignInFailed("slow" if late else "unreachable", type(exc).__name__)


def _parsed(response: requests.Response) -> dict[str, Any] | SignInFailed:
    status = response.status_code
    if status >= 500:
        return SignInFailed("unreachable", f"status {status}")
    if status != 200:
        return SignInFailed("refused" if status >= 400 else "broken", f"status {status}")
    try:
        found = json.loads(read_body(response, MAX_ANSWER))
    except (ValueError, RecursionError):
        return SignInFailed("broken", "not JSON")
    return found if isinstance(found, dict) else SignInFailed("broken", "not a JSON object")
