"""/team/: accounts and roles, for administrators."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import PASSWORD, sign_in


@pytest.fixture
def administrator(client, person):
    return sign_in(client, person("Administrator", "ada"))


def test_it_lists_everyone_with_role_and_state(administrator, person):
    person("Viewer", "vera")
    User.objects.filter(pk=person("Editor", "ed").pk).update(is_active=False)
    page = administrator.get("/team/").content.decode()
    for text in ("ada", "vera", "ed", "Viewer", "Editor", "Administrator", "Locked", "Active", "Never"):
        assert text in page


def test_it_finds_people_by_name_and_says_when_nobody_matches(administrator, person):
    person("Viewer", "vera")
    assert "vera" in administrator.get("/team/?q=ver").content.decode()
    assert "vera" in administrator.get(f"/team/?q={'+'.join(['ver', *'era'] * 300)}").content.decode()
    assert administrator.get(f"/team/?q={'+'.join(map(str, range(1000)))}").status_code == 200
    assert "No people match “zzz”" in administrator.get("/team/?q=zzz").content.decode()


@pytest.mark.parametrize("role", ["Viewer", "Editor", "Maintainer", None])
@pytest.mark.parametrize("address", ["/team/", "/team/add/", "/team/1/change/", "/team/1/password/"])
def test_other_roles_may_not_manage_the_team(client, person, role, address):
    answer = sign_in(client, person(role)).get(address)
    assert answer.status_code == 403
    assert "needs the Administrator role" in answer.content.decode()


@pytest.mark.parametrize("address", ["/team/1/lock/", "/team/1/unlock/"])
def test_a_maintainer_may_not_lock_an_account(client, person, address):
    assert sign_in(client, person("Maintainer")).post(address).status_code == 403


def test_a_visitor_has_to_sign_in_first(client, db):
    assert client.get("/team/").headers["Location"] == "/sign-in/?next=/team/"


def test_it_adds_a_person_who_can_then_sign_in(administrator):
    form = {"username": "nora", "role": "Editor", "password1": PASSWORD, "password2": PASSWORD}
    assert administrator.post("/team/add/", form).status_code == 302
    nora = User.objects.get(username="nora")
    assert [group.name for group in nora.groups.all()] == ["Editor"]
    assert Client().post("/sign-in/", {"username": "nora", "password": PASSWORD}).status_code == 302
    assert nora.is_staff is nora.is_superuser is False


def test_it_refuses_a_weak_password_and_keeps_what_was_typed(administrator):
    form = {"username": "nora", "role": "Editor", "password1": "k7short", "password2": "k7short"}
    page = administrator.post("/team/add/", form).content.decode()
    assert "too short" in page
    assert 'value="nora"' in page
    assert "k7short" not in page.replace("too short", "")


def test_fields_beyond_the_form_are_ignored(administrator):
    form = {"username": "nora", "role": "Viewer", "password1": PASSWORD, "password2": PASSWORD}
    administrator.post("/team/add/", {**form, "is_superuser": "on", "is_staff": "on"})
    assert not User.objects.get(username="nora").is_superuser


def test_changing_a_role_removes_the_old_one(administrator, person):
    vera = person("Viewer", "vera")
    administrator.post(f"/team/{vera.pk}/change/", {"username": "vera", "role": "Maintainer"})
    assert [group.name for group in vera.groups.all()] == ["Maintainer"]
    assert "Changed Role" in administrator.get("/team/").content.decode()


def test_nobody_changes_their_own_role_or_locks_themselves(administrator):
    ada = administrator.user
    administrator.post(f"/team/{ada.pk}/change/", {"username": "ada", "role": "Viewer"})
    assert [group.name for group in ada.groups.all()] == ["Administrator"]
    assert administrator.post(f"/team/{ada.pk}/lock/").status_code == 403
    assert User.objects.get(pk=ada.pk).is_active


def test_it_locks_at_once_and_unlocks(administrator, person):
    vera = person("Viewer", "vera")
    hers = sign_in(Client(), vera)
    assert hers.get("/account/").status_code == 200
    administrator.post(f"/team/{vera.pk}/lock/")
    assert hers.get("/account/").status_code == 302
    administrator.post(f"/team/{vera.pk}/unlock/")
    assert User.objects.get(pk=vera.pk).is_active


def test_a_button_of_a_row_leads_back_to_the_people_found(administrator, person):
    vera, page = person("Viewer", "vera"), "/team/?q=vera"
    assert f'name="next" value="{page}"' in administrator.get(page).content.decode()
    assert administrator.post(f"/team/{vera.pk}/lock/", {"next": page}).url == page
    assert administrator.post(f"/team/{vera.pk}/unlock/", {"next": "//elsewhere.example/"}).url == "/team/"


def test_unlocking_ends_the_lock_after_failed_sign_ins(administrator, person):
    vera = person("Viewer", "vera")
    hers = Client()
    for _ in range(5):
        hers.post("/sign-in/", {"username": "vera", "password": "wrong wrong wrong"})
    assert hers.post("/sign-in/", {"username": "vera", "password": PASSWORD}).status_code != 302
    assert "Locked until" in administrator.get("/team/").content.decode()
    administrator.post(f"/team/{vera.pk}/unlock/")
    assert hers.post("/sign-in/", {"username": "vera", "password": PASSWORD}).status_code == 302


def test_only_superusers_change_a_superuser(administrator, db):
    root = User.objects.create_superuser("root", password=PASSWORD)
    assert administrator.post(f"/team/{root.pk}/lock/").status_code == 403
    administrator.post(f"/team/{root.pk}/change/", {"username": "toor", "role": "Viewer"})
    administrator.post(
        f"/team/{root.pk}/password/", {"password1": "a new long password", "password2": "a new long password"}
    )
    root = User.objects.get(pk=root.pk)
    assert (root.username, root.check_password(PASSWORD), root.is_active) == ("root", True, True)


def test_it_sets_a_password_and_ends_the_sessions_of_that_person(administrator, person):
    vera = person("Viewer", "vera")
    hers = sign_in(Client(), vera)
    new = "another long passphrase"
    answer = administrator.post(f"/team/{vera.pk}/password/", {"new_password1": new, "new_password2": new})
    assert answer.status_code == 302
    assert User.objects.get(pk=vera.pk).check_password(new)
    assert hers.get("/account/").status_code == 302


def test_it_never_deletes_an_account(administrator, person):
    vera = person("Viewer", "vera")
    assert administrator.post(f"/team/{vera.pk}/delete/", {"post": "yes"}).status_code == 404
    assert User.objects.filter(pk=vera.pk).exists()


@pytest.mark.parametrize(
    "query",
    [
        "e=1&anything=1",
        "_to_field=password",
        "groups__name=x",
        "_popup=1",
        "o=1.2.3",
        "p=99",
        "page=abc",
        "page=-1",
        "page=99999999999999999999",
        "q=%00",
        "q=%ED%A0%80",
        "all=",
    ],
)
def test_unknown_and_malformed_parameters_are_ignored(administrator, query, caplog):
    answer = administrator.get(f"/team/?{query}")
    assert answer.status_code == 200
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("query", ["_to_field=password", "_popup=1", "groups__name=x"])
def test_a_persons_pages_ignore_unknown_parameters_too(administrator, person, query):
    vera = person("Viewer", "vera")
    for page in ("change", "password"):
        assert administrator.get(f"/team/{vera.pk}/{page}/?{query}").status_code == 200


@pytest.mark.parametrize("page", ["change", "password"])
@pytest.mark.parametrize("pk", ["0", "987654", "9" * 30])
def test_an_unknown_account_is_not_found(administrator, page, pk):
    assert administrator.get(f"/team/{pk}/{page}/").status_code == 404


@pytest.mark.parametrize(("there", "added"), [("ana", "Ana"), ("ärger", "ÄRGER"), ("straße", "STRASSE")])
def test_names_that_differ_in_case_only_are_refused(administrator, person, there, added):
    person("Viewer", there)
    form = {"username": added, "role": "Viewer", "password1": PASSWORD, "password2": PASSWORD}
    answer = administrator.post("/team/add/", form)
    assert answer.status_code == 422
    assert "There is already an account with this name." in answer.content.decode()
    other = person("Viewer", "other")
    assert administrator.post(f"/team/{other.pk}/change/", form).status_code == 422
    assert User.objects.filter(username=added).count() == 0


def test_the_case_of_ones_own_name_can_be_changed(administrator, person):
    vera = person("Viewer", "vera")
    assert (
        administrator.post(f"/team/{vera.pk}/change/", {"username": "Vera", "role": "Viewer"}).status_code
        == 302
    )
    assert User.objects.get(pk=vera.pk).username == "Vera"


def test_a_long_team_is_shown_in_pages(administrator):
    User.objects.bulk_create(User(username=f"member-{number:03}") for number in range(60))
    first, second = (administrator.get(f"/team/?q=member&page={page}").content.decode() for page in (1, 2))
    assert "member-049" in first
    assert "member-050" not in first
    assert 'href="?q=member&amp;page=2"' in first
    assert "member-059" in second


def test_every_change_to_an_account_is_listed_with_who_made_it(administrator, person):
    vera = person("Viewer", "vera")
    administrator.post(f"/team/{vera.pk}/lock/")
    administrator.post(
        f"/team/{vera.pk}/password/",
        {"new_password1": "another long one", "new_password2": "another long one"},
    )
    page = administrator.get("/team/").content.decode()
    for line in ("<b>ada</b> · vera<br>Locked.", "Changed New password"):
        assert line in page
    assert "another long one" not in page
