"""From an answer to a JSON object or an error: the one place that knows the API's envelope.

Source: "Errors" of the API's later documentation. A branch decides on status and `code`, never on `type`.
"""

from __future__ import annotations

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
from models_admin.xerotier.transport import Answer

BY_STATUS: dict[int, type[errors.ApiError]] = {
    400: errors.BadRequest,
    401: errors.KeyRefused,
    403: errors.Denied,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.BadRequest,
    429: errors.RateLimited,
}
SENTENCES: dict[type[errors.ApiError], str] = {
    errors.BadRequest: "The API found fault with the request.",
    errors.KeyRefused: "The API does not accept the key.",
    errors.Denied: "The API does not allow this to the key.",
    errors.NotFound: "The API does not know it.",
    errors.Conflict: "The API refuses this in the model's present state.",
    errors.RateLimited: "The API takes no more requests with this key for now.",
}
SURROGATE = re.compile("[\ud800-\udfff]")
SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def object_of(answer: Answer) -> dict[str, Any] | errors.ApiError:
    """The JSON object of a 2xx answer; an error, returned, where it has none.

    What JSON or Python has no number for (NaN, the infinities, integers of thousands of digits) becomes the text that
    was sent; invalid UTF-8 and lone surrogates become U+FFFD.
    """
    try:
        data = _loads(answer.body)
    except (ValueError, RecursionError):
        page = answer.body.lstrip()[:1] == b"<"
        what = "a web page, perhaps a proxy's" if page else "not JSON" if answer.body else "empty"
        return _bad(f"The answer is {what}: not one of the API's.", answer)
    if not isinstance(data, dict):
        return _bad("The answer is JSON, yet not an object: not one of the API's.", answer)
    return data


def _bad(message: str, answer: Answer) -> errors.BadAnswer:
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
    """Without lone surrogates, which no encoder takes. Raises RecursionError where json did not."""
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def error_of(answer: Answer, key: Secret) -> errors.ApiError | None:
    """The error that a status stands for; None for 2xx. Its words are the API's where it gave any."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return errors.Redirected(
            "The API answered with a redirect, which is never followed.",
            status=status,
            request_id=request_id_of(answer),
        )
    kind = BY_STATUS.get(status) or _kind(status)
    words = _words(answer, key)
    return kind(
        words["message"] or SENTENCES.get(kind) or f"The API failed (status {status}).",
        status=status,
        code=words["code"],
        param=words["param"],
        request_id=request_id_of(answer),
        retry_after=_wait(answer.headers.get("retry-after"), words["retry_after"]),
        spoken=words["message"] is not None,
        proper=words["proper"],
    )


def _kind(status: int) -> type[errors.ApiError]:
    if 400 <= status < 500:
        return errors.Refused
    return errors.ServiceFailed if 500 <= status < 600 else errors.BadAnswer


def _words(answer: Answer, key: Secret) -> dict[str, Any]:
    """What the envelope says: `{"error": {...}}`, an older `{"message": ...}`, `{"error": "..."}`, or nothing."""
    found = object_of(answer)
    data = found if isinstance(found, dict) else {}
    inner = data.get("error")
    said = inner if isinstance(inner, dict) else {**data, "message": inner or data.get("message")}
    return {
        "message": _text(said.get("message"), key, MAX_MESSAGE),
        "code": _text(said.get("code"), key, MAX_TOKEN),
        "param": _text(said.get("param"), key, MAX_TOKEN),
        "retry_after": said.get("retry_after"),
        "proper": isinstance(found, dict),
    }


def _text(value: object, key: Secret, most: int) -> str | None:
    """One line of at most `most` characters, without the key; None for anything but text."""
    if not isinstance(value, str):
        return None
    line = " ".join(CONTROL.sub(" ", value.replace(key.reveal(), "[key]")).split())
    return (line if len(line) <= most else line[: most - 1] + "…") or None


def _wait(header: str | None, told: object) -> float | None:
    """Seconds: from `Retry-After` as a number or a date, else from the body. At least 0, at most a day."""
    for value in (header, told):
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


def request_id_of(answer: Answer) -> str | None:
    """`X-Request-ID`: the handle for support. Untrusted, so one short line."""
    text = CONTROL.sub(" ", answer.headers.get("x-request-id", "")).strip()
    return text[:MAX_TOKEN] or None


def rate_limit_of(answer: Answer) -> RateLimit:
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
