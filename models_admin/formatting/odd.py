"""Values that the API sent and that are not of their field's type, in words: shown, and never called missing (pure)."""

import json
from typing import Any, NamedTuple

from models_admin.formatting.text import shortened, visible

LONGEST_NOTE = 200  # characters
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
NO_LIMIT = 2**63  # tokenizers write a number beyond this where a model has no limit
ZERO_TIMES = ("0001-01-01", "1970-01-01T00:00:00")


class OddValue(NamedTuple):
    """`text` takes the value's place, `kind` says how it was sent ("sent as text"), and `raw` is what was sent."""

    text: str
    kind: str
    raw: str

    @property
    def note(self) -> str:
        """For a title: how it was sent, and what."""
        return f"{self.kind[0].upper()}{self.kind[1:]}: {self.raw}"

    @property
    def remark(self) -> str:
        """The same, to follow `text`, which need not be repeated."""
        return self.kind if self.raw == self.text else f"{self.kind}: {self.raw}"


def odd_value(name: str, value: Any) -> OddValue:
    """In words, a value of the field `name` that is not null and was not understood."""
    text, kind = _words(name, value)
    return OddValue(text, kind, _raw(value))


def _words(name: str, value: Any) -> tuple[str, str]:
    if value in NO_NUMBERS:  # what JSON writers put in the place of numbers that JSON has no sign for
        return "Not a number", "as sent"
    if name == "size_bytes" and _is_number(value):
        return "Impossible size", "as sent"
    if name == "context_length" and _is_number(value) and value >= NO_LIMIT:
        return "No limit given", "as sent"
    if name == "created_at" and _is_zero_time(value):
        return "Not a date", "as sent"
    if isinstance(value, str):
        return visible(value), "sent as text"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return visible(", ".join(value)) or "Empty list", "sent as a list"
    if _is_number(value) or isinstance(value, bool):
        return _raw(value), "as sent"
    return _raw(value), "in a form that this console doesn't know"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_zero_time(value: Any) -> bool:
    return value == 0 or value == "0" or (isinstance(value, str) and value.startswith(ZERO_TIMES))


def _raw(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(visible(text), LONGEST_NOTE)
