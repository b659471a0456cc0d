"""The form of all editable fields, prepared so that its template only prints."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from models_admin.files.proposals import Proposal
from models_admin.formatting.values import base_of, same, value_text, value_typed
from models_admin.screens.model.field_form import EditView, edit_view
from models_admin.services.reading import CurrentValue
from models_admin.xerotier.fields import FIELDS


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the form. `source` says where a proposal was found, "" if there is none.

    `taken` is the state of the proposal's tick. `contradicts` marks a proposal that differs from a value that is set.
    `conflict` is someone else's value, to be decided about.
    """

    edit: EditView
    source: str = ""
    taken: bool = True
    contradicts: bool = False
    conflict: str = ""


def form_rows(
    *,
    project: str,
    model_id: str,
    now: Mapping[str, CurrentValue],
    typed: Mapping[str, str] | None = None,
    bases: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    conflicts: Mapping[str, CurrentValue] | None = None,
    proposals: Mapping[str, Proposal] | None = None,
    sources: Mapping[str, str] | None = None,
    untaken: Collection[str] = (),
) -> list[Row]:
    """`typed`, `bases`, `sources` and `untaken` are those of the form sent before. `now` is {} if nothing was read.

    A field in conflict gets the base of its new value.
    """
    typed, bases, errors = typed or {}, bases or {}, errors or {}
    conflicts, proposals, sources = conflicts or {}, proposals or {}, sources or {}
    rows = []
    for field in FIELDS:
        current, proposal = now.get(field.name), proposals.get(field.name)
        value = current.value if current else None
        is_new = proposal is not None and not same(proposal.value, value)
        text = value_typed(proposal.value) if proposal and is_new else typed.get(field.name)
        view = edit_view(
            field=field,
            project=project,
            model_id=model_id,
            token="",
            now=current,
            base=base_of(value) if field.name in conflicts else bases.get(field.name, ""),
            typed=text,
            error=errors.get(field.name, ""),
        )
        conflict = value_text(field, conflicts[field.name].value) if field.name in conflicts else ""
        source = proposal.source if proposal and is_new else sources.get(field.name, "")
        contradicts = bool(source) and value not in (None, "") and view.typed != value_typed(value)
        rows.append(Row(view, source, field.name not in untaken, contradicts, conflict))
    return rows
