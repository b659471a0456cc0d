"""Editing several fields of a model with one form: each is compared with its current value, then one PATCH is sent.

write_check -> GET -> conflicts? -> send_recorded (one PATCH with what changed) -> read back
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from models_admin.access.connections import Access
from models_admin.formatting.values import same, shows_values, value_after, with_line_ends_of
from models_admin.models import Activity
from models_admin.services.activity import fields_of, last_set, values_of
from models_admin.services.audit import AlreadyUsed, Overtaken, Sent, write_check
from models_admin.services.concurrency import baseline
from models_admin.services.editing import (
    ALL,
    EditRequest,
    Result,
    change_entry,
    patch_send,
    result_without_sending,
)
from models_admin.services.reading import CurrentValue, current_of, model_fetch, model_reread
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import Model

PURPOSE = "edit:all"


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
    wanted, conflicts = _compared(requests, now)
    if conflicts or not wanted:
        return EditAll(Result.CONFLICT if conflicts else Result.UNCHANGED, now=now, conflicts=conflicts)
    try:
        sent = patch_send(access, wanted, now, checked, since)
    except AlreadyUsed as used:
        return EditAll(Result.REPLAYED, activity=used.activity)
    except Overtaken as overtaken:
        return _overtaken(access, model_id, wanted, overtaken.other)
    return _finished(access, model_id, wanted, now, sent)


def _overtaken(access: Access, model_id: str, wanted: Sequence[EditRequest], other: Activity) -> EditAll:
    """Another save came first. Nothing was sent; its fields are in conflict, with the values that it sets."""
    now = _read(access, model_id)
    values = values_of(other) if other.outcome == Activity.Outcome.INTENT else {}
    conflicts = {
        name: replace(now[name], value=values.get(name, now[name].value))
        for name in (item.field.name for item in wanted)
        if name in fields_of(other)
    }
    return EditAll(Result.CONFLICT, now=now, conflicts=conflicts)


def _compared(
    requests: Sequence[EditRequest], now: dict[str, CurrentValue]
) -> tuple[list[EditRequest], dict[str, CurrentValue]]:
    """The requests that have to be sent, and the current values of those that someone else has changed."""
    wanted, conflicts = [], {}
    for item in requests:
        current = now[item.field.name]
        if item.undoes is None:
            item = replace(item, value=with_line_ends_of(current.value, item.value))
        early = result_without_sending(item, current)
        if early is None:
            wanted.append(item)
        elif early.result is Result.CONFLICT:
            conflicts[item.field.name] = current
    return wanted, conflicts


def _finished(
    access: Access,
    model_id: str,
    wanted: Sequence[EditRequest],
    now: dict[str, CurrentValue],
    sent: Sent[Model],
) -> EditAll:
    """Complete the row of a PATCH that was sent. Never raises an ApiError."""
    error = sent.error
    if error is not None and error.outcome is not Outcome.UNKNOWN:
        result, recorded = Result(error.outcome.value), sent.finish()
        return EditAll(result, now=now, activity=sent.activity, error=error, recorded=recorded)
    model = sent.answer
    readable = [item for item in wanted if item.field.readable]
    if model is None or not shows_values(
        model, [item.field for item in wanted], now[wanted[0].field.name].model
    ):
        model = model_reread(access=access, model_id=model_id).model or model
    if sent.answer is None and not (model and readable and _all_set(readable, model)):
        message = "We don't know whether the values were saved. Check them before you save again."
        recorded = sent.finish(message=message)
        return EditAll(
            Result.UNKNOWN,
            now=now,
            activity=sent.activity,
            error=error,
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
        current, after, sentence = now[item.field.name], item.value, ""
        if model:
            after, sentence = value_after(item.field, item.value, current.value, model)
        entries.append(change_entry(item, current, after))
        if sentence:
            sentences.append(f"{item.field.label}: {sentence}")
    message = " ".join(sentences)
    recorded = sent.finish(outcome=Activity.Outcome.DONE, changes=entries, message=message)
    names = tuple(item.field.name for item in wanted)
    return EditAll(Result.SAVED, now, {}, names, sent.activity, None, message, recorded)
