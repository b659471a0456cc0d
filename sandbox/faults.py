"""Faults on demand: what networks, proxies and broken servers do, one matching call after the other.

Kinds that say nothing of the change carry it out only with `after=True`; kinds that spoil the real answer
(`truncated`, `drip_*`, `nulls`, ...) always do, because there is no answer to spoil without it.

| kind | what the caller sees | detail (default) |
|---|---|---|
| `reset_before`, `reset_after` | the connection is reset without an answer | |
| `reset_middle` | half an answer, then a reset | |
| `timeout_before`, `timeout_after` | no answer for `seconds` (30), then the connection ends | `seconds` |
| `slow` | the answer, late | `seconds` (1) |
| `drip_headers`, `drip_body` | the answer, a byte every `interval` (0.2 s) | `interval` |
| `truncated` | a body shorter than its Content-Length | |
| `huge` | `size_mb` (400) of a list that does not end | `size_mb`, `declared` (False), `after` |
| `gzip_bomb` | a small answer that unpacks to `size_mb` (315) | `size_mb`, `after` |
| `html`, `empty` | 200 with a page, with nothing | `after` |
| `not_object` | JSON that is no object | `value`: list (default), null, string, number; `after` |
| `truncated_json`, `invalid_utf8` | the answer, cut in half; with bytes that are no text | |
| `deep_json` | arrays in arrays, `depth` (100,000) | `depth`, `after` |
| `nan`, `huge_int`, `surrogates` | the answer with such values in place of numbers, or of strings | |
| `wrong_types`, `nulls`, `missing_keys` | every fact but `id` and `object` of the wrong type, null, gone | `ids` (False): the id too |
| `extra_keys` | facts that nobody knows | |
| `duplicate_ids` | every model of a list twice | |
| `redirect` | `status` (302) to `location` (elsewhere on this host) | `endless`: to itself; `size_mb`; `after` |
| `set_cookie` | the answer, with cookies | |
| `status` | a refusal or failure | `status` (500), `code`, `message`, `param`, `retry_after` ("number", "date", None), `seconds` (7), `envelope` ("error", "message", "html", "empty"), `after` |
"""  # noqa: E501 (a table)

from __future__ import annotations

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
ROUTES = ("list", "get", "update", "delete", "revalidate", "catalog")


@dataclass(slots=True)
class Fault:
    """One fault that waits. `times` None means every time; the first `skip` matching calls go well."""

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
    """The faults of one stand-in, first come, first served. `released` is set to end those that hold a caller."""

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
        """Raises ValueError for a kind, a route or a detail that does not exist: a typo must not pass as a fault."""
        if kind not in DETAILS:
            raise ValueError(f"unknown fault {kind!r}: one of {', '.join(KINDS)}")
        if route is not None and route not in ROUTES:
            raise ValueError(f"unknown route {route!r}: one of {', '.join(ROUTES)}")
        strange = set(detail) - set(DETAILS[kind])
        if strange:
            raise ValueError(f"{kind} has no detail {', '.join(sorted(strange))}")
        fault = Fault(kind, method and method.upper(), route, model, times, skip, detail)
        with self.lock:
            self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Forgets all faults and lets go of the callers that are held."""
        with self.lock:
            self.waiting.clear()
            self.released.set()
            self.released = threading.Event()

    def take(self, method: str, route: str | None, model: str) -> Fault | None:
        """The fault for this call, counted; None where it goes well."""
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
