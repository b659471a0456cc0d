"""Reads an answer as a JSON object or as an error: the only module that knows the envelope of errors.

Source: "Errors" of the API's later documentation. Decide by status and `code`, never by `type`.
"""

import json
import math
import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from models_admin.xerotier import errors
from models_admin.xerotier.limits import MAX_MESSAGE, MAX_TOKEN, MAX_WAIT
from models_admin.xerotier.schemas import RateLimit
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiResponse

BY_STATUS: dict[int, type[errors.ApiError]] = {
    400: errors.BadRequest,
    401: errors.KeyRefused,
    403: errors.Denied,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    422: errors.BadRequest,
    429: errors.RateLimited,
}
SENTENCES: dict[type[errors.ApiError], str] = {
    errors.BadRequest: "The API refused the request as invalid.",
    errors.KeyRefused: "The API doesn't accept the key.",
    errors.Denied: "The API doesn't allow this key to do that.",
    errors.ProxyRefused: "A proxy or firewall refused the request.",
    errors.NotFound: "The API didn't find it.",
    errors.Conflict: "The API refuses this while the model has its current status.",
    errors.TooLarge: "The request was too large.",
    errors.RateLimited: "The API accepts no more requests with this key for now.",
}
# Where the answers of servers and frameworks keep the message, the best place first.
MESSAGES = (
    "message",
    "msg",
    "detail",
    "errors",
    "error_description",
    "description",
    "reason",
    "title",
    "error",
)
MAX_ITEMS = 5  # of a list of messages
SURROGATE = re.compile("[\ud800-\udfff]")
SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def data_of(answer: ApiResponse, *, bare_list: bool = False) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises BadAnswer if it has none.

    What JSON or Python has no number for (NaN, the infinities, integers of thousands of digits) becomes the text that
    was sent; invalid UTF-8 and lone surrogates become U+FFFD. With `bare_list`, a list becomes `{"data": [...]}`.
    """
    try:
        data = _loads(answer.body)
    except (ValueError, RecursionError):
        page = answer.body.lstrip()[:1] == b"<"
        what = "a web page, perhaps from a proxy" if page else "not JSON" if answer.body else "empty"
        raise _bad(f"The response isn't from the API: it is {what}.", answer) from None
    if bare_list and isinstance(data, list):
        return {"data": data}
    if not isinstance(data, dict):
        raise _bad("The response isn't from the API: it is JSON, but not an object.", answer)
    return data


def _bad(message: str, answer: ApiResponse) -> errors.BadAnswer:
    return errors.BadAnswer(message, status=answer.status, request_id=request_id_of(answer))


def _loads(body: bytes) -> Any:
    text = body.decode("utf-8-sig", "replace")
    try:
        data = json.loads(text, parse_constant=str, parse_float=_float)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer longer than Python converts
        data = json.loads(text, parse_constant=str, parse_float=_float, parse_int=_int)
    return _mended(data) if SURROGATE_ESCAPE.search(body) else data


def _float(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) < 100 else text


def _mended(value: Any) -> Any:
    """Without lone surrogates, which can't be encoded. Raises RecursionError for deep nesting that json accepts."""
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def error_of(answer: ApiResponse, key: Secret) -> errors.ApiError | None:
    """The error for a status, None for 2xx. Its message is the API's if it sent one."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return errors.Redirected(
            "The API responded with a redirect, which the console never follows.",
            status=status,
            request_id=request_id_of(answer),
        )
    page = _is_page(answer)
    data = None if page else _error_data(answer)
    envelope = _envelope(data)
    message = _text(_message(data), key, MAX_MESSAGE)
    kind = _kind(status, page=page)
    return kind(
        message or SENTENCES.get(kind) or f"The API failed (status {status}).",
        status=status,
        code=_text(envelope.get("code"), key, MAX_TOKEN),
        param=_text(envelope.get("param") or _first_param(data), key, MAX_TOKEN),
        request_id=request_id_of(answer),
        retry_after=_wait(answer.headers.get("retry-after"), envelope.get("retry_after")),
        has_message=message is not None,
        is_json=isinstance(data, dict),
        proxy=_proxy(answer) if page else None,
    )


def _kind(status: int, *, page: bool) -> type[errors.ApiError]:
    kind = BY_STATUS.get(status)
    if page and kind in (errors.KeyRefused, errors.Denied):
        return errors.ProxyRefused
    if kind is None and 400 <= status < 600:
        kind = errors.Refused if status < 500 else errors.ServiceFailed
    return kind or errors.BadAnswer


def _is_page(answer: ApiResponse) -> bool:
    return answer.body.lstrip()[:1] == b"<" or "html" in answer.headers.get("content-type", "").lower()


def _proxy(answer: ApiResponse) -> str:
    """What the sender of a page calls itself: `Server`, else `Via`. Untrusted, so one short line."""
    name = answer.headers.get("server") or answer.headers.get("via") or ""
    return " ".join(CONTROL.sub(" ", name).split())[:MAX_TOKEN]


def _error_data(answer: ApiResponse) -> Any:
    """The JSON of a failed answer, else its text; None if it has neither."""
    try:
        return _loads(answer.body)
    except (ValueError, RecursionError):
        pass
    try:
        return None if answer.body[:1] in (b"{", b"[") else answer.body.decode()
    except UnicodeDecodeError:
        return None


def _envelope(data: Any) -> dict[str, Any]:
    """The object that carries `message`, `code` and `param`: `{"error": {…}}`, or the answer itself."""
    inner = data.get("error") if isinstance(data, dict) else None
    found = inner if isinstance(inner, dict) else data
    return found if isinstance(found, dict) else {}


def _message(data: Any) -> str:
    """The message of an answer in any shape that servers and frameworks use; "" if there is none."""
    if not isinstance(data, dict):
        return _sentence(data)
    envelope = _envelope(data)
    return next(filter(None, (_sentence(envelope.get(name)) for name in MESSAGES)), "")


def _sentence(value: Any, depth: int = 4) -> str:
    """A text; or those of a list or object, in which `{"loc": ["body", "license"], "msg": "…"}` names its field."""
    if isinstance(value, str) or not depth:
        return value if isinstance(value, str) else ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_sentence(item, depth - 1) for item in value[:MAX_ITEMS])))
    if not isinstance(value, dict):
        return ""
    message = next(filter(None, (_sentence(value.get(name), depth - 1) for name in MESSAGES)), "")
    if message:
        return f"{where}: {message}" if (where := _param(value)) else message
    pairs = [(name, _sentence(item, depth - 1)) for name, item in list(value.items())[:MAX_ITEMS]]
    return "; ".join(f"{name}: {text}" for name, text in pairs if text)


def _param(item: dict[str, Any]) -> str:
    """The request field that one entry of a list of errors is about, "" if it names none."""
    place = item.get("loc")
    if isinstance(place, list):
        return ".".join(str(part) for part in place[:MAX_ITEMS] if part not in ("body", "query", "path"))
    return next((item[name] for name in ("param", "field") if isinstance(item.get(name), str)), "")


def _first_param(data: Any) -> str:
    lists = [data.get(name) for name in ("detail", "errors")] if isinstance(data, dict) else []
    entries = [item for found in lists if isinstance(found, list) for item in found if isinstance(item, dict)]
    return next(filter(None, map(_param, entries)), "")


def _text(value: object, key: Secret, most: int) -> str | None:
    """One line of at most `most` characters, without the key; None for anything but text."""
    if not isinstance(value, str):
        return None
    line = " ".join(CONTROL.sub(" ", value.replace(key.reveal(), "[key]")).split())
    return (line if len(line) <= most else line[: most - 1] + "…") or None


def _wait(header: str | None, in_body: object) -> float | None:
    """Seconds: from `Retry-After` as a number or a date, else from the body. At least 0, at most a day."""
    for value in (header, in_body):
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            continue
        seconds = _seconds(value)
        if seconds is not None and not math.isnan(seconds):
            return min(max(seconds, 0.0), MAX_WAIT)
    return None


def _seconds(value: str | float) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):
        pass
    try:
        when = parsedate_to_datetime(str(value))
        when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
        return (when - datetime.now(timezone.utc)).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def request_id_of(answer: ApiResponse) -> str | None:
    """`X-Request-ID`: the handle for support. Untrusted, so one short line."""
    text = CONTROL.sub(" ", answer.headers.get("x-request-id", "")).strip()
    return text[:MAX_TOKEN] or None


def rate_limit_of(answer: ApiResponse) -> RateLimit:
    return RateLimit(
        limit=_count(answer.headers.get("x-ratelimit-limit")),
        remaining=_count(answer.headers.get("x-ratelimit-remaining")),
        reset=_reset(answer.headers.get("x-ratelimit-reset")),
    )


def _count(text: str | None) -> int | None:
    """Digits only: a header is latin-1, and `int` takes underscores and other scripts' digits."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _reset(text: str | None) -> float | None:
    seconds = _seconds(text) if text else None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
