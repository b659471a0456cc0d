"""Editing several fields of a model with one form: each is compared with its current value, then one PATCH is sent.

write_check -> GET -> conflicts? -> send_recorded (one PATCH with what changed) -> read back
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models_admin.access.connections import Access
from models_admin.formatting.values import same, with_line_ends_of
from models_admin.models import Activity
from models_admin.services.activity import fields_of, last_set
from models_admin.services.audit import AlreadyUsed, Overtaken, Sent, change, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.concurrency import baseline, contested_by
from models_admin.services.editing import EditRequest, Result, result_without_sending, value_after
from models_admin.services.reading import CurrentValue, current_of, model_fetch, model_reread
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import Model

PURPOSE = "edit:all"
ALL = ""  # `Activity.field` of a change of several fields


@dataclass(frozen=True, slots=True)
class EditAll:
    """The result for the whole form. `conflicts` has the current values that others set; nothing was sent then."""

    result: Result
    now: dict[str, CurrentValue] = field(default_factory=dict)
    conflicts: dict[str, CurrentValue] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    activity: Activity | None = None
    error: ApiError | None = None
    message: str = ""
    recorded: bool = True


def edit_all_open(*, access: Access, model_id: str) -> dict[str, CurrentValue]:
    """Read all editable fields of a model, by name. Raises NotAllowed, ApiError."""
    access.require("edit")
    return _read(access, model_id)


def edit_all_token(*, access: Access, model_id: str) -> str:
    """A new token for the form of all fields. Raises NotAllowed."""
    access.require("edit")
    return access.form_token(model_id, PURPOSE)


def _read(access: Access, model_id: str) -> dict[str, CurrentValue]:
    model = model_fetch(access=access, model_id=model_id)
    known = last_set(project=access.project, model_id=model_id)
    return {item.name: current_of(model, item, known) for item in FIELDS}


def model_edit_all(
    *,
    access: Access,
    model_id: str,
    requests: Sequence[EditRequest],
    token: str,
    purpose: str = PURPOSE,
    action: str = Activity.Action.EDIT,
    undoes: Activity | None = None,
) -> EditAll:
    """Set the fields that differ, if none was changed by someone else. At most one PATCH is sent, and never repeated.

    Raises what `editing.edit_send` raises.
    """
    try:
        checked = write_check(access=access, act="edit", model_id=model_id, purpose=purpose, token=token)
    except AlreadyUsed as used:
        return EditAll(Result.REPLAYED, activity=used.activity)
    since = baseline(project=access.project, model_id=model_id, field=ALL)
    now = _read(access, model_id)
    wanted, conflicts = _compared(requests, now, keep_line_ends=undoes is None)
    if conflicts or not wanted:
        return EditAll(Result.CONFLICT if conflicts else Result.UNCHANGED, now=now, conflicts=conflicts)
    try:
        sent = send_recorded(
            access=access,
            action=action,
            model_id=model_id,
            model_name=now[wanted[0].field.name].model.name,
            token=checked,
            call=lambda: _patch(access, model_id, wanted),
            undoes=undoes,
            overtaken_by=lambda row: contested_by(row=row, since=since),
            **_recorded(wanted, now),
        )
    except AlreadyUsed as used:
        return EditAll(Result.REPLAYED, activity=used.activity)
    except Overtaken as overtaken:
        return _overtaken(access, model_id, wanted, overtaken.other)
    return _finished(access, model_id, wanted, now, sent)


def _recorded(wanted: Sequence[EditRequest], now: dict[str, CurrentValue]) -> dict[str, Any]:
    """What the intent's row says about the fields: one field is recorded like a single edit."""
    name = wanted[0].field.name if len(wanted) == 1 else ALL
    return {"field": name, "changes": [_entry(item, now, item.value) for item in wanted]}


def _overtaken(access: Access, model_id: str, wanted: Sequence[EditRequest], other: Activity) -> EditAll:
    """Another save came first. Nothing was sent; its fields are in conflict, with the values that it sets."""
    now = _read(access, model_id)
    values = {entry.get("field") or other.field: entry.get("after") for entry in other.changes}
    if other.outcome != Activity.Outcome.INTENT:
        values = {}
    conflicts = {
        name: replace(now[name], value=values.get(name, now[name].value))
        for name in (item.field.name for item in wanted)
        if name in fields_of(other)
    }
    return EditAll(Result.CONFLICT, now=now, conflicts=conflicts)


def _patch(access: Access, model_id: str, wanted: Sequence[EditRequest]) -> Model:
    changes = {item.field.name: item.value for item in wanted}
    return client().update_model(project=access.project, key=access.key, model_id=model_id, changes=changes)


def _compared(
    requests: Sequence[EditRequest], now: dict[str, CurrentValue], *, keep_line_ends: bool
) -> tuple[list[EditRequest], dict[str, CurrentValue]]:
    """The requests that have to be sent, and the current values of those that someone else has changed."""
    wanted, conflicts = [], {}
    for item in requests:
        current = now[item.field.name]
        if keep_line_ends:
            item = replace(item, value=with_line_ends_of(current.value, item.value))
        early = result_without_sending(item, current)
        if early is None:
            wanted.append(item)
        elif early.result is Result.CONFLICT:
            conflicts[item.field.name] = current
    return wanted, conflicts


def _entry(item: EditRequest, now: dict[str, CurrentValue], after: Any) -> dict[str, Any]:
    current = now[item.field.name]
    entry = change(field=item.field.name, before=current.value, after=after, before_known=current.certain)
    return entry if same(after, item.value) else entry | {"asked": item.value}


def _finished(
    access: Access,
    model_id: str,
    wanted: Sequence[EditRequest],
    now: dict[str, CurrentValue],
    sent: Sent[Model],
) -> EditAll:
    """Complete the row of a PATCH that was sent. Never raises an ApiError."""
    if sent.answer is None and sent.error is not None and sent.error.outcome is not Outcome.UNKNOWN:
        not_sent = sent.error.outcome is Outcome.NOT_SENT
        result = Result.NOT_SENT if not_sent else Result.REFUSED
        return EditAll(result, now=now, activity=sent.activity, error=sent.error, recorded=sent.finish())
    model = sent.answer
    readable = [item for item in wanted if item.field.readable]
    if model is None or any(item.field.name not in model.reported for item in readable):
        model = model_reread(access=access, model_id=model_id).model or model
    if sent.answer is None and not (model and readable and _all_set(readable, model)):
        message = "We don't know whether the values were saved. Check them before you save again."
        recorded = sent.finish(message=message)
        return EditAll(
            Result.UNKNOWN,
            now=now,
            activity=sent.activity,
            error=sent.error,
            message=message,
            recorded=recorded,
        )
    return _saved(wanted, now, sent, model)


def _all_set(readable: Sequence[EditRequest], model: Model) -> bool:
    return all(same(model.current(item.field.name), item.value) for item in readable)


def _saved(
    wanted: Sequence[EditRequest], now: dict[str, CurrentValue], sent: Sent[Model], model: Model | None
) -> EditAll:
    entries, sentences = [], []
    for item in wanted:
        after, sentence = value_after(item, now[item.field.name], model) if model else (item.value, "")
        entries.append(_entry(item, now, after))
        if sentence:
            sentences.append(f"{item.field.label}: {sentence}")
    message = " ".join(sentences)
    recorded = sent.finish(outcome=Activity.Outcome.DONE, changes=entries, message=message)
    names = tuple(item.field.name for item in wanted)
    return EditAll(Result.SAVED, now, {}, names, sent.activity, None, message, recorded)
