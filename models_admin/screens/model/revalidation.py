"""What the last revalidation changed, and the form that restores a value which was set here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.storable import json_storable
from models_admin.formatting.text import visible
from models_admin.formatting.values import base_of, change_text, value_typed
from models_admin.models import Activity
from models_admin.services.editing import edit_token
from models_admin.services.protection import why_protected
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.schemas import Model

OTHER_LABELS = {"format": "Format", "size_bytes": "Size"}
SHOWN_FOR = timedelta(hours=24)  # how long the page shows what a revalidation changed


def revalidation_panel(*, access: Access, model: Model, row: Activity | None) -> dict[str, Any] | None:
    """The panel of the newest revalidation (`row`), for a day after it ended. `model` is as read just now.

    `url` returns this panel alone. `confirmed`: it is known to have started.
    """
    if row is None or row.resolved_at is None or timezone.now() - row.resolved_at > SHOWN_FOR:
        return None
    protected = bool(why_protected(project=access.project, model_id=model.id))
    entries = [entry for entry in row.changes if isinstance(entry, Mapping) and entry.get("field")]
    return {
        "url": reverse("model-revalidation", args=[access.project, model.id]),
        "who": visible(row.username),
        "ended": display.moment_utc(row.resolved_at),
        "ended_iso": display.moment_iso(row.resolved_at),
        "lines": [_line(access, model, entry, protected=protected) for entry in entries],
        "confirmed": row.outcome == Activity.Outcome.DONE,
    }


def _line(access: Access, model: Model, entry: Mapping[str, Any], *, protected: bool) -> dict[str, Any]:
    """One changed field. `set_by` is "" where the old value was not set here.

    `restored` says that the field has its old value again. `restore` is None where there is nothing to restore,
    or this person may not.
    """
    name, before = str(entry["field"]), entry.get("before")
    field = BY_NAME.get(name)
    current = json_storable(model.current(name)) if field or name in OTHER_LABELS else None
    restored = current == before
    set_here = bool(entry.get("set_by")) and field is not None
    set_at = _moment(entry.get("set_at")) if set_here else None
    return {
        "label": field.label if field else OTHER_LABELS.get(name, visible(name)),
        "before": _text(name, before),
        "after": _text(name, entry.get("after")),
        "set_by": visible(str(entry["set_by"])) if set_here else "",
        "set_at": display.moment_utc(set_at) if set_at else "",
        "set_at_iso": display.moment_iso(set_at) if set_at else "",
        "restored": restored,
        "restore": None if restored or protected or not set_here else _restore(access, model, name, before),
    }


def _restore(access: Access, model: Model, name: str, before: Any) -> dict[str, Any] | None:
    if not access.may("edit"):
        return None
    return {
        "url": reverse("model-field", args=[access.project, model.id, name]),
        "target": f"[data-field='{name}']",
        "value": value_typed(before),
        "base": base_of(model.current(name)),
        "token": edit_token(access=access, model_id=model.id, field_name=name),
    }


def _text(name: str, value: Any) -> str:
    if name == "size_bytes" and isinstance(value, int):
        return display.size_human(value)
    return change_text(name, value)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
