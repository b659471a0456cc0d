"""Which rule decides the role of a person in a project, where the role of their account doesn't.

1. A rule for the person takes precedence over rules for their groups.
2. A rule for exactly this project takes precedence over one with a pattern, and a longer pattern over a shorter one.
3. Of those that are left, the one with the highest role decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Q

from models_admin.models import ProjectRole, ProviderGroup

NO_ACCESS = "None"
# From the lowest. Managing the team is never per project, so no rule gives the Administrator role.
RULE_ROLES = (NO_ACCESS, "Viewer", "Editor", "Maintainer")


@dataclass(frozen=True, slots=True)
class Rule:
    """`group` is "" in a rule for the person. `permissions` are codenames, as the role includes them now."""

    group: str
    pattern: str
    role: str
    permissions: frozenset[str] = frozenset()

    def matches(self, project: str) -> bool:
        return fnmatchcase(project, self.pattern)  # `*` is the only wildcard that a pattern can have

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """The higher one decides."""
        level = RULE_ROLES.index(self.role) if self.role in RULE_ROLES else len(RULE_ROLES)
        return not self.group, "*" not in self.pattern, len(self.pattern), level


def rule_choose(rules: Iterable[Rule], project: str) -> Rule | None:
    """The rule that decides in this project, None where none matches: then the role of the account counts."""
    return max((rule for rule in rules if rule.matches(project)), key=lambda rule: rule.rank, default=None)


def rule_for(user: Any, project: str) -> Rule | None:
    """The rule that decides for this person. Superusers are above all rules."""
    return None if user.is_superuser else rule_choose(rules_of(user), project)


def rules_of(user: Any) -> list[Rule]:
    """The rules for a person and their groups: one query, kept with the user of this request as permissions are."""
    if not hasattr(user, "_project_rules"):
        user._project_rules = _rules_read(user)
    rules: list[Rule] = user._project_rules
    return rules


def _rules_read(user: Any) -> list[Rule]:
    groups = ProviderGroup.objects.filter(user=user).values("name")
    rows = ProjectRole.objects.filter(Q(user=user) | Q(group__in=groups)).values_list(
        "pk", "group", "pattern", "role__name", "role__permissions__codename"
    )
    facts: dict[int, tuple[str, str, str]] = {}
    permissions: dict[int, set[str]] = {}
    for pk, group, pattern, role, codename in rows:
        facts[pk] = (group, pattern, role or NO_ACCESS)
        permissions.setdefault(pk, set()).add(codename or "")
    return [Rule(*fact, frozenset(permissions[pk])) for pk, fact in facts.items()]
