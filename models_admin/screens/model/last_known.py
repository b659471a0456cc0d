"""What the activity keeps of a deleted model: the metadata that was read just before, in words."""

from __future__ import annotations

from models_admin.formatting import display
from models_admin.formatting.values import value_text
from models_admin.models import Activity
from models_admin.screens.model.details import Fact, file_facts, other_facts
from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.parsing import model_from_json
from models_admin.xerotier.schemas import Model


def last_known(row: Activity) -> list[Fact]:
    """The facts of a deletion's snapshot, as the model's page showed them; empty for any other row."""
    if row.action != Activity.Action.DELETE or not isinstance(row.snapshot, dict):
        return []
    snapshot = dict(row.snapshot)
    other = snapshot.pop("other", None)
    try:
        model = model_from_json({**(other if isinstance(other, dict) else {}), **snapshot})
    except BadAnswer:  # nothing was read before, or the row is damaged
        return []
    status = Fact("Status", display.status_label(model.status)) if model.status else None
    facts = [status, *_metadata(model), *file_facts(model), *other_facts(model.other)]
    return [fact for fact in facts if fact is not None and fact.text != display.NOT_REPORTED]


def _metadata(model: Model) -> list[Fact]:
    """The editable fields that had a value."""
    pairs = [(item, getattr(model, item.name)) for item in FIELDS]
    return [Fact(item.label, value_text(item, value)) for item, value in pairs if value not in (None, "")]
