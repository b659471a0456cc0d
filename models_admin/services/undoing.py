"""Undoing an edit: a new edit back to the previous value, with the same checks as any edit."""

from typing import Any

from django.contrib.auth.models import User

from models_admin.access.connections import Access
from models_admin.access.tokens import token_issue
from models_admin.formatting.values import base_of
from models_admin.models import Activity
from models_admin.services.activity import undo_obstacle
from models_admin.services.editing import Edit, EditRequest, edit_send
from models_admin.services.editing_all import EditAll, model_edit_all
from models_admin.xerotier.fields import BY_NAME


class CannotUndo(Exception):
    """This change can't be undone. The text says why."""


def undo_purpose(row: Activity) -> str:
    return f"undo:{row.pk}"


def undo_token(row: Activity, *, user: User) -> str:
    """A new token for the Undo button of a change."""
    purpose = undo_purpose(row)
    return token_issue(user=user, project=row.project, model_id=row.model_id, purpose=purpose)


def undo_require(*, access: Access, row: Activity) -> None:
    """Raise CannotUndo, with the reason, if the change can't be undone."""
    obstacle = undo_obstacle(row)
    if row.project != access.project:
        obstacle = "It belongs to another project."
    if obstacle:
        raise CannotUndo(obstacle)


def activity_undo(*, access: Access, row: Activity, token: str, base: str = "") -> Edit:
    """Set the row's field back to its previous value, if it still has the value that the row set.

    `base` is given once the person has decided to overwrite someone else's value. The undo gets a row of its own, which
    can be undone too. Raises CannotUndo, and what `edit_send` raises.
    """
    undo_require(access=access, row=row)
    request = _request_back(row, row.changes[0], base=base)
    return edit_send(access=access, request=request, purpose=undo_purpose(row), token=token)


def activity_undo_all(*, access: Access, row: Activity, token: str) -> EditAll:
    """Set all fields of a row back to their previous values with one PATCH, if none was changed since.

    Raises CannotUndo, and what `model_edit_all` raises.
    """
    obstacle = undo_obstacle(row)
    if obstacle:
        raise CannotUndo(obstacle)
    return model_edit_all(
        access=access,
        model_id=row.model_id,
        requests=[_request_back(row, entry) for entry in row.changes],
        token=token,
        purpose=undo_purpose(row),
    )


def _request_back(row: Activity, entry: dict[str, Any], *, base: str = "") -> EditRequest:
    return EditRequest(
        project=row.project,
        model_id=row.model_id,
        field=BY_NAME[entry.get("field") or row.field],
        value=entry["before"],
        base=base or base_of(entry["after"]),
        action=Activity.Action.UNDO,
        undoes=row,
    )
