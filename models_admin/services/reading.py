"""One model, read now and never from a cache: what people and changes act on. And how it stands in the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.services.client import client
from models_admin.services.reconcile import deletion_settle
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.schemas import CatalogInfo, Model


@dataclass(frozen=True, slots=True)
class Reading:
    """The model read again after a change whose answer was lost.

    `model` is None with `gone` True where the API says that there is none, and with `gone` False where
    reading failed too: `error` then says how.
    """

    model: Model | None = None
    gone: bool = False
    error: ApiError | None = None


def model_read(*, access: Access, model_id: str) -> Model:
    """For a page. Raises NotAllowed, ApiError (NotFound where the project has no such model)."""
    permission_require(user=access.user, act="read")
    try:
        return model_fetch(access=access, model_id=model_id)
    except NotFound as error:
        if model_gone(error):
            deletion_settle(access=access, model_id=model_id)
        raise


def catalog_read(*, access: Access, model_id: str) -> CatalogInfo | None:
    """None where the model is not in the catalog, which is the normal case. Raises NotAllowed, ApiError."""
    permission_require(user=access.user, act="read")
    return client().get_catalog_info(project=access.project, key=access.key, model_id=model_id)


def model_fetch(*, access: Access, model_id: str) -> Model:
    """The call alone, for services that have asked for a permission of their own. Raises ApiError."""
    return client().get_model(project=access.project, key=access.key, model_id=model_id)


def model_look_again(*, access: Access, model_id: str) -> Reading:
    """Find out what is true after an answer was lost. Never raises an ApiError."""
    try:
        return Reading(model=model_fetch(access=access, model_id=model_id))
    except ApiError as error:
        return Reading(gone=model_gone(error), error=error)


def model_gone(error: ApiError) -> bool:
    """Whether the API itself said that this model does not exist.

    A 404 about the project says nothing of the model, and neither does a page or an empty body: that may
    be a proxy's. An older answer has no code, yet the API's own words.
    """
    if not isinstance(error, NotFound):
        return False
    return error.code == "model_not_found" or (error.code is None and error.has_message and error.is_json)
