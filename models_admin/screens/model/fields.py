"""What the page shows of each editable field, prepared so that templates only print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.urls import reverse

from models_admin.access.permissions import REASONS
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.formatting.values import field_reported, value_short, value_text
from models_admin.services.activity import LastSet
from models_admin.xerotier.fields import FIELDS, Field
from models_admin.xerotier.schemas import Model


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as `_field.html` shows it. All texts are plain (escape them) and hold no hidden characters.

    `state`: "value", "empty" (reported as null or ""), or "unreported".
    `short` is the human form of a number ("32K"), "" where there is none. `as_tag` asks for the tag look.
    `last_set`, `last_who`, `last_at` (ISO), `last_when`: the ledger's entry, only where unreported and set
    here before. `doubt` is one sentence that limits it. `note` is said once, after a save.
    """

    name: str
    label: str
    state: str
    text: str
    short: str
    as_tag: bool
    is_long: bool
    edit_url: str
    value_url: str
    may_edit: bool
    reason: str
    has_last: bool = False
    last_set: str = ""
    last_who: str = ""
    last_at: str = ""
    last_when: str = ""
    doubt: str = ""
    changed: bool = False
    focus: bool = False
    note: str = ""


def field_rows(
    *, project: str, model: Model, ledger: Mapping[str, LastSet], may_edit: bool
) -> list[FieldRow]:
    """The ten rows of the Metadata card, in order. `ledger` is `activity.ledger(...)` of this model."""
    base = reverse("model", args=[project, model.id])
    return [_row(item, model, ledger.get(item.name), may_edit, base) for item in FIELDS]


def field_row(
    *,
    project: str,
    field: Field,
    model: Model,
    ledger: Mapping[str, LastSet],
    may_edit: bool,
    changed: bool = False,
    focus: bool = False,
) -> FieldRow:
    """One row; `changed` lets it flash once, `focus` puts the focus on its edit button."""
    row = _row(field, model, ledger.get(field.name), may_edit, reverse("model", args=[project, model.id]))
    return replace(row, changed=changed, focus=focus)


def _row(field: Field, model: Model, last: LastSet | None, may_edit: bool, base: str) -> FieldRow:
    value = getattr(model, field.name)
    reported = field_reported(model, field)
    empty = value is None or value == ""
    edit_url = f"{base}fields/{field.name}/"
    row = FieldRow(
        name=field.name,
        label=field.label,
        state="unreported" if not reported else "empty" if empty else "value",
        text=value_text(field, value) if reported else display.NOT_REPORTED,
        short=value_short(field, value),
        as_tag=field.name in ("quantization", "license") and not empty,
        is_long=field.kind == "long_text",
        edit_url=edit_url,
        value_url=f"{edit_url}value/",
        may_edit=may_edit,
        reason="" if may_edit else REASONS["edit"],
    )
    return row if reported or last is None else _with_last(row, field, last)


def _with_last(row: FieldRow, field: Field, last: LastSet) -> FieldRow:
    return replace(
        row,
        has_last=True,
        last_set=value_text(field, last.value),
        last_who=visible(last.who),
        last_at=display.moment_iso(last.at),
        last_when=display.moment_utc(last.at),
        doubt=_doubt(field, last),
    )


def _doubt(field: Field, last: LastSet) -> str:
    if last.has_doubt:
        return f"A later save to {value_text(field, last.doubtful)} has no known outcome."
    if last.revalidated_at:
        return "The model was revalidated since, which may have replaced it."
    return ""
