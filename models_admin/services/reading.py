"""Reads one model, and its entry in the public catalog, from the API. Nothing here is cached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models_admin.access.connections import Access
from models_admin.formatting.values import field_reported
from models_admin.services.activity import LastSet, last_set
from models_admin.services.client import client
from models_admin.services.reconcile import resolve_deletion
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.fields import Field
from models_admin.xerotier.parsing import READERS
from models_admin.xerotier.schemas import CatalogInfo, Model


@dataclass(frozen=True, slots=True)
class Reread:
    """The model read again after the answer to a change was lost.

    `model` is None where the API says that it doesn't exist (`gone` is True) and where this reading failed
    too (`gone` is False). `error` is set in both cases.
    """

    model: Model | None = None
    gone: bool = False
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """The current value of a field, with the model it was read from and the values last set here.

    `certain` is False if the API does not return the field and the activity doesn't tell its value for certain.
    """

    model: Model
    value: Any
    certain: bool
    last_set: Mapping[str, LastSet]


def model_read(*, access: Access, model_id: str) -> Model:
    """For a page. Raises NotAllowed, ApiError (NotFound where the project has no such model)."""
    access.require("read")
    try:
        return model_fetch(access=access, model_id=model_id)
    except NotFound as error:
        if model_gone(error):
            resolve_deletion(access=access, model_id=model_id)
        raise


def catalog_read(*, access: Access, model_id: str) -> CatalogInfo | None:
    """Return None where the model is not in the catalog, as most are. Raises NotAllowed, ApiError."""
    access.require("read")
    return client().get_catalog_info(project=access.project, key=access.key, model_id=model_id)


def model_fetch(*, access: Access, model_id: str) -> Model:
    """The call alone, for services that check a permission of their own. Raises ApiError."""
    return client().get_model(project=access.project, key=access.key, model_id=model_id)


def model_reread(*, access: Access, model_id: str) -> Reread:
    """Read the model again after a response was lost. Never raises an ApiError."""
    try:
        return Reread(model=model_fetch(access=access, model_id=model_id))
    except ApiError as error:
        return Reread(gone=model_gone(error), error=error)


def model_gone(error: ApiError) -> bool:
    """Whether the API itself said that this model does not exist.

    A 404 about the project says nothing about the model, and neither does a page or an empty body, which may
    be a proxy's. Older servers send a message without a code.
    """
    if not isinstance(error, NotFound):
        return False
    return error.code == "model_not_found" or (error.code is None and error.has_message and error.is_json)


def current_read(*, access: Access, model_id: str, field: Field) -> CurrentValue:
    """Read the model from the API, and the activity for what the API does not return. Raises ApiError."""
    model = model_fetch(access=access, model_id=model_id)
    return current_of(model, field, last_set(project=access.project, model_id=model_id))


def current_of(model: Model, field: Field, known: Mapping[str, LastSet]) -> CurrentValue:
    """The API's value, or the one last set here if the API does not return the field."""
    if field_reported(model, field):
        return CurrentValue(model, model.current(field.name), True, known)
    last = known.get(field.name)
    if last is None or field.readable:
        return CurrentValue(model, None, False, known)
    return CurrentValue(model, last.value, not (last.has_doubt or last.revalidated_at), known)


def snapshot_of(model: Model) -> dict[str, Any]:
    """The model as the API returned it, as JSON with dates in ISO 8601: kept with a deletion and a revalidation."""
    known = {name: model.current(name) for name in READERS}
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in known.items()
        if value is not None or name in model.reported
    }
    return {**plain, "other": dict(model.other)} if model.other else plain
