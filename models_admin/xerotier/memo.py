"""What was worked out before, found again by what it was worked out from.

An entry is a pure function of its key, so it never gets old and is nobody's: whoever has the key has read the
very same thing. Only its size is bounded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """At most `most` in weight, the longest unused dropped first. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._found: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][0]

    def put(self, key: Hashable, value: Value, *, weight: int = 1) -> Value:
        """Keep it, unless it alone is heavier than all that may be kept. Returns `value`."""
        with self._lock:
            self._weight -= self._found.pop(key, (value, 0))[1]
            if weight <= self._most:
                self._found[key] = (value, weight)
                self._weight += weight
            while self._weight > self._most:
                self._weight -= self._found.popitem(last=False)[1][1]
        return value

    def clear(self) -> None:
        with self._lock:
            self._found.clear()
            self._weight = 0
