"""The values of the ten fields: read from what a person typed, compared, and put in words. Pure.

Accepts what the API would take and refuses the rest with a reason. The one rule of the API that is not
repeated here is which quantization methods it knows: an unknown one gets a warning and is sent.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from models_admin.formatting import display
from models_admin.formatting.numbers import NumberRefused, number_read
from models_admin.formatting.text import visible
from models_admin.xerotier.fields import BY_NAME, Field
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.suggestions import QUANTIZATIONS

Value = str | int | None


class ValueRefused(ValueError):
    """The text is no value of the field. The message is the reason, for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A value fit to be sent: None clears the field. `warning` is "" or one sentence."""

    value: Value
    warning: str = ""


def value_read(text: str, *, field: Field) -> Checked:
    """Read what was typed. Raises ValueRefused."""
    if field.kind == "integer":
        try:
            return Checked(number_read(text, field=field))
        except NumberRefused as exc:
            raise ValueRefused(str(exc)) from exc
    tidy = text_tidy(text)
    if not tidy:
        return Checked(None)
    if field.kind == "choice":
        return Checked(_choice(tidy, field))
    _characters_check(tidy, lines=field.kind == "long_text")
    if len(tidy) > field.max_length:
        raise ValueRefused(f"It has {len(tidy):,} characters; at most {field.max_length:,} are taken.")
    return Checked(tidy, _warning(tidy, field))


def text_tidy(text: str) -> str:
    """Browsers send CRLF for a line break, and people leave white space at the ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def value_typed(value: Value) -> str:
    """How a value stands in the input: a number with every digit and nothing else."""
    return "" if value is None else str(value)


def _choice(text: str, field: Field) -> str:
    allowed = dict(field.choices)
    if text in allowed:
        return text
    raise ValueRefused(f"Choose one of {', '.join(allowed)}, or nothing to clear it.")


def _characters_check(text: str, *, lines: bool) -> None:
    for char in text:
        if lines and char in "\n\t":
            continue
        if char == "\n":
            raise ValueRefused("It must be one line.")
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            raise ValueRefused(
                f"It holds the control character U+{ord(char):04X}. Type it anew, or remove it."
            )


def _warning(text: str, field: Field) -> str:
    if field.name == "quantization" and text not in QUANTIZATIONS:
        return f"“{text}” is no vLLM method that this console knows. The API decides."
    if any(unicodedata.category(char) == "Cf" for char in text):
        return "It holds invisible characters, which may reorder or hide text."
    return ""


def same(one: Value, other: Value) -> bool:
    """Whether two values say the same to a person: nothing and "" do, and so do CRLF and LF."""
    if isinstance(one, str) or isinstance(other, str):
        return text_tidy(value_typed(one)) == text_tidy(value_typed(other))
    return one == other


def field_reported(model: Model, field: Field) -> bool:
    """Whether the API's answer carried the field at all, be it as null."""
    return field.name in model.reported or getattr(model, field.name) is not None


def value_text(field: Field, value: str | int | None) -> str:
    """A value in words: "32,768 tokens", "Chat", "Empty"."""
    if value is None or value == "":
        return display.EMPTY
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{display.number_exact(value)} {field.unit}".strip()
    labels = dict(field.choices)
    return labels.get(str(value)) or visible(str(value))


def change_text(field_name: str, value: object) -> str:
    """A recorded value in words, for a field that may have been renamed since."""
    field = BY_NAME.get(field_name)
    if field and (value is None or isinstance(value, str | int)):
        return value_text(field, value)
    return display.EMPTY if value in (None, "") else visible(str(value))


def value_short(field: Field, value: str | int | None) -> str:
    """ "32K", "7B", or "" where the exact number is short enough."""
    if not isinstance(value, int) or abs(value) < 1000:
        return ""
    if field.name == "context_length":
        short = display.tokens_human(value)
    elif field.name == "parameter_count":
        short = display.count_human(value)
    else:
        return ""
    return "" if short == display.number_exact(value) else short
