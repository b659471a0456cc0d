"""What the answers to a key's calls have shown of the API: its list dialect, what is new in it, and how fast it is.

Kept in memory for each key, by fingerprint, within bounds: `Client` notes it, `/about/` shows it.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from cachetools import LRUCache

from models_admin.xerotier.schemas import status_key
from models_admin.xerotier.secret import Secret

KEYS_KEPT = 1000
CALLS_KEPT = 10
WORDS_KEPT = 40  # unknown fields, and unknown statuses
WORD_LENGTH = 100  # characters
STATUSES = frozenset({"ready", "validating", "error", "deleting"})  # those that the console has a meaning for

Dialect = Literal["document", "openai"]


@dataclass(frozen=True, slots=True)
class CallSeen:
    """One call: `what` without project and ID ("GET /models/{id}"), the seconds until its answer was read.

    `status` is the HTTP status, None where no answer came. `at` is aware, UTC.
    """

    what: str
    seconds: float
    status: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """`dialect` is None until a list was read. `calls` has the newest first."""

    dialect: Dialect | None = None
    fields: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    calls: tuple[CallSeen, ...] = ()


@dataclass(slots=True)
class _Notes:
    observed: Observed = field(default_factory=Observed)
    calls: deque[CallSeen] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))


class Observations:
    """Those of all keys that this process uses. Thread-safe."""

    def __init__(self) -> None:
        self._notes: LRUCache[bytes, _Notes] = LRUCache(KEYS_KEPT)
        self._lock = threading.Lock()

    def of(self, key: Secret) -> Observed:
        with self._lock:
            notes = self._of(key)
            return replace(notes.observed, calls=tuple(reversed(notes.calls)))

    def call(self, key: Secret, *, method: str, path: str, seconds: float, status: int | None) -> None:
        seen = CallSeen(f"{method} {route_text(path)}", seconds, status, datetime.now(UTC))
        with self._lock:
            self._of(key).calls.append(seen)

    def models(
        self,
        key: Secret,
        *,
        fields: Iterable[str],
        statuses: Iterable[str | None],
        dialect: Dialect | None = None,
    ) -> None:
        """Note what a list or a model shows. `fields` are the names that this console does not know."""
        unknown = {status for status in set(statuses) if status and status_key(status) not in STATUSES}
        with self._lock:
            notes = self._of(key)
            known = notes.observed
            notes.observed = replace(
                known,
                dialect=dialect or known.dialect,
                fields=_added(known.fields, fields),
                statuses=_added(known.statuses, unknown),
            )

    def _of(self, key: Secret) -> _Notes:
        notes: _Notes = self._notes.setdefault(key.fingerprint(), _Notes())
        return notes


def route_text(path: str) -> str:
    """ "/proj_1/v1/models/abc/catalog-info?x=1" -> "/models/{id}/catalog-info"."""
    parts = path.partition("?")[0].split("/")[3:]
    if len(parts) > 1:
        parts[1] = "{id}"
    if len(parts) > 3:
        parts[3] = "{version}"
    return "/" + "/".join(parts)


def _added(known: tuple[str, ...], words: Iterable[str]) -> tuple[str, ...]:
    new = sorted({word[:WORD_LENGTH] for word in words if word} - set(known))
    return (*known, *new)[:WORDS_KEPT] if new else known
