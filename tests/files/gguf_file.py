"""Writes the beginning of a GGUF file for tests."""

from __future__ import annotations

import struct
from typing import Any


class Empty(int):
    """So many empty texts, as an array."""


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def value(item: Any) -> bytes:
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    if isinstance(item, Empty):
        return struct.pack("<IIQ", 9, 8, item) + bytes(8 * item)
    if isinstance(item, list):
        return struct.pack("<IIQ", 9, 8, len(item)) + b"".join(map(text, item))
    return struct.pack("<IQ", 10, item)


def gguf(values: dict[str, Any], *, version: int = 3, keys: int | None = None) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, 291, len(values) if keys is None else keys)
    return head + b"".join(text(key) + value(item) for key, item in values.items())
