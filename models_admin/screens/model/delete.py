"""What the delete dialog says about a model."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.model.endpoints import EndpointRow, endpoint_rows, incomplete_note
from models_admin.services.deleting import DeletePlan, Shown
from models_admin.services.endpoints import Reach, SeenEndpoints, endpoints_change
from models_admin.xerotier.schemas import CatalogInfo, label_of
from models_admin.xerotier.snippets import Snippets, model_url, snippets


@dataclass(frozen=True, slots=True)
class DeleteForm:
    """Plain texts with hidden characters shown, except `confirm`, which is what must be typed.

    `catalog` is one sentence about the catalog, `details` are (label, text) of the model's entry there. `endpoints`
    are those that the API lists, `endpoints_note` says what is not known about them, and
    `endpoints_text` says how many. `confirm_endpoints` is the label of the box to tick, "" where there is none.
    `by_id` says why the ID is asked for, "" where the name is. `snippets` is the same request for a shell or Python.
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
    details: list[tuple[str, str]]
    snippets: Snippets
    endpoints: list[EndpointRow]
    endpoints_text: str
    endpoints_note: str
    confirm_endpoints: str


def delete_form(plan: DeletePlan, *, seen: SeenEndpoints | None = None) -> DeleteForm:
    """`seen`: the endpoints that were shown before; those that are new are marked."""
    url = model_url(settings.XEROTIER_API_URL, project=plan.project, model_id=plan.model_id)
    return DeleteForm(
        url=reverse("model-delete", args=[plan.project, plan.model_id]),
        model_url=reverse("model", args=[plan.project, plan.model_id]),
        model_id=plan.model_id,
        label=visible(plan.label),
        status=display.status_label(plan.shown.status),
        confirm=plan.confirm,
        by_id=_by_id(plan),
        token=plan.token,
        catalog=_catalog_sentence(plan),
        details=_details(plan.catalog) if plan.catalog else [],
        snippets=snippets("DELETE", url),
        endpoints=_rows(plan, seen),
        endpoints_text=_endpoints_text(plan.reach),
        endpoints_note=_endpoints_note(plan.reach),
        confirm_endpoints=_confirm_endpoints(plan.shown.endpoints),
    )


def _rows(plan: DeletePlan, seen: SeenEndpoints | None) -> list[EndpointRow]:
    if plan.reach is None:
        return []
    new = seen.new_among(plan.reach.endpoints) if seen and seen.tells_each else []
    return endpoint_rows(plan.reach.endpoints, project=plan.project, new=new)


def difference(*, before: Shown, plan: DeletePlan) -> str:
    """What changed between opening the dialog and confirming it."""
    parts = []
    if before.status != plan.shown.status:
        was, now = display.status_label(before.status), display.status_label(plan.shown.status)
        parts.append(f"its status was {was} and is now {now}")
    name = label_of(before.name, model_id=plan.model_id)
    if name != plan.label:
        parts.append(f"its name was {visible(name)}")
    change = endpoints_change(before.endpoints, plan.reach.endpoints if plan.reach else None)
    if change:
        parts.append(f"it has {change}")
    if before.endpoints is not None and plan.shown.endpoints is None:
        parts.append("its endpoints can't be listed any more")
    what = " and ".join(parts) or "it is no longer the same"
    return f"The model has changed since you opened this: {what}. Nothing was deleted. Check it, then confirm again."


def _endpoints_text(reach: Reach | None) -> str:
    if reach is None or not reach.known:
        return "all of its endpoints"
    if not reach.endpoints:
        return "no endpoints: the API lists none for this model"
    return "its endpoint:" if len(reach.endpoints) == 1 else f"its {len(reach.endpoints):,} endpoints:"


def _endpoints_note(reach: Reach | None) -> str:
    """What the console cannot say about the endpoints; "" where the list is whole."""
    if reach is None:
        return "The endpoints have not been checked."
    if reach.knowledge == "no_route":
        return "The API doesn't list them, so the console can't show which ones or how many."
    if reach.knowledge == "no_permission":
        return "This key isn't allowed to list endpoints, so the console can't show which ones or how many."
    if reach.error:
        return f"The endpoints couldn't be listed: {explain(reach.error).title}. There may be some."
    return f"The API doesn't list workers and routing rules. {incomplete_note(reach)}".strip()


def _confirm_endpoints(shown: SeenEndpoints | None) -> str:
    if shown is None or not shown.count:
        return ""
    return "Delete its endpoint too" if shown.count == 1 else f"Delete its {shown.count:,} endpoints too"


def _by_id(plan: DeletePlan) -> str:
    if plan.confirm == plan.label != plan.model_id:
        return ""
    if plan.label == plan.model_id:
        return "The model has no name, so type its ID."
    return "The name contains characters that are invisible or can't be typed, so type the model's ID."


def _catalog_sentence(plan: DeletePlan) -> str:
    if plan.catalog is not None:
        count = plan.catalog.deployment_count
        if count is None:
            return "This model is in the public catalog. The API doesn't report how many deployments use it."
        deployments = "1 deployment" if count == 1 else f"{count:,} deployments"
        return f"This model is in the public catalog, with {deployments}."
    if plan.catalog_read:
        return "This model is not in the public catalog, so the API doesn't report its deployments."
    if plan.catalog_error is None:
        return "The catalog has not been checked."
    return f"The catalog couldn't be checked: {explain(plan.catalog_error).title}."


def _details(catalog: CatalogInfo) -> list[tuple[str, str]]:
    role = catalog.catalog_role
    return [
        ("Catalog role", display.word_label(role) if role else display.NOT_REPORTED),
        ("Public", _flag(catalog.is_public)),
        ("On shared agents", _flag(catalog.is_on_shared_agents)),
    ]


def _flag(value: bool | None) -> str:
    return display.NOT_REPORTED if value is None else display.flag_text(value)
