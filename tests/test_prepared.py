"""A prepared query answers as the query that it was written from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User

from models_admin.access.permissions import PERMISSIONS, ROLES, may
from models_admin.backends import RoleBackend
from models_admin.prepared import Prepared

OURS = set(PERMISSIONS.values())


def both(user: User) -> tuple[set[str], set[str]]:
    """What our backend says, and what Django's own says of the same account."""
    ours = RoleBackend().get_all_permissions(User.objects.get(pk=user.pk))
    theirs = ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))
    return ours, {name for name in theirs if name.startswith("models_admin.")}


@pytest.mark.parametrize("role", [*ROLES, None])
def test_a_role_permits_what_django_says_it_does(person: Callable[..., User], role: str | None) -> None:
    person("Administrator")  # somebody else holds more
    ours, theirs = both(person(role))
    assert ours == theirs
    assert len(ours & OURS) == len(ROLES[role] if role else ())


def test_what_is_given_to_the_account_itself_counts_too(person: Callable[..., User]) -> None:
    user = person("Viewer")
    user.user_permissions.add(Permission.objects.get(codename="delete_models"))
    ours, theirs = both(user)
    assert ours == theirs
    assert {"models_admin.delete_models", "models_admin.read_models"} <= ours


def test_an_account_that_is_off_may_nothing_and_a_superuser_everything(person: Callable[..., User]) -> None:
    off = person("Administrator")
    off.is_active = False
    assert RoleBackend().get_all_permissions(off) == set()
    assert RoleBackend().get_all_permissions(User.objects.create_superuser("root")) >= OURS


def test_one_query_tells_all(person: Callable[..., User], django_assert_num_queries: Any) -> None:
    user = person("Editor")
    with django_assert_num_queries(1):
        assert [may(user, act) for act in PERMISSIONS] == [True, True, False, False]


def test_a_role_taken_away_counts_at_once(person: Callable[..., User]) -> None:
    user = person("Editor")
    assert may(user, "edit")
    user.groups.clear()
    assert not may(User.objects.get(pk=user.pk), "edit")


@pytest.mark.django_db
def test_values_go_where_their_stand_ins_were() -> None:
    query = Prepared(
        lambda first, second: Group.objects.filter(name__in=[first, second]).values_list("name"), "a", "b"
    )
    assert {name for (name,) in query.rows("Viewer", "Editor")} == {"Viewer", "Editor"}
    assert query.rows("a", "b") == []
    assert query.rows("'; drop table auth_group; --", "Viewer") == [("Viewer",)]


@pytest.mark.django_db
def test_an_account_is_read_as_django_reads_it(
    person: Callable[..., User], django_assert_num_queries: Any
) -> None:
    by_django = person("Editor")
    by_django.refresh_from_db()
    with django_assert_num_queries(1):
        read = RoleBackend().get_user(str(by_django.pk))
    assert read == by_django
    for field in User._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(by_django, field.attname), field


def test_an_account_that_is_off_or_gone_is_nobody(person: Callable[..., User]) -> None:
    off = person("Viewer")
    User.objects.filter(pk=off.pk).update(is_active=False)
    assert RoleBackend().get_user(off.pk) is None
    assert RoleBackend().get_user(off.pk + 1000) is None
