"""Roles per project: which rule decides, and what it allows."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from models_admin.access.permissions import (
    PERMISSIONS,
    REASONS,
    ROLES,
    NoAccess,
    NotAllowed,
    may,
    may_read_any,
    permission_require,
    role_in,
    why_not,
)
from models_admin.access.project_roles import RULE_ROLES, Rule, rule_choose
from models_admin.models import ProjectRole, ProviderGroup

MAY = {"None": set()} | {role: set(acts) for role, acts in ROLES.items()}


def rule(pattern: str, role: str, *, user: User | None = None, group: str = "") -> ProjectRole:
    found = None if role == "None" else Group.objects.get(name=role)
    return ProjectRole.objects.create(user=user, group=group, pattern=pattern, role=found)


def again(user: User) -> User:
    """The account as the next request reads it."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("default", [None, *ROLES])
@pytest.mark.parametrize("role", RULE_ROLES)
def test_a_rule_replaces_the_role_of_the_account_in_its_projects_alone(
    person: Callable[..., User], default: str | None, role: str
) -> None:
    user = person(default)
    rule("prod-*", role, user=user)
    user = again(user)
    team = MAY[default or "None"] & {"team"}
    assert {act for act in PERMISSIONS if may(user, act, "prod-a")} == MAY[role] | team
    for elsewhere in ("staging", "PROD-a", None):
        assert {act for act in PERMISSIONS if may(user, act, elsewhere)} == MAY[default or "None"]
    assert (role_in(user, "prod-a"), role_in(user, "staging")) == (role, default or "None")
    assert may_read_any(user) is (default is not None or role != "None")


def test_a_refusal_says_which_role_the_person_has_in_the_project(person: Callable[..., User]) -> None:
    user = person("Maintainer")
    rule("prod-a", "Viewer", user=user)
    rule("secret", "None", user=user)
    rule("hidden-*", "None", group="contractors")
    ProviderGroup.objects.create(user=user, name="contractors")
    user = again(user)
    assert why_not(user, "read", "prod-a") == ""
    assert (
        why_not(user, "delete", "prod-a")
        == "Deleting needs the Maintainer role. In prod-a your role is Viewer."
    )
    with pytest.raises(NotAllowed, match="In prod-a your role is Viewer") as refused:
        permission_require(user=user, act="edit", project="prod-a")
    assert not isinstance(refused.value, NoAccess)
    with pytest.raises(NoAccess) as refused:
        permission_require(user=user, act="read", project="secret")
    assert str(refused.value) == (
        "You have no access to secret. An administrator has set this for your account."
    )
    assert why_not(user, "edit", "hidden-1").endswith("set this for everyone in the group contractors.")
    assert why_not(again(person("Viewer")), "edit", "prod-a") == REASONS["edit"]


def test_superusers_are_above_all_rules_and_locked_accounts_below(person: Callable[..., User]) -> None:
    root = User.objects.create_superuser("root", password="x" * 12)
    rule("*", "None", user=root)
    assert all(may(again(root), act, "prod-a") for act in PERMISSIONS)
    locked = person("Maintainer")
    rule("*", "Maintainer", user=locked)
    User.objects.filter(pk=locked.pk).update(is_active=False)
    assert not any(may(again(locked), act, "prod-a") for act in PERMISSIONS)


def test_groups_count_as_they_were_at_the_last_sign_in(person: Callable[..., User]) -> None:
    user, other = person("Viewer"), person("Viewer")
    rule("prod-*", "Maintainer", group="release")
    rule("prod-*", "Editor", group="dev")
    for name in ("release", "dev"):
        ProviderGroup.objects.create(user=user, name=name)
    assert role_in(again(user), "prod-a") == "Maintainer"
    assert role_in(again(other), "prod-a") == "Viewer"
    ProviderGroup.objects.filter(user=user, name="release").delete()
    assert role_in(again(user), "prod-a") == "Editor"
    rule("prod-a", "None", user=user)
    assert role_in(again(user), "prod-a") == "None"


def test_a_role_that_the_operator_changed_is_used_as_it_is(person: Callable[..., User]) -> None:
    user = person("Viewer")
    rule("prod-a", "Editor", user=user)
    Group.objects.get(name="Editor").permissions.clear()
    assert not may(again(user), "edit", "prod-a")
    assert not may(again(user), "read", "prod-a")


def test_a_request_costs_one_query_more(
    person: Callable[..., User], django_assert_num_queries: Callable[..., Any]
) -> None:
    user = person("Viewer")
    for name in ("a", "b", "c-*", "*"):
        rule(name, "Editor", user=user)
    user = again(user)
    assert user.has_perm("models_admin.read_models")  # Django's own two
    with django_assert_num_queries(1):
        for project in ("a", "b", "c-1", "d"):
            assert [act for act in PERMISSIONS if may(user, act, project)] == ["read", "edit"]
            assert role_in(user, project) == "Editor"


def test_the_database_refuses_a_second_rule_for_the_same(person: Callable[..., User]) -> None:
    user = person("Viewer")
    wrong = [
        {"user": user, "pattern": "prod-a"},
        {"group": "dev", "pattern": "prod-a"},
        {"user": user, "group": "dev", "pattern": "b"},
        {"pattern": "b"},
    ]
    rule("prod-a", "Editor", user=user)
    rule("prod-a", "Editor", group="dev")
    rule("prod-a", "Editor", user=person("Viewer"))
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            ProjectRole.objects.create(**fields)
    assert ProjectRole.objects.count() == 3


patterns = st.text("ab-*", min_size=1, max_size=5).filter(lambda text: "**" not in text)
rules = st.lists(
    st.builds(Rule, st.sampled_from(["", "dev", "ops"]), patterns, st.sampled_from(RULE_ROLES)), max_size=8
)


@given(rules, st.text("ab-", min_size=1, max_size=5))
def test_precedence(found: list[Rule], project: str) -> None:
    """Person before group, exact before pattern, long before short, and then the highest role."""
    chosen = rule_choose(found, project)
    matching = [item for item in found if fnmatchcase(project, item.pattern)]
    if chosen is None:
        assert not matching
        return
    assert chosen in matching
    if any(not item.group for item in matching):
        matching = [item for item in matching if not item.group]
    if any(item.pattern == project for item in matching):
        matching = [item for item in matching if item.pattern == project]
    longest = max(len(item.pattern) for item in matching)
    matching = [item for item in matching if len(item.pattern) == longest]
    assert chosen in matching
    assert RULE_ROLES.index(chosen.role) == max(RULE_ROLES.index(item.role) for item in matching)


def test_every_permission_check_but_that_of_the_team_names_its_project() -> None:
    """A check without the project would ask for the role of the account, which a rule may have lowered."""
    home = Path(__file__).resolve().parent.parent / "models_admin"
    calls = [
        (path.name, call)
        for path in home.rglob("*.py")
        if path.name != "permissions.py"
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("permission_require", "may", "why_not")
    ]
    wrong = [
        f"{name}: {ast.unparse(call)}"
        for name, call in calls
        if "team" not in [value.value for value in ast.walk(call) if isinstance(value, ast.Constant)]
        and len(call.args) < 3
        and "project" not in [word.arg for word in call.keywords]
    ]
    assert len(calls) > 10
    assert wrong == []
