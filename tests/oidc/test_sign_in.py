"""Signing in at a real provider, from the button to the role."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from models_admin.access.permissions import role_in, role_of
from models_admin.models import ProjectRole, ProviderGroup
from tests.conftest import PASSWORD, connect, sign_in
from tests.oidc.conftest import CALLBACK, go, group_of, leave
from tests.pages import body_of
from tests.sandbox_fixture import PROJECT

pytestmark = pytest.mark.django_db

VAULT, SESSION = django_settings.VAULT_COOKIE_NAME, django_settings.SESSION_COOKIE_NAME
MODELS = f"/projects/{PROJECT}/models/"


def account(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_the_button_leads_to_the_provider_with_state_nonce_and_pkce(client, canaille):
    page = body_of(client.get(f"/sign-in/?next={MODELS}"))
    assert f'href="/sign-in/oidc/?next={MODELS}"' in page
    assert "Sign in with Example SSO" in page
    there = client.get(f"/sign-in/oidc/?next={MODELS}")
    query = {name: value[0] for name, value in parse_qs(urlsplit(there.url).query).items()}
    assert there.url.startswith(f"{canaille.url}oauth/authorize?")
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert len(query["state"]) >= 16
    assert len(query["nonce"]) >= 32
    assert set(query["scope"].split()) == {"openid", "profile", "email", "groups"}
    assert query["redirect_uri"] == "http://testserver/sign-in/oidc/callback/"


def test_a_person_comes_back_to_where_they_wanted_to_be_with_the_role_of_their_groups(
    client, canaille, member
):
    member(
        "console-editors",
        "console-viewers",
        "something-else",
        user_name="ana",
        display_name="ana",
        given_name="Ana",
    )
    answer = go(client, canaille, f"/sign-in/oidc/?next={MODELS}")
    assert (answer.status_code, answer.url) == (302, MODELS)
    ana = account(client)
    assert (ana.username, ana.first_name) == ("ana", "Ana")
    assert role_of(ana) == "Editor"
    assert not ana.has_usable_password()
    assert [(entry.user, entry.object_repr, entry.change_message) for entry in LogEntry.objects.all()] == [
        (ana, "ana", "Added at the first sign-in with Example SSO, as Editor.")
    ]


def test_the_session_is_as_after_any_sign_in(client, canaille, member):
    member("console-viewers")
    client.get("/sign-in/oidc/")
    before = client.cookies[SESSION].value
    go(client, canaille)
    after = client.cookies[SESSION].value
    assert before != after
    assert not Session.objects.filter(pk=before).exists()
    assert len(client.cookies[VAULT].value) == 43
    assert client.cookies[VAULT]["httponly"]
    assert isinstance(client.session["signed_in_at"], int)
    assert "socialaccount_states" not in client.session


def test_connecting_and_reading_work_after_it(client, canaille, member, api_url):
    member("console-viewers")
    go(client, canaille)
    assert connect(client).get(MODELS).status_code == 200


def test_the_role_is_set_from_the_groups_at_every_sign_in(client, canaille, member):
    ana = member("console-viewers", user_name="ana", display_name="ana")
    go(client, canaille)
    group_of(canaille, "console-admins", ana)
    client.post("/sign-out/")
    go(client, canaille)
    assert role_of(account(client)) == "Administrator"
    leave(canaille, "console-admins", ana)
    client.post("/sign-out/")
    go(client, canaille)
    assert role_of(account(client)) == "Viewer"
    assert [entry.change_message for entry in LogEntry.objects.all()[:2]] == [
        "Role changed from Administrator to Viewer by the groups at Example SSO.",
        "Role changed from Viewer to Administrator by the groups at Example SSO.",
    ]
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_nobody_without_a_mapped_group_gets_in(client, canaille, member):
    member("something-else")
    answer = go(client, canaille)
    assert answer.status_code == 403
    assert "your groups there don&#x27;t include access" in body_of(answer)
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


def test_who_leaves_the_group_loses_access_at_the_next_sign_in_and_in_open_sessions(
    client, canaille, member, api_url
):
    ana = member("console-editors", user_name="ana", display_name="ana")
    go(client, canaille)
    connect(client)
    leave(canaille, "console-editors", ana)
    answer = go(Client(), canaille)
    assert answer.status_code == 403
    assert "your groups there don&#x27;t include access" in body_of(answer)
    assert role_of(User.objects.get()) == "None"
    assert [entry.change_message for entry in LogEntry.objects.all()[:2]] == [
        "Ended a session: Unknown browser, 127.0.0.1.",
        "Role Editor removed by the groups at Example SSO.",
    ]
    assert client.get(MODELS).url == f"/sign-in/?next={MODELS}"


def test_a_refusal_at_the_provider_does_not_sign_out_someone_else(client, canaille, member, person):
    member("something-else")
    there = client.get("/sign-in/oidc/")
    root = person("Administrator", "root")
    sign_in(client, root)  # in another tab
    back = canaille.test_client.get(there.url)
    answer = client.get(back.location.removeprefix("http://testserver"))
    assert answer.status_code == 403
    assert "your groups there don&#x27;t include access" in body_of(answer)
    assert account(client) == root


def test_a_role_in_a_project_gives_no_access_without_a_group_at_the_provider(
    client, canaille, member, api_url, settings
):
    member("console-viewers", user_name="pia", display_name="pia", password=PASSWORD)
    go(client, canaille)
    connect(client)
    maintainer = Group.objects.get(name="Maintainer")
    ProjectRole.objects.create(user=account(client), pattern=PROJECT, role=maintainer)
    assert client.get(f"{MODELS}my-custom-model/edit/").status_code == 404  # allowed, and no such model
    mapped = settings.OIDC
    settings.OIDC = replace(mapped, roles={"console-admins": "Administrator"})
    start = "/sign-in/oidc/?again=1&next=/about/"
    answer = go_again(client, canaille, start)  # the one open session, which proves who it is
    assert answer.status_code == 403
    assert "your groups there don&#x27;t include access" in body_of(answer)
    assert "_auth_user_id" not in client.session
    assert client.get(MODELS).url == f"/sign-in/?next={MODELS}"
    settings.OIDC = mapped
    go(client, canaille)
    assert role_in(account(client), PROJECT) == "Maintainer"


def test_a_locked_account_stays_out(client, canaille, member):
    member("console-editors")
    go(client, canaille)
    User.objects.update(is_active=False)
    other = Client()
    answer = go(other, canaille)
    assert answer.status_code == 403
    assert "is locked" in body_of(answer)
    assert not User.objects.get().is_active


def test_people_are_not_matched_by_name_or_mail(client, canaille, member):
    local = User.objects.create_user("Ana", email="ana@example.com", password=PASSWORD)
    member("console-editors", user_name="ana", display_name="ana", emails=["ana@example.com"])
    go(client, canaille)
    assert account(client).pk != local.pk
    assert account(client).username == "ana-2"
    assert role_of(User.objects.get(pk=local.pk)) == "Viewer"


def test_the_same_subject_of_another_issuer_is_another_person(client, canaille, member, settings):
    member("console-editors", user_name="ana", display_name="ana")
    go(client, canaille)
    SocialAccount.objects.update(provider="https://other.example.com")
    go(Client(), canaille)
    assert sorted(User.objects.values_list("username", flat=True)) == ["ana", "ana-2"]


def test_a_state_counts_once_and_only_in_the_browser_that_began(client, canaille, member):
    member("console-editors")
    there = client.get("/sign-in/oidc/")
    back = canaille.test_client.get(there.url).location.removeprefix("http://testserver")
    assert Client().get(back).status_code == 400  # login CSRF: another person's code in this browser
    assert client.get(back).status_code == 302
    again = client.get(back)
    assert again.status_code == 400
    assert "started in another browser" in body_of(again)


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""],
)
def test_next_is_a_path_of_this_console(client, canaille, member, target):
    member("console-editors")
    there = client.get("/sign-in/oidc/", {"next": target})
    back = canaille.test_client.get(there.url).location
    assert client.get(back.removeprefix("http://testserver")).url == "/"


def test_an_account_that_is_signed_in_already_goes_on_without_the_provider(client, canaille, member):
    member("console-editors")
    go(client, canaille)
    assert client.get(f"/sign-in/oidc/?next={MODELS}").url == MODELS


def test_cancelling_at_the_provider_is_said(client, canaille):
    state = parse_qs(urlsplit(client.get("/sign-in/oidc/").url).query)["state"][0]
    answer = client.get("/sign-in/oidc/callback/", {"state": state, "error": "access_denied"})
    assert answer.status_code == 403
    assert "You cancelled signing in" in body_of(answer)
    # What the browser has is no session that ended.
    assert "session has ended" not in body_of(client.get("/account/", follow=True))


def test_signing_out_goes_on_at_the_provider(client, canaille, member):
    member("console-editors")
    go(client, canaille)
    answer = client.post("/sign-out/")
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.cookies[VAULT].value == ""
    address = answer["Refresh"].removeprefix("0; url=")
    assert address.startswith(f"{canaille.url}oauth/end_session?client_id=console-")
    assert "post_logout_redirect_uri=http%3A%2F%2Ftestserver%2Fsign-in%2F" in address
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


def test_turning_single_sign_on_off_ends_its_sessions(client, canaille, member, settings):
    member("console-editors")
    go(client, canaille)
    settings.OIDC = None
    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]
    assert client.get("/account/").status_code == 302


def test_no_token_is_kept(client, canaille, member):
    member("console-editors")
    go(client, canaille)
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}


class TestLocalAccounts:
    """LOCAL_SIGN_IN, beside a provider."""

    def sign_in(self, client, user):
        return client.post("/sign-in/", {"username": user.username, "password": PASSWORD})

    @pytest.mark.parametrize(
        ("value", "viewer", "administrator"),
        [("all", 302, 302), ("administrators", 422, 302), ("none", 403, 403)],
    )
    def test_who_may_sign_in_with_a_password(self, canaille, person, settings, value, viewer, administrator):
        settings.LOCAL_SIGN_IN = value
        assert self.sign_in(Client(), person("Viewer")).status_code == viewer
        assert self.sign_in(Client(), person("Administrator")).status_code == administrator
        assert ('name="password"' in body_of(Client().get("/sign-in/"))) is (value != "none")

    def test_a_superuser_is_an_administrator(self, client, canaille, db):
        root = User.objects.create_superuser("root", password=PASSWORD)
        assert self.sign_in(client, root).status_code == 302


class TestWithoutAProvider:
    def test_its_addresses_are_not_there(self, client):
        assert client.get("/sign-in/oidc/").status_code == 404
        assert client.get("/sign-in/oidc/callback/?state=x&code=y").status_code == 404

    @pytest.mark.parametrize(
        "path", ["accounts/login/", "accounts/", "signup/", "social/connections/", "oidc/x/login/"]
    )
    def test_no_page_of_allauth_is_served(self, client, path):
        assert client.get(f"/{path}").status_code == 404

    def test_the_sign_in_page_is_as_before(self, client):
        page = body_of(client.get("/sign-in/"))
        assert "Sign in with" not in page
        assert "forgotten your password?" in page


def go_again(client: Client, canaille: Any, start: str) -> Any:
    """The same for someone who is signed in there: the provider asks for the password again."""
    there = client.get(start)
    back = canaille.test_client.get(there.url)
    assert back.location.endswith("/auth/password")  # the one who is signed in there, by the password
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', canaille.test_client.get(back.location).text)
    form = {"password": PASSWORD, "csrf_token": token[1] if token else ""}
    back = canaille.test_client.post(back.location, data=form)
    assert back.location, back.text[-3000:]
    while not back.location.startswith(CALLBACK):
        back = canaille.test_client.get(back.location)
    return client.get(back.location.removeprefix("http://testserver"))


def stale(client: Client, canaille: object) -> Client:
    """Signed in at the provider 16 minutes ago."""
    go(client, canaille)
    session = client.session
    session["authenticated_at"] -= 16 * 60
    session.save()
    return client


def test_the_provider_proves_again_who_it_is_before_accounts_are_managed(client, canaille, member):
    member("console-admins", user_name="ada", display_name="ada", password=PASSWORD)
    stale(client, canaille)
    keys = client.session["_auth_user_id"], client.cookies[VAULT].value, client.session["signed_in_at"]
    page = body_of(client.get("/team/add/", follow=True))
    assert "proof_password" not in page
    start = "/sign-in/oidc/?again=1&amp;next=/team/add/"
    assert f'href="{start}">Sign in again with Example SSO' in page
    there = client.get(start.replace("&amp;", "&"))
    query = parse_qs(urlsplit(there.url).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["60"])
    assert go_again(client, canaille, start.replace("&amp;", "&")).url == "/team/add/"
    assert client.get("/team/add/").status_code == 200
    assert keys == (
        client.session["_auth_user_id"],
        client.cookies[VAULT].value,
        client.session["signed_in_at"],
    )


def test_a_form_stays_open_while_the_provider_asks_in_another_tab(client, canaille, member):
    member("console-admins", user_name="ada", display_name="ada", password=PASSWORD)
    stale(client, canaille)
    page = body_of(client.post("/team/add/", {"username": "nora"}))
    assert 'name="username" value="nora"' in page
    assert 'target="_blank"' in page
    assert "Confirmed" in body_of(
        client.get(go_again(client, canaille, "/sign-in/oidc/?again=1&next=/account/confirm/").url)
    )
    assert 'value="nora"' in body_of(client.post("/team/add/", {"username": "nora"}))


def test_another_person_at_the_provider_proves_nothing(client, canaille, member):
    member("console-admins", user_name="ada", display_name="ada", password=PASSWORD)
    stale(client, canaille)
    member("console-admins", user_name="eve", display_name="eve", password=PASSWORD)
    answer = go_again(client, canaille, "/sign-in/oidc/?again=1&next=/team/add/")
    assert answer.status_code == 403
    assert "as someone else" in body_of(answer)
    assert not User.objects.filter(username="eve").exists()
    assert client.get("/team/add/").status_code == 302


def test_a_rule_for_a_group_counts_from_the_sign_in_that_brings_it_until_the_one_that_does_not(
    client, canaille, member, api_url
):
    editor = Group.objects.get(name="Editor")
    ProjectRole.objects.create(group="release", pattern="proj_*", role=editor)
    ana = member("console-viewers", "release", user_name="ana", display_name="ana")
    go(client, canaille)
    assert set(ProviderGroup.objects.values_list("name", flat=True)) == {"console-viewers", "release"}
    assert role_in(account(client), PROJECT) == "Editor"
    edit = f"{MODELS}my-custom-model/edit/"
    assert "needs the Editor role" not in body_of(connect(client).get(edit))
    leave(canaille, "release", ana)
    client.post("/sign-out/")
    go(client, canaille)
    assert role_in(account(client), PROJECT) == "Viewer"
    assert connect(client).get(edit).status_code == 403
    leave(canaille, "console-viewers", ana)
    client.post("/sign-out/")
    assert go(client, canaille).status_code == 403
    assert not ProviderGroup.objects.exists()


def test_who_signs_in_at_the_provider_has_the_second_factor_there(client, canaille, member, settings):
    settings.SECOND_FACTOR_REQUIRED = ("Administrator",)
    member("console-admins", user_name="ada", display_name="ada")
    go(client, canaille)
    assert client.get("/team/").status_code == 200
    assert "your second factor is set up there" in body_of(client.get("/account/factor/"))
    assert client.get("/account/factor/app/").status_code == 403
