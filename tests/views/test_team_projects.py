"""/team/projects/: roles per project, for administrators."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from models_admin.access.permissions import role_in
from models_admin.models import ProjectRole, ProviderGroup
from tests.conftest import PASSWORD, sign_in
from tests.oidc.conftest import set_up
from tests.pages import Page, body_of

URL = "/team/projects/"


@pytest.fixture
def administrator(client: Client, person: Any) -> Client:
    return sign_in(client, person("Administrator", "ada"))


@pytest.fixture
def with_groups(settings: LazySettings, administrator: Client) -> Client:
    set_up(settings, issuer="https://login.example", client_id="console")
    return administrator


def add(
    client: Client, name: str = "vera", pattern: str = "prod-*", role: str = "Editor", **more: str
) -> Any:
    return client.post(URL, {"name": name, "pattern": pattern, "role": role} | more)


def text_of(answer: Any) -> str:
    return Page(body_of(answer)).text


def test_it_adds_a_role_shows_it_and_removes_it(administrator: Any, person: Any) -> None:
    vera = person("Viewer", "vera")
    assert "No project roles yet" in body_of(administrator.get(URL))
    answer = add(administrator)
    assert answer.status_code == 302, text_of(answer)
    page = text_of(administrator.get(URL))
    assert "Added: vera in prod-*: Editor." in page
    assert "prod-*" in page
    assert role_in(User.objects.get(pk=vera.pk), "prod-a") == "Editor"
    team = body_of(administrator.get("/team/"))
    assert "1 project role<" in team
    assert f"{URL}?q=vera" in team
    assert "Role for projects added: Editor in prod-*." in team
    remove = f"{URL}{ProjectRole.objects.get().pk}/remove/"
    found = f"{URL}?q=vera"
    assert f'name="next" value="{found}"' in administrator.get(found).content.decode()
    assert administrator.post(remove, {"next": found}).url == found
    assert "Removed: vera in prod-*: Editor." in text_of(administrator.get(URL))
    assert "had already been removed" in text_of(administrator.post(remove, follow=True))
    assert role_in(User.objects.get(pk=vera.pk), "prod-a") == "Viewer"
    log = [(entry.user.username, entry.object_repr, entry.change_message) for entry in LogEntry.objects.all()]
    assert log == [
        ("ada", "vera", "Role for projects removed: Editor in prod-*."),
        ("ada", "vera", "Role for projects added: Editor in prod-*."),
    ]


def test_no_access_is_a_role_too_and_names_are_found_in_any_case(administrator: Any, person: Any) -> None:
    vera = person("Maintainer", "vera")
    add(administrator, "VERA", "*", "None")
    assert "vera in *: No access" in text_of(administrator.get(URL))
    assert role_in(User.objects.get(pk=vera.pk), "prod-a") == "None"


def test_a_group_has_roles_where_there_is_a_provider(with_groups: Any, person: Any) -> None:
    page = body_of(with_groups.get(URL))
    assert "A group at the provider" in page
    add(with_groups, "Release Team", "prod-*", "Maintainer", whose="group")
    assert ProjectRole.objects.get().group == "Release Team"
    page = text_of(with_groups.get(URL))
    assert "Release Team group" in page
    assert "group Release Team in prod-*" in text_of(with_groups.get("/team/"))


def test_without_a_provider_there_are_no_groups_to_choose(administrator: Any) -> None:
    assert 'name="whose"' not in body_of(administrator.get(URL))
    answer = add(administrator, "dev", whose="group")
    assert answer.status_code == 422
    assert "There is no account with this name." in body_of(answer)


REFUSED = {
    "no account": ({"name": "nobody"}, "There is no account with this name."),
    "no name": ({"name": ""}, "Enter a name."),
    "a superuser": ({"name": "root"}, "Superusers may do everything in every project."),
    "no pattern": ({"pattern": ""}, "Enter a project ID or a pattern."),
    "a space": ({"pattern": "prod a"}, "A project ID has letters, digits, hyphens and underscores"),
    "a hyphen first": ({"pattern": "-prod"}, "begins with a letter or digit"),
    "another wildcard": ({"pattern": "prod-?"}, "there are no other wildcards."),
    "a set": ({"pattern": "prod-[ab]*"}, "There are no other wildcards."),
    "two stars": ({"pattern": "prod-**"}, "One * is enough"),
    "too long": ({"pattern": "p" * 129}, "at most 128 characters"),
    "an administrator": ({"role": "Administrator"}, "Administrator is not one of the available choices."),
    "no role": ({"role": ""}, "This field is required."),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_form_that_is_not_right_is_refused_with_the_reason(
    administrator: Any, person: Any, kind: str
) -> None:
    person("Viewer", "vera")
    User.objects.create_superuser("root", password=PASSWORD)
    wrong, reason = REFUSED[kind]
    answer = add(administrator, **{"pattern": "prod-*"} | wrong)
    assert answer.status_code == 422
    assert reason in text_of(answer)
    assert not ProjectRole.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_second_role_for_the_same_is_refused_and_shows_the_first(administrator: Any, person: Any) -> None:
    person("Viewer", "vera")
    add(administrator, role="Editor")
    answer = add(administrator, role="None")
    assert answer.status_code == 409
    assert "There is already a role for vera in prod-*: Editor. Remove it first." in text_of(answer)
    assert ProjectRole.objects.get().role_name == "Editor"
    assert LogEntry.objects.count() == 1


def test_nobody_changes_their_own_role_in_a_project(with_groups: Any, person: Any) -> None:
    ada = with_groups.user
    ProviderGroup.objects.create(user=ada, name="admins")
    assert add(with_groups, "ada", whose="person").status_code == 403
    assert add(with_groups, "admins", whose="group").status_code == 403
    assert not ProjectRole.objects.exists()
    mine = ProjectRole.objects.create(user=ada, pattern="prod-*")
    ours = ProjectRole.objects.create(group="admins", pattern="prod-*")
    for rule in (mine, ours):
        assert with_groups.post(f"{URL}{rule.pk}/remove/").status_code == 403
    page = body_of(with_groups.get(URL))
    assert page.count("disabled title=") == 2
    assert "You can&#x27;t change your own role. Another administrator can." in page
    other = sign_in(Client(), person("Administrator"))
    for rule in (mine, ours):
        assert other.post(f"{URL}{rule.pk}/remove/").status_code == 302
    assert not ProjectRole.objects.exists()


def test_it_finds_rules_and_says_when_there_are_none(administrator: Any, person: Any) -> None:
    editor = Group.objects.get(name="Editor")
    ProjectRole.objects.create(user=person("Viewer", "vera"), pattern="prod-a", role=editor)
    ProjectRole.objects.create(group="release", pattern="staging-*", role=editor)
    for query in ("ver", "prod", "ver prod"):
        page = text_of(administrator.get(f"{URL}?q={query}"))
        assert "prod-a" in page
        assert "staging" not in page
    assert "staging-*" in text_of(administrator.get(f"{URL}?q=RELEASE"))
    assert "No project roles match “zzz”" in body_of(administrator.get(f"{URL}?q=zzz"))


def test_a_page_of_rules_costs_few_queries(
    administrator: Any, person: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        ProjectRole.objects.create(user=person("Viewer"), pattern=f"p{number}")
    with django_assert_max_num_queries(9):
        assert administrator.get(URL).status_code == 200


def test_adding_needs_a_recent_sign_in_and_keeps_what_was_typed(administrator: Any, person: Any) -> None:
    person("Viewer", "vera")
    session = administrator.session
    session["authenticated_at"] -= 16 * 60
    session.save()
    answer = add(administrator)
    assert answer.status_code == 422
    assert 'name="pattern" value="prod-*"' in body_of(answer)
    assert not ProjectRole.objects.exists()
    assert add(administrator, proof_password=PASSWORD).url == URL
    assert ProjectRole.objects.count() == 1
