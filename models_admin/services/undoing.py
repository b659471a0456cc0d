"""Undoing an edit: a new edit back to the value before, held to the same checks as any edit."""

from __future__ import annotations

from typing import Any

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.formatting.values import Value
from models_admin.models import Activity
from models_admin.services.activity import undo_obstacle
from models_admin.services.audit import AlreadyUsed, token_check
from models_admin.services.edits import Edit, Result, Wish
from models_admin.services.saving import field_save
from models_admin.xerotier.fields import BY_NAME

UNSEEN: Any = object()


class CannotUndo(Exception):
    """This row cannot be undone. The text says why."""


def activity_undo(*, access: Access, row: Activity, token: str, seen: Value = UNSEEN) -> Edit:
    """Set the row's field back to what it was before, if it still is what the row made it.

    `seen` is given once the person has decided to overwrite somebody else's value. Recorded as its own
    row, which can be undone too. Raises NotAllowed, CannotUndo, TokenStale, ApiError, CannotRecord.
    """
    permission_require(user=access.user, act="edit")
    if row.project != access.project:
        raise CannotUndo("It belongs to another project.")
    purpose = f"undo:{row.pk}"
    try:
        nonce = token_check(access=access, token=token, model_id=row.model_id, purpose=purpose).nonce
    except AlreadyUsed as used:
        return Edit(Result.REPLAYED, _wish(row, "", seen), activity=used.activity)
    obstacle = undo_obstacle(row)
    if obstacle:
        raise CannotUndo(obstacle)
    return field_save(access=access, wish=_wish(row, nonce, seen))


def _wish(row: Activity, nonce: str, seen: Value) -> Wish:
    entry = row.changes[0]
    return Wish(
        project=row.project,
        model_id=row.model_id,
        field=BY_NAME[row.field],
        value=entry["before"],
        seen=entry["after"] if seen is UNSEEN else seen,
        nonce=nonce,
        action=Activity.Action.UNDO,
        undoes=row,
    )
