"""The Share and Unshare buttons of a model, and what their dialogs say."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import field_reported, value_text
from models_admin.screens.confirmation import Confirmation
from models_admin.screens.model.catalog import SharingState
from models_admin.screens.model.details import Detail, catalog_details, not_reported
from models_admin.services.activity import LastSet
from models_admin.services.sharing import SharingPlan, Verb
from models_admin.xerotier.fields import FIELDS, Field
from models_admin.xerotier.schemas import Model, status_key
from models_admin.xerotier.snippets import model_url, snippets

SHAREABLE = ("ready", "active")
LONG = 160  # characters of a value in the dialog
TITLES = {"share": "Share", "unshare": "Unshare"}


@dataclass(frozen=True, slots=True)
class SharingPanel:
    """The buttons, each with `label` and `url`, and `reason`, why they are disabled, "" where they are enabled.

    `load_url` is where they come from if it isn't known whether the API can share, else "".
    """

    buttons: list[dict[str, str]]
    reason: str
    load_url: str = ""


def sharing_panel(
    *, access: Access, model_id: str, state: SharingState, offered: bool | None, protected: str = ""
) -> SharingPanel | None:
    """None where the API can't share. `offered` is None where that isn't known yet. `protected` is "" or why."""
    if offered is False:
        return None
    verbs: list[Verb] = (
        ["unshare"] if state.shared else ["share"] if state.shared is False else ["share", "unshare"]
    )
    query = state.encode()
    load_url = reverse("model-sharing", args=[access.project, model_id]) + (f"?{query}" if query else "")
    return SharingPanel(
        buttons=[
            {"label": f"{TITLES[verb]}…", "url": _url(verb, access.project, model_id)} for verb in verbs
        ],
        reason=access.why_not("publish") or protected,
        load_url="" if offered else load_url,
    )


def sharing_form(plan: SharingPlan, last_set: Mapping[str, LastSet]) -> Confirmation:
    """`last_set` is that of the model, for the values that the API doesn't return."""
    model, is_share = plan.model, plan.verb == "share"
    url = model_url(settings.XEROTIER_API_URL, project=plan.project, model_id=model.id)
    return Confirmation(
        title=f"{TITLES[plan.verb]} {visible(model.label)}?",
        submit=f"{TITLES[plan.verb]} model",
        url=_url(plan.verb, plan.project, model.id),
        back_url=reverse("model", args=[plan.project, model.id]),
        token=plan.token,
        effects=_share_effects() if is_share else _unshare_effects(),
        card=[_public(item, model, last_set) for item in FIELDS if item.on_public_card] if is_share else [],
        card_label="Its public card is expected to show these values:",
        entry=catalog_details(plan.catalog) if plan.catalog else [],
        note=_share_note(model) if is_share else _unshare_note(plan),
        snippets=snippets("POST", f"{url}/{plan.verb}"),
        is_danger=not is_share,
    )


def _url(verb: Verb, project: str, model_id: str) -> str:
    return reverse(f"model-{verb}", args=[project, model_id])


def _share_effects() -> list[str]:
    return [
        f"The model appears in the public catalog of {settings.SERVICE_NAME}, and others can deploy it.",
        "Its catalog role becomes deployable.",
        "You can unshare it later, but endpoints that others have created by then keep serving it.",
    ]


def _unshare_effects() -> list[str]:
    return [
        "The model disappears from the public catalog, and others can no longer deploy it.",
        "Endpoints that others already have keep serving the model.",
        "Its deployment count, its featured flag and its catalog role are lost permanently. Sharing it again doesn't "
        "bring them back.",
    ]


def _share_note(model: Model) -> str:
    if status_key(model.status) in SHAREABLE:
        return ""
    status = display.status_label(model.status) if model.status else "not reported"
    return f"The model's status is {status}. The API may refuse to share a model that isn't ready or active."


def _unshare_note(plan: SharingPlan) -> str:
    if plan.catalog_error:
        return f"The catalog entry couldn't be read: {explain(plan.catalog_error).title}."
    return "" if plan.catalog else "The catalog has no entry for this model, so its counters can't be shown."


def _public(field: Field, model: Model, last_set: Mapping[str, LastSet]) -> Detail:
    """A value on the public card, as far as it is known."""
    if field_reported(model, field):
        value = model.current(field.name)
        text = shortened(value_text(field, value), LONG)
        return Detail(field.label, text, css_class="muted" if value in (None, "") else "")
    last = last_set.get(field.name)
    if last is None:
        return not_reported(field.label)
    return Detail(field.label, shortened(value_text(field, last.value), LONG), exact="Last set here")
