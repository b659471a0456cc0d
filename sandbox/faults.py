"""Faults on demand: what networks, proxies and broken servers do to calls that match.

Faults whose response does not depend on the real one perform the operation only with `after=True`. Faults that change the
real response (`truncated`, `drip_*`, `nulls`, ...) always perform it, because they need that response.

| kind | what the client sees | details (default) |
|---|---|---|
| `reset_before`, `reset_after` | the connection is reset without a response | |
| `reset_middle` | part of the response, then a reset | |
| `timeout_before`, `timeout_after` | no response for `seconds` (30), then the connection closes | `seconds` |
| `slow` | the response, delayed | `seconds` (1) |
| `drip_headers`, `drip_body` | the response, one byte every `interval` (0.2 s) | `interval` |
| `truncated` | a body shorter than its Content-Length | |
| `huge` | a list of `size_mb` (400) that never ends | `size_mb`, `declared` (False), `after` |
| `gzip_bomb` | a small response that decompresses to `size_mb` (315) | `size_mb`, `after` |
| `html`, `empty` | 200 with an HTML page, with an empty body | `after` |
| `not_object` | JSON that is not an object | `value`: list (default), null, string, number; `after` |
| `truncated_json`, `invalid_utf8` | the response, cut in half; with bytes that are not UTF-8 | |
| `deep_json` | nested arrays, `depth` (100,000) | `depth`, `after` |
| `nan`, `huge_int`, `surrogates` | the response with such values instead of numbers or strings | |
| `wrong_types`, `nulls`, `missing_keys` | every field but `id` and `object` has the wrong type, is null, is missing | `ids` (False): IDs too |
| `extra_keys` | unknown fields | |
| `duplicate_ids` | every model in a list appears twice | |
| `redirect` | `status` (302) to `location` (elsewhere on this host) | `endless`: to itself; `size_mb`; `after` |
| `set_cookie` | the response, with cookies | |
| `status` | an error response | `status` (500), `code`, `message`, `param`, `retry_after` ("number", "date", None), `seconds` (7), `envelope` ("error", "message", "html", "empty"), `after` |
"""  # noqa: E501 (a table)

import threading
from dataclasses import dataclass, field
from typing import Any

DETAILS: dict[str, tuple[str, ...]] = {
    "reset_before": (),
    "reset_after": (),
    "reset_middle": (),
    "timeout_before": ("seconds",),
    "timeout_after": ("seconds",),
    "slow": ("seconds",),
    "drip_headers": ("interval",),
    "drip_body": ("interval",),
    "truncated": (),
    "huge": ("size_mb", "declared", "after"),
    "gzip_bomb": ("size_mb", "after"),
    "html": ("after",),
    "empty": ("after",),
    "not_object": ("value", "after"),
    "truncated_json": (),
    "invalid_utf8": (),
    "deep_json": ("depth", "after"),
    "nan": (),
    "huge_int": (),
    "surrogates": (),
    "wrong_types": ("ids",),
    "nulls": ("ids",),
    "missing_keys": ("ids",),
    "extra_keys": (),
    "duplicate_ids": (),
    "redirect": ("status", "location", "endless", "size_mb", "after"),
    "set_cookie": (),
    "status": ("status", "code", "message", "param", "retry_after", "seconds", "envelope", "after"),
}
KINDS = tuple(DETAILS)
ROUTES = (
    "list", "get", "update", "delete", "revalidate", "catalog", "endpoints",
    "share", "unshare", "versions", "version_add", "promote",
    "uploads", "upload", "upload_cancel", "upload_delete", "wrong_method",
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """A configured fault. `times` None means every time; the first `skip` matching calls are not affected."""

    kind: str
    method: str | None = None
    route: str | None = None
    model: str | None = None
    times: int | None = 1
    skip: int = 0
    detail: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def matches(self, method: str, route: str | None, model: str) -> bool:
        return (
            self.method in (None, method)
            and self.route in (None, route)
            and self.model in (None, model)
            and (self.times is None or self.hits < self.times)
        )


class Faults:
    """The configured faults; the first that matches applies. Setting `released` ends the waits of all faults."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: list[Fault] = []
        self.released = threading.Event()

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        route: str | None = None,
        model: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        **detail: Any,
    ) -> Fault:
        """Raises ValueError for a kind, a route or a detail that does not exist: a typo must not go unnoticed."""
        if kind not in DETAILS:
            raise ValueError(f"unknown fault {kind!r}: one of {', '.join(KINDS)}")
        if route is not None and route not in ROUTES:
            raise ValueError(f"unknown route {route!r}: one of {', '.join(ROUTES)}")
        unknown = set(detail) - set(DETAILS[kind])
        if unknown:
            raise ValueError(f"{kind} has no detail {', '.join(sorted(unknown))}")
        fault = Fault(kind, method and method.upper(), route, model, times, skip, detail)
        with self.lock:
            self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Removes all faults and ends their waits."""
        with self.lock:
            self.waiting.clear()
            self.released.set()
            self.released = threading.Event()

    def take(self, method: str, route: str | None, model: str) -> Fault | None:
        """The fault for this call, or None. Counts the hit."""
        if not self.waiting:
            return None
        with self.lock:
            for fault in self.waiting:
                if fault.matches(method, route, model):
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.hits += 1
                    return fault
        return None
