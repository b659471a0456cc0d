"""What the delete dialog says of a model, prepared so that the template only prints."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.services.confirming import DeletePlan, Seen
from models_admin.xerotier.schemas import CatalogInfo

NOT_SAID = "Not reported by the API"


@dataclass(frozen=True, slots=True)
class Confirm:
    """Plain texts with hidden characters shown, except `confirm`, which is what must be typed.

    `catalog` is one sentence on how it stands in the catalog; `facts` are (label, text) of its entry.
    `by_id` says why the id is asked for, "" where the name is.
    """

    url: str
    model_url: str
    model_id: str
    label: str
    status: str
    confirm: str
    by_id: str
    token: str
    catalog: str
    facts: list[tuple[str, str]]


def confirm_make(plan: DeletePlan) -> Confirm:
    return Confirm(
        url=reverse("model-delete", args=[plan.project, plan.model_id]),
        model_url=reverse("model", args=[plan.project, plan.model_id]),
        model_id=plan.model_id,
        label=visible(plan.label),
        status=display.status_label(plan.status),
        confirm=plan.confirm,
        by_id=_by_id(plan),
        token=plan.token,
        catalog=_catalog_sentence(plan),
        facts=_facts(plan.catalog) if plan.catalog else [],
    )


def difference(*, before: Seen, plan: DeletePlan) -> str:
    """What changed between the dialog and its sending."""
    parts = []
    if before.status != plan.status:
        was, now = display.status_label(before.status), display.status_label(plan.status)
        parts.append(f"its status was {was} and is {now} now")
    if (before.name or plan.model_id) != plan.label:
        parts.append(f"it was named {visible(before.name or plan.model_id)}")
    what = " and ".join(parts) or "it is not the same any more"
    return f"The model changed since you opened this: {what}. Nothing was deleted. Look again, then confirm."


def _by_id(plan: DeletePlan) -> str:
    if not plan.by_id:
        return ""
    if plan.label == plan.model_id:
        return "The model has no name, so its id is asked for."
    return "The name has characters that cannot be typed or seen, so the model's id is asked for."


def _catalog_sentence(plan: DeletePlan) -> str:
    if plan.catalog is not None:
        count = plan.catalog.deployment_count
        if count is None:
            return "It stands in the catalog. How many deployments use it is not reported."
        return f"It stands in the catalog, with {display.number_exact(count)} " + (
            "deployment." if count == 1 else "deployments."
        )
    if plan.catalog_read:
        return "It is not in the catalog, so the API counts no deployments for it. That does not mean there are none."
    if plan.catalog_error is None:
        return "How it stands in the catalog was not looked up this time, so it is unknown."
    title = explain(plan.catalog_error).title
    return f"How it stands in the catalog is unknown, because looking it up failed: {title}."


def _facts(catalog: CatalogInfo) -> list[tuple[str, str]]:
    role = catalog.catalog_role
    return [
        ("Catalog role", display.word_label(role) if role else NOT_SAID),
        ("Public", _flag(catalog.is_public)),
        ("On shared agents", _flag(catalog.is_on_shared_agents)),
    ]


def _flag(value: bool | None) -> str:
    return NOT_SAID if value is None else display.flag_text(value)
