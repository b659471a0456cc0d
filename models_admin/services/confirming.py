"""Before a deletion: what the person must know, and what they must type.

The API names no route for what falls with a model (endpoints, workers, routing rules), so nothing here
claims to know which ones or how many.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, replace

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.access.tokens import token_issue
from models_admin.formatting.text import visible
from models_admin.services.audit import token_check
from models_admin.services.client import client
from models_admin.services.reading import model_fetch
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import CatalogInfo, Model

PURPOSE = "delete"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person saw when the dialog was made, as the token carries it."""

    name: str | None
    status: str | None

    @classmethod
    def of(cls, model: Model) -> Seen:
        return cls(name=model.name, status=model.status)

    def dump(self) -> str:
        return json.dumps([self.name, self.status])

    @classmethod
    def load(cls, text: str) -> Seen:
        name, status = json.loads(text)
        return cls(name=name, status=status)


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """What a person must know before deleting.

    `confirm` is the text to type: the name, or the id where `by_id`. `token` is for the form. `catalog` is
    None where the model is not in the catalog; and also where that is unknown: `catalog_read` is then False,
    and `catalog_error` says how looking it up failed, None where nobody looked.
    """

    project: str
    model_id: str
    label: str
    status: str | None
    confirm: str
    by_id: bool
    token: str
    catalog: CatalogInfo | None = None
    catalog_error: ApiError | None = None
    catalog_read: bool = True


def delete_plan(*, access: Access, model_id: str) -> DeletePlan:
    """Read the model and its catalog entry anew. Raises NotAllowed, ApiError (about the model only)."""
    permission_require(user=access.user, act="delete")
    return plan_make(access=access, model=model_fetch(access=access, model_id=model_id))


def delete_plan_unread(*, access: Access, model_id: str, token: str) -> DeletePlan:
    """The same form again where the model could not be read: what it says comes from its own token.

    Nothing was sent with that token, so it may be used. Raises NotAllowed, TokenStale, AlreadyUsed.
    """
    permission_require(user=access.user, act="delete")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PURPOSE)
    return _plan_unread(access.project, model_id, Seen.load(read.seen), token)


def confirm_text(*, name: str | None, model_id: str) -> tuple[str, bool]:
    """What to type, and whether that is the id: for a model without a name, or with one nobody can type.

    Hidden characters, white space that a page collapses and decomposed accents look like something
    else than they are; a browser's field would not even take a line break.
    """
    if not name:
        return model_id, True
    typeable = (
        visible(name) == name
        and " ".join(name.split()) == name
        and unicodedata.normalize("NFC", name) == name
    )
    return (name, False) if typeable else (model_id, True)


def plan_make(*, access: Access, model: Model) -> DeletePlan:
    """For a model that was read just now. One more call, for its catalog entry, whose failure is told."""
    catalog: CatalogInfo | None = None
    failed: ApiError | None = None
    try:
        catalog = client().get_catalog_info(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        failed = error
    plan = plan_again(access=access, model=model)
    return replace(plan, catalog=catalog, catalog_error=failed, catalog_read=failed is None)


def plan_again(*, access: Access, model: Model) -> DeletePlan:
    """The same with a fresh token and no further call: the API may just have asked for fewer."""
    seen = Seen.of(model)
    token = token_issue(
        user=access.user, project=access.project, model_id=model.id, purpose=PURPOSE, seen=seen.dump()
    )
    return _plan_unread(access.project, model.id, seen, token)


def _plan_unread(project: str, model_id: str, seen: Seen, token: str) -> DeletePlan:
    confirm, by_id = confirm_text(name=seen.name, model_id=model_id)
    return DeletePlan(
        project=project,
        model_id=model_id,
        label=seen.name or model_id,
        status=seen.status,
        confirm=confirm,
        by_id=by_id,
        token=token,
        catalog_read=False,
    )


def is_confirmed(*, model: Model, typed: str) -> bool:
    """The exact name counts too where the id is asked for."""
    return typed in {model.label, confirm_text(name=model.name, model_id=model.id)[0]}
