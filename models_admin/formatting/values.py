"""The values of the editable fields: read from what a person typed, compared, and put into words. Pure.

It accepts what the API would accept and refuses the rest with a reason. What the API alone decides, such as the
quantization methods and the longest text that it takes, gets a note and is sent.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from models_admin.formatting import display
from models_admin.formatting.numbers import ValueRefused, number_read
from models_admin.formatting.text import hidden_positions, line_ends, visible
from models_admin.xerotier.fields import BY_NAME, Field
from models_admin.xerotier.schemas import Model

Value = str | int | None
SHORT_FORMS = {"tokens": display.tokens_human, "count": display.count_human}
HYPHENS = "\u2010\u2011\u2012\u2013\u2212"


def value_read(text: str, *, field: Field) -> Value:
    """Read what was typed; None clears the field. Raises ValueRefused."""
    if field.kind == "integer":
        return number_read(text, field=field)
    text = line_ends(text)
    if not text.strip():
        return None
    if field.kind == "choice":
        return _choice(text.strip(), field)
    if field.kind == "text":
        text = text.rstrip()
    _check_characters(text, lines=field.kind == "long_text")
    return {known.casefold(): known for known in field.spellings}.get(text.casefold(), text)


def value_notes(value: Value, *, field: Field, typed: str = "", is_sent: bool = False) -> list[str]:
    """What the person should know of the value: how `typed` was read, and warnings. Whole sentences.

    `is_sent`: the value has been sent. Otherwise it is going to be.
    """
    sent, removed = ("Sent", "was") if is_sent else ("Will be sent", "will be")
    if value is None:
        return []
    if isinstance(value, int):
        return [f"{sent} as {value_text(field, value)}."]
    notes = []
    if field.spellings and value not in field.spellings:
        notes.append(
            f"Unrecognised {field.spelling_of}: “{visible(value)}”. The API decides whether it accepts it."
        )
    if field.spellings and value in field.spellings and value != typed.strip():
        notes.append(f"{sent} as {value}, the usual spelling.")
    if field.kind == "text" and typed.rstrip() != line_ends(typed):
        notes.append(f"White space at the end {removed} removed.")
    if value[:1].isspace() and field.kind == "text":
        notes.append("It begins with white space.")
    if field.kind == "text" and any(char in HYPHENS for char in value):
        plain = "".join("-" if char in HYPHENS else char for char in value)
        notes.append(f"It contains a special hyphen. The usual spelling is {visible(plain)}.")
    if hidden_positions(value):
        notes.append("It contains invisible characters, which may reorder or hide text.")
    if len(value) > field.usual_length:
        notes.append(
            f"It has {len(value):,} characters. The API may accept no more than {field.usual_length:,}."
        )
    return notes


def _choice(text: str, field: Field) -> str:
    allowed = dict(field.choices)
    if text in allowed:
        return text
    raise ValueRefused(f"Choose one of {', '.join(allowed)}, or leave it empty to clear it.")


def _check_characters(text: str, *, lines: bool) -> None:
    """Refuse control characters, which the text is likely to have by accident, and say where the first one is."""
    allowed = "\n\t" if lines else ""
    wrong = [
        at
        for at, char in enumerate(text)
        if char not in allowed and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
    ]
    if not wrong:
        return
    removed = set(wrong)
    repaired = "".join(
        char if at not in removed else " " if char == "\n" else "" for at, char in enumerate(text)
    )
    if text[wrong[0]] == "\n":
        raise ValueRefused("It must be one line.", repaired=repaired)
    before = text[: wrong[0]]
    place = f"after “{visible(before.splitlines()[-1][-20:])}”" if before.strip() else "at the start"
    if lines:
        place = f"in line {before.count(chr(10)) + 1}, {place}"
    code, name = f"U+{ord(text[wrong[0]]):04X}", unicodedata.name(text[wrong[0]], "control character").lower()
    more = f" There are {len(wrong) - 1:,} more." if len(wrong) > 1 else ""
    raise ValueRefused(f"It contains the character {code} ({name}) {place}.{more}", repaired=repaired)


def value_typed(value: Any) -> str:
    """How a value appears in its input: a number with all digits and nothing else, an unexpected type as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def base_of(value: Any) -> str:
    """A digest of a value, which a form carries instead of the value: equal for values that say the same.

    Line ends don't matter, and null equals "".
    """
    kind = "text" if value is None else type(value).__name__.replace("str", "text")
    return f"{kind}.{_digest(value_typed(value))}"


def is_untouched(typed: str, base: str) -> bool:
    """Whether a person left the input as it was opened."""
    return _digest(typed) == base.partition(".")[2]


def _digest(text: str) -> str:
    return hashlib.sha256(line_ends(text).encode("utf-8", "surrogatepass")).hexdigest()


def with_line_ends_of(current: Any, value: Value) -> Value:
    """The value with the line ends of the current one, so that an edit changes no more than the person did."""
    if isinstance(value, str) and isinstance(current, str) and "\r\n" in current:
        return line_ends(value).replace("\n", "\r\n")
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values say the same."""
    return base_of(one) == base_of(other)


def field_reported(model: Model, field: Field) -> bool:
    """Whether the API's answer contained the field at all, even as null."""
    return field.name in model.reported or model.current(field.name) is not None


def shows_values(answer: Model, fields: Sequence[Field], before: Model) -> bool:
    """Whether the response to a PATCH includes all of these fields, except those that the API never returns.

    An edit never renames a model, so a response with a name other than that of `before`, or none, is not trusted.
    """
    returned = [field for field in fields if field.readable]
    return answer.name == before.name and all(field_reported(answer, field) for field in returned)


def value_text(field: Field, value: Any) -> str:
    """A value in words: "32,768 tokens", "Chat", "Empty"; an unexpected type as JSON."""
    if value is None or value == "":
        return display.EMPTY
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{display.number_exact(value)} {field.unit}".strip()
    text = ", ".join(value) if is_list_of_texts(value) else value_typed(value)
    return dict(field.choices).get(text) or visible(text)


def is_list_of_texts(value: Any) -> bool:
    """Whether a value is a list such as the `architectures` of a config.json, which reads well without its marks."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def change_text(field_name: str, value: Any) -> str:
    """A recorded value in words, for a field that may have been renamed since."""
    field = BY_NAME.get(field_name)
    if field:
        return value_text(field, value)
    if isinstance(value, bool):
        return display.flag_text(value)
    return display.EMPTY if value in (None, "") else visible(str(value))


def value_short(field: Field, value: Any) -> str:
    """The short form, "32K" or "7B"; "" if the exact number is short enough or the field has none."""
    if not field.short or type(value) is not int or abs(value) < 1000:
        return ""
    short = SHORT_FORMS[field.short](value)
    return "" if short == display.number_exact(value) else short


def value_after(field: Field, wanted: Value, before: Any, model: Model) -> tuple[Any, str]:
    """The value after a save, and a sentence if it is not simply the wanted one. `before` is what it was."""
    if not field_reported(model, field):
        if field.readable:
            return wanted, "The API accepted it but does not return the value, so it can't be checked."
        if wanted is None:  # some servers accept null and keep the value, which nobody could see here
            return None, "The API does not return this field, so we can't check that it was cleared."
        return wanted, ""
    after = model.current(field.name)
    shown = value_text(field, after)
    if wanted is None and after == "":
        return after, "The API saved it as empty text instead of null."
    if same(after, wanted):
        return after, ""
    if same(after, before):
        return after, f"The API accepted the request but kept the old value, {shown}."
    return after, f"The API changed it to {shown}."
