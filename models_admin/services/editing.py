"""Editing one field of a model."""

from __future__ import annotations

from dataclasses import replace

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.access.tokens import token_issue
from models_admin.formatting.values import Checked, Value
from models_admin.services.audit import AlreadyUsed, token_check
from models_admin.services.edits import Edit, Result, Standing, Wish, standing_read
from models_admin.services.saving import field_save
from models_admin.xerotier.fields import BY_NAME


def edit_purpose(field: str) -> str:
    return f"edit:{field}"


def edit_token(*, access: Access, model_id: str, field: str) -> str:
    """A fresh token for the edit form of one field."""
    purpose = edit_purpose(field)
    return token_issue(user=access.user, project=access.project, model_id=model_id, purpose=purpose)


def edit_open(*, access: Access, model_id: str, field: str) -> Standing:
    """Read the field that is about to be edited. Raises NotAllowed, ApiError."""
    permission_require(user=access.user, act="edit")
    return standing_read(access=access, model_id=model_id, field=BY_NAME[field])


def model_edit(
    *, access: Access, model_id: str, field: str, checked: Checked, seen: Value, token: str
) -> Edit:
    """Set one field to a checked value (None clears it), if it still is what the person saw.

    To overwrite somebody else's value after a conflict, send that value as `seen`.
    Raises NotAllowed, TokenStale (nothing was read or sent), ApiError where the model cannot be read
    and CannotRecord (nothing was sent). What the API answers to the change itself is in the Edit.
    """
    permission_require(user=access.user, act="edit")
    wish = Wish(
        project=access.project,
        model_id=model_id,
        field=BY_NAME[field],
        value=checked.value,
        seen=seen,
        nonce="",
    )
    try:
        read = token_check(access=access, token=token, model_id=model_id, purpose=edit_purpose(field))
    except AlreadyUsed as used:
        return Edit(Result.REPLAYED, wish, activity=used.activity)
    edit = field_save(access=access, wish=replace(wish, nonce=read.nonce))
    return replace(edit, warning=checked.warning)
