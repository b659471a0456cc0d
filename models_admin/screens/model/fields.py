"""The rows of the Metadata card, prepared so that templates only print."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.markdown import markdown_html
from models_admin.formatting.odd import odd_value
from models_admin.formatting.text import visible
from models_admin.formatting.values import (
    field_reported,
    is_list_of_texts,
    value_short,
    value_text,
    value_typed,
)
from models_admin.services.activity import LastSet
from models_admin.xerotier.fields import FIELDS, Field
from models_admin.xerotier.schemas import Model


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as `_field.html` shows it. All texts are plain (escape them) and have no hidden characters.

    `state`: "value", "empty" (reported as null or ""), "odd" (not of the field's type: `odd_note` says how it came),
    or "unreported". `unreturned` is True for a field that the API accepts and never returns. `copy` is the text of the
    copy button, `rendered` a Markdown text as safe HTML. `last_*` is the value last set here, only if the API doesn't
    report the field; `doubt` is a sentence that limits it. `changed` highlights the row once, `focus` puts the focus on
    its edit button.
    """

    name: str
    label: str
    state: str
    text: str
    edit_url: str
    value_url: str
    may_edit: bool
    reason: str
    odd_note: str = ""
    short: str = ""
    as_tag: bool = False
    is_long: bool = False
    copy: str = ""
    rendered: str = ""
    unreturned: bool = False
    has_last: bool = False
    last_set: str = ""
    last_who: str = ""
    last_at: str = ""
    last_when: str = ""
    doubt: str = ""
    changed: bool = False
    focus: bool = False


def field_rows(
    *, project: str, model: Model, last_set: Mapping[str, LastSet], why_not: str
) -> list[FieldRow]:
    """The rows of all fields, in order: first what the API returns. `last_set` is that of this model.

    `why_not`: why the person may not edit the model, "" where they may.
    """
    rows = [
        field_row(project=project, field=item, model=model, last_set=last_set, why_not=why_not)
        for item in FIELDS
    ]
    return sorted(rows, key=lambda row: row.unreturned)


def field_row(
    *, project: str, field: Field, model: Model, last_set: Mapping[str, LastSet], why_not: str
) -> FieldRow:
    value, reported = model.current(field.name), field_reported(model, field)
    url = reverse("model-field", args=[project, model.id, field.name])
    row = FieldRow(
        name=field.name,
        label=field.label,
        state=_state(field, model, reported),
        text=value_text(field, value) if reported else display.NOT_REPORTED,
        edit_url=url,
        value_url=f"{url}value/",
        may_edit=not why_not,
        reason=why_not,
        short=value_short(field, value),
        as_tag=field.as_tag and value not in (None, ""),
        is_long=field.kind == "long_text",
        copy=value_typed(value),
        rendered=markdown_html(value) if field.kind == "long_text" and isinstance(value, str) else "",
        unreturned=not reported and not field.readable,
    )
    if row.state == "odd":
        odd = odd_value(field.name, value)
        row = replace(row, text=odd.text, odd_note=odd.remark)
    last = last_set.get(field.name)
    return row if reported or last is None else _with_last(row, field, last)


def _state(field: Field, model: Model, reported: bool) -> str:
    if not reported:
        return "unreported"
    value = model.current(field.name)
    if not model.understood(field.name) and not is_list_of_texts(value):
        return "odd"
    return "empty" if value in (None, "") else "value"


def _with_last(row: FieldRow, field: Field, last: LastSet) -> FieldRow:
    return replace(
        row,
        has_last=True,
        last_set=value_text(field, last.value),
        copy=value_typed(last.value),
        last_who=visible(last.who),
        last_at=display.moment_iso(last.at),
        last_when=display.moment_utc(last.at),
        doubt=_doubt(field, last),
    )


def _doubt(field: Field, last: LastSet) -> str:
    if last.has_doubt:
        return f"We don't know the result of a later change to {value_text(field, last.doubtful)}."
    if last.revalidated_at:
        return "The model has been revalidated since, which may have replaced the value."
    return ""
