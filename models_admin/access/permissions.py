"""What each role may do. Services call `Access.require`; pages show why a button is disabled by `Access.why_not`."""

from typing import Any, Literal

from django.core.exceptions import PermissionDenied

from models_admin.access.project_roles import NO_ACCESS, Rule, rule_for, rules_of

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
    "Maintainer": "Can also delete, share and protect models, manage their versions, and cancel uploads.",
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


class NoAccess(NotAllowed):
    """A rule gives the person no access to this project. The text says whose rule."""


def may(user: Any, act: Act, project: str | None = None) -> bool:
    """Whether the person's role in the project includes the act; without a project, the role of the account.

    Managing the team is never a matter of a project.
    """
    if not user.is_active:
        return False
    rule = _rule(user, act, project)
    if rule is None:
        return bool(user.has_perm(PERMISSIONS[act]))
    return codename(act) in rule.permissions


def may_read_any(user: Any) -> bool:
    """Whether there can be a project that the person may read: by the role of the account, or by a rule."""
    if may(user, "read"):
        return True
    return bool(user.is_active) and any(codename("read") in rule.permissions for rule in rules_of(user))


def why_not(user: Any, act: Act, project: str | None = None) -> str:
    """Why the person may not do this in the project, "" where they may."""
    if may(user, act, project):
        return ""
    rule = _rule(user, act, project)
    if rule is None:
        return REASONS[act]
    if rule.role == NO_ACCESS:
        whose = f"everyone in the group {rule.group}" if rule.group else "your account"
        return f"You have no access to {project}. An administrator has set this for {whose}."
    return f"{REASONS[act]} In {project} your role is {rule.role}."


def permission_require(*, user: Any, act: Act, project: str | None = None) -> None:
    """Raise NotAllowed, with the reason, unless the person's role in the project includes the act.

    Raises NoAccess where a rule gives the person no role in the project.
    """
    if not (reason := why_not(user, act, project)):
        return
    rule = _rule(user, act, project)
    raise (NoAccess if rule is not None and rule.role == NO_ACCESS else NotAllowed)(reason)


def _rule(user: Any, act: Act, project: str | None) -> Rule | None:
    """The rule that decides about this act, None where the role of the account does."""
    return rule_for(user, project) if user.is_active and project and act != "team" else None


def read_any_require(user: Any) -> None:
    """Raise NotAllowed unless there can be a project that the person may read."""
    if not may_read_any(user):
        raise NotAllowed(REASONS["read"])


def role_in(person: Any, project: str) -> str:
    """The role that decides in a project: that of a rule, else that of the account. "None" for no role."""
    rule = rule_for(person, project)
    return rule.role if rule else role_of(person)


def role_of(person: Any) -> str:
    """The highest role the person has; a superuser is above them all."""
    if person.is_superuser:
        return "Superuser"
    names = {group.name for group in person.groups.all()}
    return next((role for role in reversed(ROLES) if role in names), "None")
