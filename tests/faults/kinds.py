"""The faults that come from the API's side, and what is true of the console after each.

`effect` is what the answer to a change amounts to: "good", "refused" (the API said no), "lost" (no proper answer
came: it may have happened), "not_sent". `title` heads the problem that a failed reading shows; "" where the
reading goes well, None where it depends on the call: a malformed value is left out, or the answer counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["good", "refused", "lost", "not_sent"]
MUTE = "Request timed out"
BROKEN = "Connection lost"
NONSENSE = "Unexpected response"
LARGE = "Response too large"
ELSEWHERE = "Unexpected redirect"
AWAY = "API unreachable"
FAILED = "Service error"
BUSY_KEY = "Rate limit reached"

# What console answers with, by the title of the problem.
STATUSES = {
    MUTE: 504,
    BROKEN: 502,
    NONSENSE: 502,
    LARGE: 502,
    ELSEWHERE: 502,
    AWAY: 503,
    FAILED: 502,
    BUSY_KEY: 429,
    "Key not accepted": 403,
    "Key not permitted to do this": 403,
    "Key lacks the Model Management scope": 403,
    "Model not found": 404,
    "Not found": 404,
    "Not possible in the model's current state": 409,
    "Request rejected": 400,
}


@dataclass(frozen=True)
class Fault:
    """`road` is "closed" or "tls" where the fault is on the way to the API and not in what it does."""

    name: str
    kind: str
    title: str | None
    effect: Effect
    detail: dict[str, Any] = field(default_factory=dict)
    road: str = ""
    holds: bool = False  # it keeps a caller waiting, so the call it is aimed at gets a short deadline

    def __str__(self) -> str:
        return self.name


def _fault(
    name: str, title: str | None, effect: Effect, *, kind: str = "", holds: bool = False, **detail: Any
) -> Fault:
    return Fault(name, kind or name, title, effect, detail, holds=holds)


def _status(status: int, title: str, effect: Effect = "refused", *, note: str = "", **detail: Any) -> Fault:
    return Fault(f"{status}{note}", "status", title, effect, {"status": status, **detail})


NETWORK = [
    Fault("refused-connection", "", AWAY, "not_sent", road="closed"),
    Fault("bad-tls", "", AWAY, "not_sent", road="tls"),
    _fault("reset_before", BROKEN, "lost"),
    _fault("reset_after", BROKEN, "lost"),
    _fault("reset_middle", BROKEN, "lost"),
    _fault("timeout_before", MUTE, "lost", holds=True),
    _fault("timeout_after", MUTE, "lost", holds=True),
    _fault("drip_headers", MUTE, "lost", holds=True),
    _fault("drip_body", MUTE, "lost", holds=True),
    _fault("truncated", BROKEN, "lost"),
    _fault("slow", "", "good", seconds=0.05),
]
SIZES = [
    _fault("huge", LARGE, "lost", size_mb=400),
    _fault("huge-declared", LARGE, "lost", kind="huge", size_mb=400, declared=True, after=True),
    _fault("gzip_bomb", LARGE, "lost", size_mb=315, after=True),
]
NO_ANSWERS = [
    _fault("html", NONSENSE, "lost"),
    _fault("html-after", NONSENSE, "lost", kind="html", after=True),
    _fault("empty", NONSENSE, "lost"),
    _fault("empty-after", NONSENSE, "lost", kind="empty", after=True),
    *(
        _fault(f"json-{value}", NONSENSE, "lost", kind="not_object", value=value)
        for value in ("list", "null")
    ),
    *(
        _fault(f"json-{value}", NONSENSE, "lost", kind="not_object", value=value, after=True)
        for value in ("string", "number")
    ),
    _fault("truncated_json", NONSENSE, "lost"),
    _fault("deep_json", NONSENSE, "lost", after=True),
    _fault("redirect", ELSEWHERE, "lost"),
    _fault(
        "redirect-307", ELSEWHERE, "lost", kind="redirect", status=307, location="https://elsewhere.example/"
    ),
    _fault("redirect-endless", ELSEWHERE, "lost", kind="redirect", endless=True, after=True),
]
MALFORMED = [
    *(
        _fault(kind, None, "good")
        for kind in ("invalid_utf8", "nan", "huge_int", "surrogates", "wrong_types", "nulls", "missing_keys")
    ),
    *(
        _fault(f"{kind}-ids", None, "good", kind=kind, ids=True)
        for kind in ("wrong_types", "nulls", "missing_keys")
    ),
    _fault("extra_keys", "", "good"),
    _fault("duplicate_ids", "", "good"),
    _fault("set_cookie", "", "good"),
]
ANSWERS = [
    _status(400, "Request rejected"),
    _status(401, "Key not accepted"),
    _status(403, "Key not permitted to do this"),
    _status(403, "Key lacks the Model Management scope", note="-scope", code="scope_insufficient"),
    _status(404, "Model not found", code="model_not_found"),
    _status(404, "Not found", note="-proxy", envelope="html"),
    _status(409, "Not possible in the model's current state"),
    _status(422, "Request rejected"),
    _status(429, BUSY_KEY),
    _status(429, BUSY_KEY, note="-number", retry_after="number", seconds=7),
    _status(429, BUSY_KEY, note="-date", retry_after="date", seconds=90),
    _status(500, FAILED, "lost"),
    _status(500, FAILED, "lost", note="-after", after=True, envelope="message"),
    _status(502, FAILED, "lost", note="-html", envelope="html"),
    _status(503, FAILED, "lost", retry_after="number", seconds=7),
    _status(504, FAILED, "lost", note="-empty-after", envelope="empty", after=True),
]
FAULTS = [*NETWORK, *SIZES, *NO_ANSWERS, *MALFORMED, *ANSWERS]

# What a page shows depends on the kind of error and on whether the change happened, not on how the answer broke.
# The client's tests go through all faults; the pages meet one fault of each kind, and every malformed value.
ON_EVERY_PAGE = [
    "refused-connection",
    "reset_before",
    "reset_after",
    "timeout_after",
    "html",
    "wrong_types",
    "nulls",
    "missing_keys",
    "400",
    "401",
    "403-scope",
    "404",
    "404-proxy",
    "409",
    "429-number",
    "503",
]
# Kinds of error that a changing page does not tell from those above: for it, the answer is lost.
ON_READING_PAGES = ["invalid_utf8", "nan", "huge_int", "surrogates", "wrong_types-ids", "duplicate_ids"]
ON_READING_PAGES += ["huge-declared", "empty-after", "redirect", "500-after"]
# Of the reading before a change, the services tell apart: not sent, missing, refused, no answer, in time or not.
BEFORE_A_CHANGE = [
    "refused-connection",
    "reset_before",
    "timeout_after",
    "html",
    "wrong_types",
    "nulls",
    "missing_keys",
    "401",
    "403-scope",
    "404",
    "404-proxy",
    "429-number",
]
