"""Malformed responses: the real body, damaged the way broken servers damage it. Pure: bytes in, bytes out."""

import json
from collections.abc import Callable
from typing import Any

IDS = ("id", "modelId", "model_id")
CONTAINERS = ("models", "data", "uploads", "upload", "pagination", "error", "object")
MARK = "@@malformed@@"
EXTRA = {
    "x_new_fact": "surprise",
    "x_number": 12.5,
    "x_nested": {"deep": [1, {"deeper": None}], "markup": "<script>alert(1)</script>"},
    "__proto__": {"polluted": True},
    "": "a fact without a name",
}


def malformed(kind: str, body: bytes, *, ids: bool = False) -> bytes:
    """`body` (JSON) damaged by the fault `kind`, IDs too if `ids`. A body that is not JSON is returned unchanged."""
    if kind == "truncated_json":
        return body[: len(body) // 2]
    if kind == "invalid_utf8":
        return body.replace(b'": "', b'": "\xff\xfe\xc3\x28')
    try:
        value = json.loads(body)
    except ValueError:
        return body
    text = json.dumps(TREES[kind](value, ids))
    raw = {"nan": "NaN", "huge_int": "9" * 5000, "surrogates": '"\\ud800 half a pair \\udfff"'}.get(kind)
    return (text if raw is None else text.replace(f'"{MARK}"', raw)).encode()


def _leaves(value: Any, change: Callable[[Any], Any], ids: bool) -> Any:
    """Changes every value inside lists and objects; the lists and objects themselves stay."""
    if isinstance(value, list):
        return [_leaves(item, change, ids) for item in value]
    if not isinstance(value, dict):
        return change(value)
    return {
        name: item if _untouched(name, ids) else _leaves(item, change, ids) for name, item in value.items()
    }


def _untouched(name: str, ids: bool) -> bool:
    return name == "object" or (name in IDS and not ids)


def _wrong(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, (int, float)):
        return ["not a number"]
    if isinstance(value, str):
        return 12345
    return {"unexpected": "object"}


def _number(value: Any) -> Any:
    return MARK if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _string(value: Any) -> Any:
    return MARK if isinstance(value, str) else value


def _missing(value: Any, ids: bool) -> Any:
    if isinstance(value, list):
        return [_missing(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _missing(item, ids)
        for name, item in value.items()
        if name in CONTAINERS or (name in IDS and not ids)
    }


def _extra(value: Any, ids: bool) -> Any:
    if isinstance(value, list):
        return [_extra(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _extra(item, ids) for name, item in value.items()} | EXTRA


def _twice(value: Any, ids: bool) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: [one for one in item for _ in range(2)] if isinstance(item, list) else item
        for name, item in value.items()
    }


TREES: dict[str, Callable[[Any, bool], Any]] = {
    "wrong_types": lambda value, ids: _leaves(value, _wrong, ids),
    "nulls": lambda value, ids: _leaves(value, lambda _: None, ids),
    "nan": lambda value, ids: _leaves(value, _number, ids),
    "huge_int": lambda value, ids: _leaves(value, _number, ids),
    "surrogates": lambda value, ids: _leaves(value, _string, ids),
    "missing_keys": _missing,
    "extra_keys": _extra,
    "duplicate_ids": _twice,
}
