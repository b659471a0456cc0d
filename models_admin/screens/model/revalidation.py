"""Before and after of a revalidation, and the form that sets a value again which was set here. Prepared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.access.permissions import may
from models_admin.access.tokens import token_issue
from models_admin.formatting import display
from models_admin.formatting.storable import json_storable
from models_admin.formatting.text import visible
from models_admin.formatting.values import change_text, value_typed
from models_admin.models import Activity
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.schemas import Model

OTHER_LABELS = {"format": "Format", "size_bytes": "Size"}


@dataclass(frozen=True, slots=True)
class Again:
    """The ordinary edit form of a field, filled with the value from before: one click saves it."""

    url: str
    target: str  # CSS selector of the field on the model page
    value: str
    seen: str
    token: str


@dataclass(frozen=True, slots=True)
class Overwritten:
    """One changed fact. `set_by` is "" where the old value was not set here.

    `restored` says that the field has its old value again; `again` is None where there is nothing to
    set again, or this person may not.
    """

    name: str
    label: str
    before: str
    after: str
    set_by: str = ""
    set_at: str = ""
    set_at_iso: str = ""
    restored: bool = False
    again: Again | None = None


def overwritten_lines(*, access: Access, model: Model, row: Activity) -> list[Overwritten]:
    """The recorded changes of a settled revalidation, compared with the model as it is now."""
    entries = [entry for entry in row.changes if isinstance(entry, Mapping) and entry.get("field")]
    return [_line(access, model, entry) for entry in entries]


def _line(access: Access, model: Model, entry: Mapping[str, Any]) -> Overwritten:
    name, before, after = str(entry["field"]), entry.get("before"), entry.get("after")
    field = BY_NAME.get(name)
    now = json_storable(getattr(model, name, None))
    restored = now == before
    mine = bool(entry.get("set_by")) and field is not None
    set_at = _moment(entry.get("set_at"))
    return Overwritten(
        name=name,
        label=field.label if field else OTHER_LABELS.get(name, visible(name)),
        before=_text(name, before),
        after=_text(name, after),
        set_by=visible(str(entry["set_by"])) if mine else "",
        set_at=display.moment_utc(set_at) if set_at else "",
        set_at_iso=display.moment_iso(set_at) if set_at else "",
        restored=restored,
        again=_again(access, model, name, before, now) if mine and not restored else None,
    )


def _again(access: Access, model: Model, name: str, before: Any, now: Any) -> Again | None:
    if not may(access.user, "edit"):
        return None
    return Again(
        url=reverse("model-field", args=[access.project, model.id, name]),
        target=f"[data-field='{name}']",
        value=value_typed(before),
        seen=json.dumps(now),
        token=token_issue(
            user=access.user, project=access.project, model_id=model.id, purpose=f"edit:{name}"
        ),
    )


def _text(name: str, value: Any) -> str:
    if name == "size_bytes" and isinstance(value, int):
        return display.size_human(value)
    return change_text(name, value)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
