"""What the page of roles per project shows."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.formatting.text import visible
from models_admin.forms.project_roles import ROLE_LABELS
from models_admin.models import ProjectRole
from models_admin.services.project_roles import own_groups, own_rule_reason


def rule_rows(rules: Iterable[ProjectRole], *, viewer: User) -> list[dict[str, Any]]:
    """`obstacle` says why this person can't remove a rule, "" where they can."""
    groups = own_groups(viewer)
    return [
        {
            "whose": visible(rule.group or (rule.user.get_username() if rule.user else "")),
            "is_group": bool(rule.group),
            "pattern": rule.pattern,
            "role": ROLE_LABELS.get(rule.role_name, rule.role_name),
            "since": rule.created_at,
            "remove_url": reverse("team-project-remove", args=[rule.pk]),
            "obstacle": own_rule_reason(rule, acting=viewer, groups=groups),
        }
        for rule in rules
    ]


def rule_sentence(rule: ProjectRole) -> str:
    """The rule as messages name it."""
    return f"{visible(rule.whom)} in {rule.pattern}: {ROLE_LABELS.get(rule.role_name, rule.role_name)}"
