"""Sharing in the public catalog: the two optional routes, in the answers that servers are known or guessed to give."""

import time
from typing import Any

from .record import Record
from .refusals import Refusal
from .shapes import iso
from .store import Project, Store


def change(store: Store, project: Project, model_id: str, *, shared: bool) -> Record:
    """Shares or unshares a model. Raises Refusal 403, 404 or 409, and then changes nothing."""
    with store.lock:
        if store.settings.sharing == "forbidden":
            raise Refusal(403, "feature_not_available", "This account is not allowed to share models.")
        record = store.model(project, model_id)
        if not shared and not record.facts["is_shared"]:
            raise Refusal(409, "model_not_shared", "The model is not shared.")
        status = record.facts["status"]
        if shared and store.settings.sharing_needs_ready and status not in ("ready", "active"):
            message = f"Only a ready or active model can be shared (current status: {status})."
            raise Refusal(409, "invalid_model_status", message)
        if shared and record.facts["is_shared"]:
            return record
        record.catalog = _entry() if shared else None
        record.change({"is_shared": shared, "catalog_role": "deployable" if shared else None})
        return record


def _entry() -> dict[str, Any]:
    return {
        "catalog_role": "deployable",
        "deployment_count": 0,
        "is_on_shared_agents": False,
        "is_public": True,
        "featured": False,
        "shared_at": iso(int(time.time())),
    }


def answer(record: Record, form: str) -> dict[str, Any]:
    """The answer in one of the forms of the setting `sharing_format`; {} for none."""
    if form == "older":
        at = record.catalog["shared_at"] if record.catalog else None
        return {"modelId": record.id, "shared": record.facts["is_shared"], "sharedAt": at}
    return {"message": "The model's sharing was changed."} if form == "message" else {}
