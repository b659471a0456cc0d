"""Whether a model is protected. Every service that writes calls `protection_require`, beside `Access.require`.

protection_require   in `audit.write_check`, and again in the transaction that records the intent
protections_of       all protections of a project, for its list
"""

from django.db import Error

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.models import Protection


class Protected(NotAllowed):
    """The model is protected, so nothing was sent. The text says by whom, since when and why."""

    def __init__(self, protection: Protection) -> None:
        super().__init__(protection_sentence(protection))
        self.protection = protection


def protection_require(*, project: str, model_id: str) -> None:
    """Raise Protected, with who, when and why, if the model is protected. One query."""
    found = protection_of(project=project, model_id=model_id)
    if found is not None:
        raise Protected(found)


def protection_of(*, project: str, model_id: str) -> Protection | None:
    """The protection of a model, None if it has none. One query.

    Case doesn't count: an API may know a UUID in capitals too (`parsing.same_model`).
    """
    return Protection.objects.filter(project=project, model_id__iexact=model_id).first()


def protections_of(*projects: str) -> dict[tuple[str, str], Protection]:
    """The protections in these projects, by project and model ID. One query."""
    return {(item.project, item.model_id): item for item in Protection.objects.filter(project__in=projects)}


def protection_sentence(protection: Protection) -> str:
    """ "Protected by ann since 3 May 2026, 10:40 UTC: serves the public demo." """
    who, since = visible(protection.username), display.moment_utc(protection.created_at)
    return f"Protected by {who} since {since}: {visible(protection.reason)}"


def why_protected_all(*, project: str) -> dict[str, str]:
    """The sentence about each protected model of a project, by model ID. One query."""
    return {item.model_id: protection_sentence(item) for item in protections_of(project).values()}


def protection_reasons(*, project: str) -> dict[str, str]:
    """The reason for each protected model of a project, by model ID. One query."""
    return {item.model_id: item.reason for item in protections_of(project).values()}


def edit_obstacle(*, access: Access, model_id: str) -> str:
    """Why the person may not edit the model, "" where they may. One query."""
    denied = access.why_not("edit")
    return denied or why_protected(project=access.project, model_id=model_id)


def why_protected(*, project: str, model_id: str) -> str:
    """The sentence, for the buttons of a page; "" for a model that isn't protected. One query.

    It is "" too when the database can't be read: the page may report what a change has just done, and what the buttons
    send is checked by `protection_require`.
    """
    try:
        found = protection_of(project=project, model_id=model_id)
    except Error:
        return ""
    return protection_sentence(found) if found else ""
