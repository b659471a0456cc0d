"""One field saved: read again, compared, recorded, sent once.

Editing and undoing are the same act with other values, so both end here.
"""

from __future__ import annotations

from models_admin.access.connections import Access
from models_admin.formatting.values import Value, same, value_text
from models_admin.models import Activity
from models_admin.services.audit import AlreadyUsed, change, change_begin, change_drop
from models_admin.services.concurrency import baseline, contested
from models_admin.services.edits import Edit, Result, Standing, Wish, standing_read
from models_admin.services.patching import wish_send


def field_save(*, access: Access, wish: Wish) -> Edit:
    """Carry out a wish, or say why not. One PATCH at most, never repeated.

    Raises ApiError where the model cannot be read, CannotRecord; in both cases nothing was sent.
    """
    since = baseline(project=access.project, model_id=wish.model_id, field=wish.field.name)
    now = standing_read(access=access, model_id=wish.model_id, field=wish.field)
    early = _settled_without_sending(wish, now)
    if early is not None:
        return early
    try:
        row = _begin(access, wish, now)
    except AlreadyUsed as used:
        return Edit(Result.REPLAYED, wish, model=now.model, activity=used.activity, book=now.book)
    other = contested(row=row, since=since)
    if other is not None:
        change_drop(activity=row)
        return _yield_to(other, access, wish)
    return wish_send(access=access, wish=wish, now=now, row=row)


def _settled_without_sending(wish: Wish, now: Standing) -> Edit | None:
    """The answer where nothing has to be sent, or nothing may be until the person decides."""
    if _identical(now.value, wish.seen):
        nothing_said = wish.value is None and now.value is None and wish.field.name not in now.book
        if same(wish.value, now.value) and (now.certain or nothing_said):
            return Edit(Result.UNCHANGED, wish, model=now.model, book=now.book)
        return None
    if same(wish.value, now.value) and now.certain:
        return Edit(Result.ALREADY, wish, model=now.model, book=now.book)
    if same(wish.value, wish.seen):
        return Edit(Result.UNCHANGED, wish, model=now.model, book=now.book)
    return Edit(
        Result.CONFLICT,
        wish,
        model=now.model,
        theirs=now.value,
        rival=_last_to_set(wish, now),
        book=now.book,
    )


def _begin(access: Access, wish: Wish, now: Standing) -> Activity:
    return change_begin(
        access=access,
        action=wish.action,
        model_id=wish.model_id,
        model_name=now.model.name,
        token=wish.nonce,
        field=wish.field.name,
        changes=[change(field=wish.field.name, before=now.value, after=wish.value, before_known=now.certain)],
        undoes=wish.undoes,
    )


def _yield_to(other: Activity, access: Access, wish: Wish) -> Edit:
    """Another save of the field came between: nothing was sent, and what it wants is theirs."""
    now = standing_read(access=access, model_id=wish.model_id, field=wish.field)
    if other.outcome == Activity.Outcome.INTENT:
        theirs: Value = other.changes[0].get("after") if other.changes else now.value
        message = (
            f"{other.username} is saving this field at this moment, as {value_text(wish.field, theirs)}."
        )
    else:
        theirs, message = now.value, f"{other.username} saved this field a moment before you."
    if same(wish.value, theirs) and other.outcome == Activity.Outcome.DONE:
        return Edit(Result.ALREADY, wish, model=now.model, book=now.book)
    return Edit(
        Result.CONFLICT,
        wish,
        model=now.model,
        theirs=theirs,
        rival=other.username,
        message=message,
        book=now.book,
    )


def _last_to_set(wish: Wish, now: Standing) -> str:
    """Who set the value that stands now, where this console knows it."""
    last = now.book.get(wish.field.name)
    return last.who if last is not None and same(last.value, now.value) else ""


def _identical(one: Value, other: Value) -> bool:
    """Whether a value is still the one that was seen. Nothing and "" look the same, so they are."""
    return one == other or (one in (None, "") and other in (None, ""))
