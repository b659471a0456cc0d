"""One model, and how it stands in the public catalog. Always read now: these pages are what people act on."""

from __future__ import annotations

from models_admin.connections import Access
from models_admin.permissions import permission_require
from models_admin.services.api import client
from models_admin.services.settling import deletion_settle
from models_admin.services.spending import model_gone
from models_admin.xerotier.errors import NotFound
from models_admin.xerotier.schemas import CatalogInfo, Model


def model_read(*, access: Access, model_id: str) -> Model:
    """Raises NotAllowed, ApiError (NotFound where the project has no such model)."""
    permission_require(user=access.user, act="read")
    try:
        return client().get_model(project=access.project, key=access.key, model_id=model_id)
    except NotFound as error:
        if model_gone(error):
            deletion_settle(access=access, model_id=model_id)
        raise


def catalog_read(*, access: Access, model_id: str) -> CatalogInfo | None:
    """None where the model is not in the catalog, which is the normal case. Raises NotAllowed, ApiError."""
    permission_require(user=access.user, act="read")
    return client().get_catalog_info(project=access.project, key=access.key, model_id=model_id)
