"""The one PATCH, and what is true after it."""

from __future__ import annotations

from models_admin.access.connections import Access
from models_admin.formatting.values import Value, field_reported, same, value_text
from models_admin.models import Activity
from models_admin.services.activity import last_set
from models_admin.services.audit import OUTCOMES, change, change_finish
from models_admin.services.client import client
from models_admin.services.edits import Edit, Result, Standing, Wish, standing_of
from models_admin.services.reading import Reread, model_reread
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.schemas import Model


def wish_send(*, access: Access, wish: Wish, now: Standing, row: Activity) -> Edit:
    """Send the one changed field, once, and complete the row. Never raises an ApiError."""
    try:
        answer = client().update_model(
            project=access.project,
            key=access.key,
            model_id=wish.model_id,
            changes={wish.field.name: wish.value},
        )
    except ApiError as error:
        if error.outcome is Outcome.UNKNOWN:
            return _look_again(access, wish, now, row, error)
        recorded = change_finish(activity=row, outcome=OUTCOMES[error.outcome], error=error)
        result = Result.NOT_SENT if error.outcome is Outcome.NOT_SENT else Result.REFUSED
        return Edit(
            result, wish, model=now.model, activity=row, error=error, recorded=recorded, book=now.book
        )
    return _accepted(access, wish, now, row, answer)


def _accepted(access: Access, wish: Wish, now: Standing, row: Activity, answer: Model) -> Edit:
    """The API said yes: read what it made of the value, from its answer or, failing that, from the model."""
    model, request_id = answer, answer.request_id
    unsaid = wish.field.readable and not _reports(answer, wish)
    # A save renames nothing: an answer with another name, or none, is not one to believe.
    if unsaid or answer.name != now.model.name:
        model = model_reread(access=access, model_id=wish.model_id).model or answer
    after, message = _made_of(wish, now, model)
    return _saved(access, wish, now, row, model, after, message, request_id=request_id)


def _made_of(wish: Wish, now: Standing, model: Model) -> tuple[Value, str]:
    """The value after the save, and a sentence where it is not simply the one that was sent."""
    if not _reports(model, wish):
        if wish.field.readable:
            return wish.value, "The API took it, but does not show the value, so it cannot be checked."
        if wish.value is None:  # some servers take a null and keep the value: nobody could see that here
            return None, "The API does not report this field, so whether it was cleared cannot be seen."
        return wish.value, ""
    actual: Value = getattr(model, wish.field.name)
    if wish.value is None and actual == "":
        return actual, "The API keeps it as an empty text rather than as nothing."
    if same(actual, wish.value):
        return actual, ""
    if same(actual, now.value):
        return actual, f"The API answered yes but kept the old value, {value_text(wish.field, actual)}."
    return actual, f"The API made {value_text(wish.field, actual)} of it."


def _saved(
    access: Access,
    wish: Wish,
    now: Standing,
    row: Activity,
    model: Model,
    after: Value,
    message: str,
    *,
    request_id: str | None = None,
    error: ApiError | None = None,
) -> Edit:
    entry = change(field=wish.field.name, before=now.value, after=after, before_known=now.certain)
    if not same(after, wish.value):
        entry["asked"] = wish.value
    recorded = change_finish(
        activity=row,
        outcome=Activity.Outcome.DONE,
        changes=[entry],
        message=message,
        error=error,
        api_request_id=request_id,
    )
    # The ledger is read again only where it was just written: the database may be away by now.
    book = last_set(project=access.project, model_id=wish.model_id) if recorded else now.book
    return Edit(Result.SAVED, wish, model=model, activity=row, message=message, recorded=recorded, book=book)


def _look_again(access: Access, wish: Wish, now: Standing, row: Activity, error: ApiError) -> Edit:
    """The answer was lost: read the model once, and claim no more than that shows."""
    reading = model_reread(access=access, model_id=wish.model_id)
    if reading.model is not None:
        after = standing_of(model=reading.model, field=wish.field, book={})
        if after.certain and same(after.value, wish.value):
            message = "The answer was lost, but the model was read again: the value is saved."
            return _saved(access, wish, now, row, reading.model, after.value, message, error=error)
    message = _what_is_true(wish, now, reading)
    recorded = change_finish(activity=row, outcome=Activity.Outcome.UNKNOWN, message=message, error=error)
    return Edit(
        Result.UNKNOWN,
        wish,
        model=reading.model or now.model,
        activity=row,
        error=error,
        message=message,
        recorded=recorded,
        book=now.book,
    )


def _what_is_true(wish: Wish, now: Standing, reading: Reread) -> str:
    if reading.gone:
        return "The model was looked up again: it no longer exists."
    if reading.model is None:
        return "Whether the value was saved is unknown: reading the model again failed too."
    after = standing_of(model=reading.model, field=wish.field, book={})
    if not after.certain:
        return "Whether the value was saved is unknown: the API does not report this field."
    shown = value_text(wish.field, after.value)
    if same(after.value, now.value):
        return f"The model was read again: not saved so far, the value is still {shown}."
    return f"The model was read again: the value is neither yours nor the old one, but {shown}."


def _reports(model: Model, wish: Wish) -> bool:
    return field_reported(model, wish.field)
