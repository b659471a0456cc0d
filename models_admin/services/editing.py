"""Editing one field of a model: read the current value, compare it, send one PATCH and check what it did.

write_check -> GET -> conflict? -> send_recorded (one PATCH, never repeated) -> read back
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from models_admin.access.connections import Access
from models_admin.access.tokens import Token
from models_admin.formatting.values import (
    Value,
    base_of,
    same,
    shows_values,
    value_after,
    value_text,
    with_line_ends_of,
)
from models_admin.models import Activity
from models_admin.services.activity import LastSet, last_set, values_of
from models_admin.services.audit import AlreadyUsed, Overtaken, Sent, change, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.concurrency import Baseline, baseline, contested_by
from models_admin.services.reading import CurrentValue, Reread, current_of, current_read, model_reread
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.fields import Field
from models_admin.xerotier.schemas import Model

ALL = ""  # `Activity.field` of a change of several fields


class Result(str, Enum):
    SAVED = "saved"
    UNCHANGED = "unchanged"  # the person changed nothing: nothing sent
    ALREADY = "already"  # someone else has set the same value: nothing sent
    CONFLICT = "conflict"  # someone else has set another value: nothing sent until the person decides
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    REPLAYED = "replayed"  # the form was sent before: `activity` is its result


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Set `field` of a model to `value` (None clears it). `base` is `base_of` the value that the person saw.

    An empty `base` stands for whatever the value is now: a job whose preview could not read it has nothing to compare.
    `untouched`: the person left the input as it was, and `value` is not what is in it. Nothing is sent then.
    """

    project: str
    model_id: str
    field: Field
    value: Value
    base: str
    untouched: bool = False
    action: str = Activity.Action.EDIT
    undoes: Activity | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit and its result.

    `model` is the model as last read, None if reading it failed or was not needed. In a conflict `current` is the
    current value, and `changed_by` and `changed_at` say who set it and when, where that is known. `message` is a
    sentence for the person, `error` the API's failure. `recorded` is False if the outcome could not be written: the
    row then reads as unknown.
    """

    result: Result
    request: EditRequest
    model: Model | None = None
    current: Any = None
    changed_by: str = ""
    changed_at: datetime | None = None
    activity: Activity | None = None
    error: ApiError | None = None
    message: str = ""
    recorded: bool = True
    last_set: Mapping[str, LastSet] = field(default_factory=dict)


def edit_purpose(field_name: str) -> str:
    """What the token of an edit form is for."""
    return f"edit:{field_name}"


def edit_token(*, access: Access, model_id: str, field_name: str) -> str:
    """A new token for the edit form of one field. Raises NotAllowed."""
    access.require("edit")
    return access.form_token(model_id, edit_purpose(field_name))


def edit_open(*, access: Access, model_id: str, field: Field) -> CurrentValue:
    """Read the field whose form is being opened. Raises NotAllowed, ApiError."""
    access.require("edit")
    return current_read(access=access, model_id=model_id, field=field)


def model_edit(
    *,
    access: Access,
    model_id: str,
    field: Field,
    value: Value,
    base: str,
    token: str,
    untouched: bool = False,
) -> Edit:
    """Set one field to a value (None clears it), if it still is what the person saw.

    To overwrite someone else's value after a conflict, pass `base_of` that value. Raises what `edit_send` raises.
    """
    request = EditRequest(access.project, model_id, field, value, base, untouched)
    return edit_send(access=access, request=request, purpose=edit_purpose(field.name), token=token)


def edit_send(*, access: Access, request: EditRequest, purpose: str, token: str) -> Edit:
    """Carry out a request, or say why not. At most one PATCH is sent, and it is never repeated.

    Raises NotAllowed and TokenStale (nothing was read or sent), and ApiError (the model can't be read) and
    CannotRecord (nothing was sent). The API's answer to the change itself is in the Edit.
    """
    name, model_id = request.field.name, request.model_id
    try:
        checked = write_check(access=access, act="edit", model_id=model_id, purpose=purpose, token=token)
    except AlreadyUsed as used:
        return Edit(Result.REPLAYED, request, activity=used.activity)
    since = baseline(project=access.project, model_id=model_id, field=name)
    now = current_read(access=access, model_id=model_id, field=request.field)
    if request.undoes is None:
        request = replace(request, value=with_line_ends_of(now.value, request.value))
    early = result_without_sending(request, now)
    if early is not None:
        return early
    try:
        sent = patch_send(access, [request], {name: now}, checked, since)
    except AlreadyUsed as used:
        return _edit(Result.REPLAYED, request, now, activity=used.activity)
    except Overtaken as overtaken:
        return _conflict_with(overtaken.other, access, request)
    return _result_of(access, request, now, sent)


def patch_send(
    access: Access,
    requests: Sequence[EditRequest],
    now: Mapping[str, CurrentValue],
    token: Token,
    since: Baseline,
) -> Sent[Model]:
    """Record these changes of one model, and send them as one PATCH. Raises what `send_recorded` raises.

    `now` has the current values by field. A change of one field is recorded under its name, one of several under ALL.
    """
    first = requests[0]
    values = {item.field.name: item.value for item in requests}
    return send_recorded(
        access=access,
        action=first.action,
        model_id=first.model_id,
        model_name=now[first.field.name].model.name,
        token=token,
        call=lambda: client().update_model(
            project=access.project, key=access.key, model_id=first.model_id, changes=values
        ),
        field=first.field.name if len(requests) == 1 else ALL,
        changes=[change_entry(item, now[item.field.name], item.value) for item in requests],
        undoes=first.undoes,
        overtaken_by=lambda row: contested_by(row=row, since=since),
    )


def _edit(result: Result, request: EditRequest, now: CurrentValue, **more: Any) -> Edit:
    return replace(Edit(result, request, model=now.model, last_set=now.last_set), **more)


def change_entry(request: EditRequest, now: CurrentValue, after: Any) -> dict[str, Any]:
    """What the activity says about one field, with the value that was asked for if it became another one."""
    entry = change(field=request.field.name, before=now.value, after=after, before_known=now.certain)
    return entry if same(after, request.value) else entry | {"asked": request.value}


def result_without_sending(request: EditRequest, now: CurrentValue) -> Edit | None:
    """The result if nothing has to be sent, or nothing may be sent until the person decides."""
    if request.untouched:
        return _edit(Result.UNCHANGED, request, now)
    wanted = same(request.value, now.value)
    if request.base in ("", base_of(now.value)):
        never_set = now.value is None and request.field.name not in now.last_set
        return _edit(Result.UNCHANGED, request, now) if wanted and (now.certain or never_set) else None
    if wanted and now.certain:
        return _edit(Result.ALREADY, request, now)
    if base_of(request.value) == request.base:
        return _edit(Result.UNCHANGED, request, now)
    last = now.last_set.get(request.field.name)
    known = last if last is not None and same(last.value, now.value) else None
    return _edit(
        Result.CONFLICT,
        request,
        now,
        current=now.value,
        changed_by=known.who if known else "",
        changed_at=known.at if known else None,
    )


def _conflict_with(other: Activity, access: Access, request: EditRequest) -> Edit:
    """Another save of the field came first. Nothing was sent, and its value is the current one."""
    now = current_read(access=access, model_id=request.model_id, field=request.field)
    if other.outcome == Activity.Outcome.DONE and same(request.value, now.value):
        return _edit(Result.ALREADY, request, now)
    current, message = now.value, f"{other.username} saved this field just before you."
    if other.outcome == Activity.Outcome.INTENT:
        current = values_of(other).get(request.field.name, now.value)
        message = f"{other.username} is saving this field right now, as {value_text(request.field, current)}."
    return _edit(
        Result.CONFLICT,
        request,
        now,
        current=current,
        changed_by=other.username,
        changed_at=other.finished_at or other.created_at,
        message=message,
    )


def _result_of(access: Access, request: EditRequest, now: CurrentValue, sent: Sent[Model]) -> Edit:
    """Complete the row of a PATCH that was sent. Never raises an ApiError."""
    if sent.answer is not None:
        return _accepted(access, request, now, sent, sent.answer)
    if sent.error is None or sent.error.outcome is Outcome.UNKNOWN:
        return _reread(access, request, now, sent)
    result, recorded = Result(sent.error.outcome.value), sent.finish()
    return _edit(result, request, now, activity=sent.activity, error=sent.error, recorded=recorded)


def _accepted(
    access: Access, request: EditRequest, now: CurrentValue, sent: Sent[Model], answer: Model
) -> Edit:
    """The API accepted the change: find the new value in its answer or, failing that, in the model."""
    model = answer
    if not shows_values(answer, [request.field], now.model):
        model = model_reread(access=access, model_id=request.model_id).model or answer
    after, message = value_after(request.field, request.value, now.value, model)
    return _saved(access, request, now, sent, model, after, message)


def _saved(
    access: Access,
    request: EditRequest,
    now: CurrentValue,
    sent: Sent[Model],
    model: Model,
    after: Any,
    message: str,
) -> Edit:
    entry = change_entry(request, now, after)
    recorded = sent.finish(outcome=Activity.Outcome.DONE, changes=[entry], message=message)
    # Read again only if the row was just written: otherwise the database may be unreachable.
    known = last_set(project=access.project, model_id=request.model_id) if recorded else now.last_set
    saved = Edit(Result.SAVED, request, model=model, activity=sent.activity, message=message)
    return replace(saved, recorded=recorded, last_set=known)


def _reread(access: Access, request: EditRequest, now: CurrentValue, sent: Sent[Model]) -> Edit:
    """The answer was lost: read the model once, and claim no more than that shows."""
    reading = model_reread(access=access, model_id=request.model_id)
    if reading.model is not None:
        after = current_of(reading.model, request.field, {})
        if after.certain and same(after.value, request.value):
            message = "The response was lost, but the console has checked: the value is saved."
            return _saved(access, request, now, sent, reading.model, after.value, message)
    message = _describe_outcome(request, now, reading)
    recorded = sent.finish(message=message)
    unknown = _edit(Result.UNKNOWN, request, now, activity=sent.activity, error=sent.error, message=message)
    return replace(unknown, model=reading.model or now.model, recorded=recorded)


def _describe_outcome(request: EditRequest, now: CurrentValue, reading: Reread) -> str:
    if reading.gone:
        return "The console has checked: the model no longer exists."
    if reading.model is None:
        return "We don't know whether the value was saved: reading the model again failed too."
    after = current_of(reading.model, request.field, {})
    if not after.certain:
        return "We don't know whether the value was saved: the API does not return this field."
    shown = value_text(request.field, after.value)
    if same(after.value, now.value):
        return f"The console has checked: your value is not saved so far, and the current value is still {shown}."
    return f"The console has checked: the current value is neither yours nor the old one, but {shown}."
