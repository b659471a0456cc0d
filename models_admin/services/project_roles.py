"""Roles per project: find, add and remove the rules. Every change is written to the log of changes to accounts.

Each function checks the permission to manage the team. Nobody but a superuser changes a rule for themselves or for a
group of theirs, as nobody changes their own role. Raises NotAllowed.
"""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.db.transaction import atomic

from models_admin.access.permissions import NotAllowed, permission_require
from models_admin.access.project_roles import NO_ACCESS
from models_admin.models import ProjectRole, ProviderGroup
from models_admin.services.team import search_words

SEARCHED = ("user__username", "group", "pattern")


class RuleExists(Exception):
    """There is a rule already for the same person or group and the same pattern: `rule`. Nothing was changed."""

    def __init__(self, rule: ProjectRole) -> None:
        super().__init__(f"rule {rule.pk} exists")
        self.rule = rule


def project_roles_find(*, acting: User, query: str) -> QuerySet[ProjectRole]:
    """The rules by pattern; each word of the query must occur in a username, a group or a pattern."""
    permission_require(user=acting, act="team")
    found = ProjectRole.objects.select_related("user", "role").order_by("pattern", "user__username", "group")
    for word in search_words(query):
        found = found.filter(Q(*((f"{column}__icontains", word) for column in SEARCHED), _connector=Q.OR))
    return found


def project_roles_count(*, people: list[User]) -> dict[int, int]:
    """How many rules each account has, by the account's primary key. One query."""
    rows = ProjectRole.objects.filter(user__in=people).values_list("user").annotate(Count("pk"))
    return {pk: count for pk, count in rows if pk is not None}


def own_groups(acting: User) -> set[str]:
    """The groups of whoever is signed in, whose rules someone else has to change. None for a superuser."""
    if acting.is_superuser:
        return set()
    return set(ProviderGroup.objects.filter(user=acting).values_list("name", flat=True))


def own_rule_reason(rule: ProjectRole, *, acting: User, groups: set[str]) -> str:
    """Why this person can't change the rule, "" where they can. `groups` comes from `own_groups`."""
    if acting.is_superuser:
        return ""
    if rule.user_id == acting.pk:
        return "You can't change your own role. Another administrator can."
    return "You're in this group. Another administrator can change its roles." if rule.group in groups else ""


def project_role_add(
    *, acting: User, person: User | None, group: str, pattern: str, role: str
) -> ProjectRole:
    """Add a rule for a person, or else for a group. Raises RuleExists."""
    rule = ProjectRole(user=person, group=group, pattern=pattern)
    rule.role = None if role == NO_ACCESS else Group.objects.get(name=role)
    _check(rule, acting)
    try:
        with atomic():
            rule.save()
            _log(acting, rule, "added")
    except IntegrityError:
        existing = ProjectRole.objects.select_related("user", "role")
        found = existing.filter(user=person, group=group, pattern=pattern).first()
        if found is None:  # removed in between
            raise
        raise RuleExists(found) from None
    return rule


@atomic
def project_role_remove(*, acting: User, pk: int) -> ProjectRole:
    """Remove a rule, which is what it was when the page showed it. Raises ProjectRole.DoesNotExist."""
    permission_require(user=acting, act="team")
    rule = ProjectRole.objects.select_for_update(of=("self",)).select_related("user", "role").get(pk=pk)
    _check(rule, acting)
    _log(acting, rule, "removed")
    rule.delete()
    return rule


def _check(rule: ProjectRole, acting: User) -> None:
    permission_require(user=acting, act="team")
    if reason := own_rule_reason(rule, acting=acting, groups=own_groups(acting)):
        raise NotAllowed(reason)


def _log(acting: User, rule: ProjectRole, what: str) -> None:
    """Among the changes of the account, or under the name of the group."""
    message = f"Role for projects {what}: {rule.role_name} in {rule.pattern}."
    about = rule.user or rule
    LogEntry.objects.log_actions(acting.pk, [about], CHANGE, change_message=message, single_object=True)
