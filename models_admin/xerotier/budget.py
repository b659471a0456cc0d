"""What is left of a key's rate limit, learned from the `X-RateLimit-*` headers of every answer.

Whoever plans many calls asks first, so that they stay within the limit instead of running into 429. Other users of the
same key, here or elsewhere, are in the numbers too, because the API counts them.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from models_admin.xerotier.schemas import RateLimit
from models_admin.xerotier.secret import Secret

KEYS_KEPT = 1000
WINDOW = 60.0  # seconds: limits are requests a minute
EPOCH = 1e9  # a reset above this is a moment, one below it a number of seconds
SAME_WINDOW = 2.0  # seconds by which the ends of one window may differ: resets are rounded


@dataclass(frozen=True, slots=True)
class Budget:
    """`limit` calls a minute, `remaining` of them for the next `seconds`."""

    limit: int
    remaining: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Window:
    limit: int
    remaining: int
    ends: float  # monotonic


class Budgets:
    """The budgets of all keys that this process uses. Thread-safe; keys are kept as fingerprints only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: LRUCache[bytes, _Window] = LRUCache(KEYS_KEPT)
        self._lock = threading.Lock()

    def learn(self, key: Secret, rate: RateLimit) -> None:
        """Note what an answer says. An answer without a limit says nothing."""
        if rate.limit is None or rate.remaining is None:
            return
        seconds = WINDOW if rate.reset is None else rate.reset
        if seconds > EPOCH:
            seconds -= time.time()
        ends = self._clock() + min(max(seconds, 0.0), WINDOW)
        fingerprint = key.fingerprint()
        with self._lock:
            known = self._windows.get(fingerprint)
            remaining = rate.remaining
            # Answers of one window may arrive in another order than the API counted them.
            if known and abs(known.ends - ends) <= SAME_WINDOW and rate.reset is not None:
                remaining, ends = min(remaining, known.remaining), max(ends, known.ends)
            self._windows[fingerprint] = _Window(rate.limit, remaining, ends)

    def of(self, key: Secret) -> Budget | None:
        """What is left now, None if the API has not said. After the end of a window the whole limit is."""
        with self._lock:
            known = self._windows.get(key.fingerprint())
        if known is None:
            return None
        left = known.ends - self._clock()
        return (
            Budget(known.limit, known.remaining, left)
            if left > 0
            else Budget(known.limit, known.limit, WINDOW)
        )
