"""What each role may do. Services call `permission_require`; pages ask `may` to show why a button is off."""

from __future__ import annotations

from typing import Any, Literal

from django.core.exceptions import PermissionDenied

Act = Literal["read", "edit", "delete", "publish", "protect", "team"]

PERMISSIONS: dict[Act, str] = {
    "read": "models_admin.read_models",
    "edit": "models_admin.edit_models",
    "delete": "models_admin.delete_models",
    "publish": "models_admin.publish_models",
    "protect": "models_admin.protect_models",
    "team": "models_admin.manage_team",
}

# Each role includes the one before it. The migration makes them; an operator may change what they include.
ROLES: dict[str, tuple[Act, ...]] = {
    "Viewer": ("read",),
    "Editor": ("read", "edit"),
    "Maintainer": ("read", "edit", "delete", "publish", "protect"),
    "Administrator": ("read", "edit", "delete", "publish", "protect", "team"),
}
ROLE_DESCRIPTIONS: dict[str, str] = {
    "Viewer": "Can see models and the activity.",
    "Editor": "Can also edit, revalidate and undo.",
    "Maintainer": "Can also delete, share and protect models, and manage their versions.",
    "Administrator": "Can also manage the team.",
}
NEW_ACCOUNT = "Viewer"

REASONS: dict[Act, str] = {
    "read": "Your account has no role yet. Ask an administrator for one.",
    "edit": "Editing, revalidating and undoing need the Editor role.",
    "delete": "Deleting needs the Maintainer role.",
    "publish": "Sharing models and managing their versions need the Maintainer role.",
    "protect": "Protecting models and lifting a protection need the Maintainer role.",
    "team": "Managing the team needs the Administrator role.",
}


class NotAllowed(PermissionDenied):
    """The person's role does not include this act. The text says which role does."""


def codename(act: Act) -> str:
    """The permission's name without its app."""
    return PERMISSIONS[act].partition(".")[2]


def may(user: Any, act: Act, project: str | None = None) -> bool:
    """Whether the person's role in the project includes the act; without a project, the role of the account."""
    return bool(user.is_active and user.has_perm(PERMISSIONS[act]))


def why_not(user: Any, act: Act, project: str | None = None) -> str:
    """Why the person may not do this in the project, "" where they may."""
    return "" if may(user, act, project) else REASONS[act]


def permission_require(*, user: Any, act: Act, project: str | None = None) -> None:
    """Raise NotAllowed, with the reason, unless the person's role in the project includes the act."""
    if reason := why_not(user, act, project):
        raise NotAllowed(reason)


def role_of(person: Any) -> str:
    """The highest role the person has; a superuser is above them all."""
    if person.is_superuser:
        return "Superuser"
    names = {group.name for group in person.groups.all()}
    return next((role for role in reversed(ROLES) if role in names), "None")
