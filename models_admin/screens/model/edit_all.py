"""The form of all editable fields, prepared so that its template only prints."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models_admin.files.proposals import Proposal
from models_admin.formatting import display
from models_admin.formatting.difference import Part
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import ValueRefused, base_of, same, value_read, value_text, value_typed
from models_admin.screens.model.field_form import EditView, comparison, edit_view
from models_admin.services.reading import CurrentValue
from models_admin.xerotier.fields import BY_NAME, FIELDS, Field

LONGEST_NAME = 100  # characters of the name of another model


@dataclass(frozen=True, slots=True)
class Conflict:
    """Someone else's value, to be decided about. `who` and `when` are "" where nobody set it here.

    `base` is what the form sends if the person's own value is to replace it. `parts` is the difference from it to the
    text typed, [] if it is easy to see.
    """

    current: str
    base: str
    who: str
    when: str
    when_iso: str
    space_only: bool
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the form. `source` says where a proposal was found, "" if there is none.

    `taken` is the state of the proposal's tick. `contradicts` marks a proposal that differs from a value that is set.
    `aside` is a proposal for a field in which something was typed already: a sentence, "" if there is none.
    """

    edit: EditView
    source: str = ""
    taken: bool = True
    contradicts: bool = False
    aside: str = ""
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form sent before, by field: texts, bases, the sources of proposals, and which were not ticked."""

    typed: Mapping[str, str]
    bases: Mapping[str, str]
    sources: Mapping[str, str]
    untaken: Collection[str]


def form_rows(
    *,
    project: str,
    model_id: str,
    now: Mapping[str, CurrentValue],
    sent: Sent | None = None,
    errors: Mapping[str, str] | None = None,
    conflicts: Mapping[str, CurrentValue] | None = None,
    proposals: Mapping[str, Proposal] | None = None,
    ticked: bool = True,
) -> list[Row]:
    """`now` is {} if nothing was read. A proposal fills the field, unless something else was typed there by hand.

    `ticked` is the state of the ticks of these proposals; those of earlier ones are in `sent`.
    """
    sent, errors = sent or Sent({}, {}, {}, ()), errors or {}
    conflicts, proposals = conflicts or {}, proposals or {}
    rows = []
    for field in FIELDS:
        name, current = field.name, now.get(field.name)
        text = _text(field, sent, current, proposals.get(name), ticked=ticked)
        view = edit_view(
            field=field,
            project=project,
            model_id=model_id,
            token="",
            now=current,
            base=sent.bases.get(name, ""),
            typed=text.typed,
            error=errors.get(name, ""),
        )
        value = current.value if current else None
        contradicts = bool(text.source) and value not in (None, "") and view.typed != value_typed(value)
        conflict = _conflict(field, conflicts[name], view.typed) if name in conflicts else None
        rows.append(Row(view, text.source, text.taken, contradicts, text.aside, conflict))
    return rows


def values_proposed(other: Mapping[str, CurrentValue]) -> list[Proposal]:
    """Every value that the other model has and that its field accepts. The source is the other model's name."""
    found = []
    for name, current in other.items():
        if current.value in (None, ""):
            continue
        try:
            value = value_read(value_typed(current.value), field=BY_NAME[name])
        except ValueRefused:
            continue
        if value is not None and same(value, current.value):
            source = shortened(visible(current.model.label), LONGEST_NAME)
            found.append(Proposal(name, value, source))
    return found


class _Text(NamedTuple):
    """What the input of a field holds, None for the current value, and what is said about it."""

    typed: str | None
    source: str
    taken: bool
    aside: str = ""


def _text(
    field: Field, sent: Sent, current: CurrentValue | None, proposal: Proposal | None, *, ticked: bool
) -> _Text:
    name, typed = field.name, sent.typed.get(field.name)
    if proposal is None:
        return _Text(typed, sent.sources.get(name, ""), name not in sent.untaken)
    if not _by_hand(sent, name, current):
        return _Text(value_typed(proposal.value), proposal.source, ticked)
    if typed == value_typed(proposal.value):
        return _Text(typed, "", True)
    return _Text(typed, "", True, f"{proposal.source} says “{value_text(field, proposal.value)}”.")


def _by_hand(sent: Sent, name: str, current: CurrentValue | None) -> bool:
    """Whether the person typed something into this field themselves."""
    typed = sent.typed.get(name)
    if typed is None or name in sent.sources:
        return False
    return not same(typed, value_typed(current.value if current else None))


def _conflict(field: Field, current: CurrentValue, typed: str) -> Conflict:
    last = current.last_set.get(field.name)
    known = last if last is not None and same(last.value, current.value) else None
    at: datetime | None = known.at if known else None
    space_only, parts = comparison(current.value, typed)
    return Conflict(
        current=value_text(field, current.value),
        base=base_of(current.value),
        who=visible(known.who) if known else "",
        when=display.moment_utc(at) if at else "",
        when_iso=display.moment_iso(at) if at else "",
        space_only=space_only,
        parts=parts,
    )
