"""Roles: made by a migration, given to new accounts, asked in the services."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate

from models_admin.access.permissions import (
    PERMISSIONS,
    REASONS,
    ROLES,
    NotAllowed,
    codename,
    may,
    permission_require,
)

MAY = {
    None: set(),
    "Viewer": {"read"},
    "Editor": {"read", "edit"},
    "Maintainer": {"read", "edit", "delete", "publish", "protect"},
    "Administrator": {"read", "edit", "delete", "publish", "protect", "team"},
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_includes_what_it_says_and_nothing_more(person, role):
    user = person(role)
    assert {act for act in PERMISSIONS if may(user, act)} == MAY[role]


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("act", PERMISSIONS)
def test_what_a_role_does_not_include_is_refused_with_the_reason(person, role, act):
    user = person(role)
    if act in MAY[role]:
        permission_require(user=user, act=act)
        return
    with pytest.raises(NotAllowed) as error:
        permission_require(user=user, act=act)
    assert str(error.value) == REASONS[act]


@pytest.mark.django_db
def test_the_migration_made_the_four_roles():
    made = {
        group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()
    }
    assert made == {name: {codename(act) for act in acts} for name, acts in ROLES.items()}


@pytest.mark.django_db
def test_a_new_account_is_a_viewer_however_it_was_made():
    by_page = User.objects.create_user("ana", password="x" * 12)
    by_hand = User(username="ben")
    by_hand.save()
    for user in (by_page, by_hand):
        assert [group.name for group in user.groups.all()] == ["Viewer"]
    by_page.save()  # changing it later gives nothing new
    assert by_page.groups.count() == 1


@pytest.mark.django_db
def test_a_superuser_has_every_permission_without_a_role():
    user = User.objects.create_superuser("root", password="x" * 12)
    assert not user.groups.exists()
    assert all(may(user, act) for act in PERMISSIONS)


@pytest.mark.django_db
def test_a_locked_account_has_no_permission():
    user = User.objects.create_superuser("root", password="x" * 12, is_active=False)
    assert not any(may(user, act) for act in PERMISSIONS)


def test_an_anonymous_visitor_has_no_permission():
    assert not any(may(AnonymousUser(), act) for act in PERMISSIONS)


@pytest.mark.django_db
def test_a_missing_role_is_created_again_and_a_changed_one_stays():
    Group.objects.get(name="Editor").delete()
    Group.objects.get(name="Viewer").permissions.clear()
    config = apps.get_app_config("models_admin")
    post_migrate.send(sender=config, app_config=config, verbosity=0, interactive=False, using="default")
    assert Group.objects.get(name="Editor").permissions.count() == 2
    assert Group.objects.get(name="Viewer").permissions.count() == 0


@pytest.mark.django_db
def test_no_model_of_ours_has_changed_without_a_migration():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_the_migration_works_where_django_has_not_made_the_permissions_yet():
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.filter(app_label="models_admin").delete()
    ContentType.objects.clear_cache()
    migration = import_module("models_admin.migrations.0002_roles")
    for _ in range(2):  # and a second time changes nothing
        migration.make_roles(apps, connection.schema_editor())
        assert {group.name: group.permissions.count() for group in Group.objects.all()} == {
            "Viewer": 1,
            "Editor": 2,
            "Maintainer": 3,
            "Administrator": 4,
        }
    call_command("migrate", verbosity=0)  # what Django then makes does not stand beside ours
    assert Permission.objects.filter(codename="read_models").count() == 1
