"""Signing in and out, the account page, and what happens when a session has ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.conftest import PASSWORD
from tests.editing import words

VAULT = django_settings.VAULT_COOKIE_NAME
SESSION = django_settings.SESSION_COOKIE_NAME
FORM = {"username": "ana", "password": PASSWORD}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana(person):
    return person(username="ana")


def cookie(client, name):
    """What the browser holds, "" where the cookie is cleared or was never set."""
    found = client.cookies.get(name)
    return "" if found is None or found["max-age"] == 0 else found.value


def test_the_start_page_asks_for_signing_in_first(client):
    assert client.get("/").url == "/sign-in/?next=/"
    assert client.post("/").status_code == 405


@pytest.mark.django_db
def test_the_sign_in_page_has_two_fields_and_says_who_creates_accounts(client):
    page = client.get("/sign-in/").content.decode()
    assert 'name="username"' in page
    assert 'name="password"' in page
    assert "Ask an administrator" in page


def test_signing_in_leads_to_the_start_page(client, ana):
    answer = client.post("/sign-in/", FORM)
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_the_session_id_changes_at_sign_in(client, ana):
    session = client.session  # one that an attacker planted
    session["planted"] = True
    session["connections"] = {"current": "proj_X", "projects": {}}
    session.save()
    client.cookies[SESSION] = session.session_key
    client.post("/sign-in/", FORM)
    assert cookie(client, SESSION) not in ("", session.session_key)
    assert not Session.objects.filter(pk=session.session_key).exists()
    assert "connections" not in client.session


def test_sign_in_gives_a_vault_cookie_that_no_script_reads_and_the_server_does_not_keep(client, ana):
    client.post("/sign-in/", FORM)
    found = client.cookies[VAULT]
    assert len(found.value) == 43
    assert found["httponly"]
    assert found["samesite"] == "Lax"
    assert found["path"] == "/"
    assert found["max-age"] == found["expires"] == ""  # gone with the browser session
    assert found.value not in str(dict(client.session))


def test_on_https_the_cookies_are_secure(client, ana, settings):
    settings.VAULT_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = True
    client.post("/sign-in/", FORM, secure=True)
    assert client.cookies[VAULT]["secure"]
    assert client.cookies[SESSION]["secure"]


def test_every_sign_in_gives_another_vault_cookie(client, ana):
    made = set()
    for _ in range(3):
        client.post("/sign-in/", FORM)
        made.add(cookie(client, VAULT))
    assert len(made) == 3


@pytest.mark.parametrize(
    "form",
    [
        {"username": "ana", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "off", "password": PASSWORD},
        {"username": "", "password": ""},
        {},
        {"username": "ana\x00", "password": "x"},
    ],
)
def test_a_refused_sign_in_says_the_same_for_every_cause(client, ana, form):
    User.objects.create_user("off", password=PASSWORD, is_active=False)
    answer = client.post("/sign-in/", form)
    assert answer.status_code == 422
    assert "The username and password don&#x27;t match an active account." in answer.content.decode()
    assert cookie(client, VAULT) == ""


def test_what_was_typed_as_the_name_is_kept_and_the_password_is_not(client, ana):
    page = client.post("/sign-in/", {"username": "ana<b>", "password": "s3cret-typed"}).content.decode()
    assert 'value="ana&lt;b&gt;"' in page
    assert "s3cret-typed" not in page


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_five_failures_lock_the_name_whether_it_exists_or_not(client, ana, name):
    answers = [client.post("/sign-in/", {"username": name, "password": "wrong"}) for _ in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [422] * 4
    locked = client.post("/sign-in/", {"username": name, "password": PASSWORD})
    assert locked.status_code == 429
    assert "Wait 15 minutes" in locked.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "forwarded", ["192.0.2.9:50000", "[2001:db8::9]:50000", "unknown", "a, b, \U0001f600"]
)
def test_failures_are_counted_whatever_a_proxy_writes_as_the_address(client, ana, settings, forwarded):
    settings.PROXY_COUNT = 1
    headers = {"X-Forwarded-For": forwarded}
    wrong = FORM | {"password": "wrong"}
    answers = [client.post("/sign-in/", wrong, headers=headers).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert client.post("/sign-in/", FORM, headers={"X-Forwarded-For": "192.0.2.10"}).status_code == 302


def test_the_right_password_signs_in_behind_a_proxy_that_writes_no_address(client, ana, settings):
    settings.PROXY_COUNT = 1
    assert client.post("/sign-in/", FORM, headers={"X-Forwarded-For": "unknown"}).status_code == 302


def test_a_colleagues_failures_do_not_lock_ana_out(client, ana):
    for _ in range(6):
        client.post("/sign-in/", {"username": "ana", "password": "wrong"}, REMOTE_ADDR="203.0.113.7")
    assert client.post("/sign-in/", FORM, REMOTE_ADDR="203.0.113.8").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "/projects/proj_ABC123/models/?q=llama&page=2",
        "/projects/proj_ABC123/models/abc-1/",
        "/activity/?who=ana",
    ],
)
def test_after_signing_in_the_person_is_where_they_were(client, ana, target):
    page = client.get("/sign-in/", {"next": target}).content.decode()
    assert f'value="{target.replace("&", "&amp;")}"' in page
    assert client.post("/sign-in/", FORM | {"next": target}).url == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/projects/proj_ABC123/models/\r\nX-Injected: 1",
        "http:evil.example",
        "models/",
        "/" + "a" * 3000,
        "/%0d%0a\x00",
        " //evil.example",
        "/\u202emodels",
    ],
)
def test_next_is_a_path_of_this_console_or_it_is_ignored(client, ana, target):
    assert client.post("/sign-in/", FORM | {"next": target}).url == "/"
    assert client.get("/sign-in/", {"next": target}).url == "/"  # already signed in


def test_a_person_who_is_signed_in_is_redirected(client, ana):
    client.post("/sign-in/", FORM)
    assert client.get("/sign-in/?next=/activity/").url == "/activity/"


def test_signing_out_ends_the_session_and_clears_both_cookies(client, ana):
    client.post("/sign-in/", FORM)
    key = client.session.session_key
    answer = client.post("/sign-out/")
    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    assert cookie(client, SESSION) == cookie(client, VAULT) == ""
    assert not Session.objects.filter(pk=key).exists()
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "data-signed-out" in client.get("/sign-in/").content.decode()
    assert "data-signed-out" not in client.get("/sign-in/").content.decode()


def test_signing_out_needs_post(client, ana):
    client.post("/sign-in/", FORM)
    assert client.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session


def test_both_cookies_replayed_after_sign_out_open_nothing(connected):
    kept = {name: connected.cookies[name].value for name in (SESSION, VAULT)}
    connected.post("/sign-out/")
    thief = Client()
    thief.cookies.load(kept)
    assert thief.get("/connect/").url == "/sign-in/?next=/connect/"


def test_another_person_in_the_same_browser_does_not_find_the_connections(connected, person):
    before = connected.session.session_key, cookie(connected, VAULT)
    person(username="ben")
    connected.post("/sign-in/", {"username": "ben", "password": PASSWORD})
    assert connected.session.get("connections") is None
    assert (connected.session.session_key, cookie(connected, VAULT)) != before
    assert not Session.objects.filter(pk=before[0]).exists()


@pytest.mark.django_db
def test_without_a_session_a_page_leads_to_sign_in_and_back(client):
    answer = client.get("/connect/?project=proj_A")
    assert answer.status_code == 302
    assert answer.url == "/sign-in/?next=/connect/%3Fproject%3Dproj_A"


@pytest.mark.django_db
def test_without_a_session_htmx_gets_a_whole_page_move_to_the_page_it_was_on(client):
    headers = HTMX | {"HX-Current-URL": "http://testserver/projects/proj_ABC123/models/abc/?tab=catalog"}
    answer = client.get("/connect/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=/projects/proj_ABC123/models/abc/%3Ftab%3Dcatalog"
    assert answer.content == b""


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["https://evil.example/models/", "junk", "//evil.example/x", ""])
def test_a_page_of_another_site_is_not_returned_to(client, address):
    answer = client.post("/connect/", headers=HTMX | {"HX-Current-URL": address})
    assert answer["HX-Redirect"] == "/sign-in/?next=/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/projects/proj_ABC123/models/abc/", "/projects/proj_ABC123/models/abc/"),
        ("https://evil.example/", "/"),
        ("http://[bad", "/"),
        ("", "/"),
    ],
)
def test_a_form_posted_without_a_session_leads_back_to_the_page_that_held_it(client, referer, back):
    answer = client.post("/connect/forget/", {"project": "proj_A"}, headers={"Referer": referer})
    assert answer.url == f"/sign-in/?next={back}"


def test_a_stale_tab_after_sign_out_changes_nothing(connected, sandbox):
    connected.post("/sign-out/")
    seen = len(sandbox.requests)
    answer = connected.post(
        "/connect/", {"project_id": "proj_ABC123", "api_key": "xero_any_key_1"}, headers=HTMX
    )
    assert answer.status_code == 401
    assert len(sandbox.requests) == seen


def test_an_idle_session_is_over(signed_in):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert signed_in.get("/connect/").url == "/sign-in/?next=/connect/"


def test_the_sign_in_page_says_that_a_session_has_ended_and_nothing_to_a_stranger(signed_in):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert "Your session has ended" in signed_in.get("/connect/", follow=True).content.decode()
    signed_in.cookies.clear()
    assert "Your session has ended" not in signed_in.get("/connect/", follow=True).content.decode()


def test_a_locked_account_is_signed_out_at_once(signed_in):
    User.objects.update(is_active=False)
    assert signed_in.get("/connect/").url == "/sign-in/?next=/connect/"


NEW = "a much longer passphrase 42"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


def test_the_account_page_shows_name_and_role(signed_in):
    page = signed_in.get("/account/").content.decode()
    assert signed_in.user.username in page
    assert "Maintainer" in page


def test_changing_the_password_ends_every_session_and_clears_both_cookies(connected):
    other = Client()
    other.post("/sign-in/", {"username": connected.user.username, "password": PASSWORD})
    answer = connected.post("/account/", CHANGE)
    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    assert cookie(connected, SESSION) == cookie(connected, VAULT) == ""
    assert other.get("/account/").url == "/sign-in/?next=/account/"
    again = connected.post("/sign-in/", {"username": connected.user.username, "password": NEW})
    assert again.status_code == 302
    assert connected.session.get("connections") is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"old_password": "wrong"}, "entered incorrectly"),
        ({"new_password2": "something else entirely"}, "match"),
        ({"new_password1": "shortone1", "new_password2": "shortone1"}, "at least 12 characters"),
        ({"new_password1": "password1234", "new_password2": "password1234"}, "too common"),
    ],
)
def test_a_weak_or_wrong_password_is_refused_with_the_reason(signed_in, change, reason):
    answer = signed_in.post("/account/", CHANGE | change)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert reason in page
    assert NEW not in page
    signed_in.user.refresh_from_db()
    assert signed_in.user.check_password(PASSWORD)


def test_attempts_at_the_current_password_are_limited(signed_in):
    for _ in range(5):
        assert signed_in.post("/account/", CHANGE | {"old_password": "wrong"}).status_code == 422
    answer = signed_in.post("/account/", CHANGE)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    signed_in.user.refresh_from_db()
    assert signed_in.user.check_password(PASSWORD)


def test_the_account_page_is_for_people_who_are_signed_in(client, db):
    assert client.get("/account/").url == "/sign-in/?next=/account/"
    assert client.put("/account/").status_code == 405


def test_sessions_are_json_in_the_database(settings, signed_in):
    """Whoever can write to a pickled store runs code here."""
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert Session.objects.get(pk=signed_in.session.session_key).get_decoded()


def test_a_change_needs_the_csrf_token(ana):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/", FORM).status_code == 403
    assert "_auth_user_id" not in strict.session


def test_signing_in_and_out_leaves_no_rows_behind(client, ana):
    client.post("/sign-in/", FORM)
    assert Session.objects.exists()
    client.post("/sign-out/")
    assert not Session.objects.exists()
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()


def session_left(minutes: float) -> None:
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=minutes))


def session_ends() -> timedelta:
    return Session.objects.get().expire_date - timezone.now()


def test_a_page_asks_about_the_end_of_the_session_two_minutes_before_it(connected):
    session_left(30)
    page = connected.get("/account/").content.decode()
    assert re.search(r'hx-get="/session/" hx-trigger="load delay:16(79|80)s"', page)
    assert "signed out at" not in page


def test_asking_about_the_end_of_the_session_does_not_extend_it(connected):
    session_left(30)
    answer = connected.get("/session/", headers=HTMX)
    assert re.search(r"load delay:16(79|80)s", answer.content.decode())
    assert session_ends() < timedelta(minutes=30)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_shortly_before_the_end_there_is_a_note_with_a_button_that_extends_the_session(connected, headers):
    session_left(1.9)
    answer = connected.get("/session/", headers=HTMX)
    assert re.match(
        r"You'll be signed out at \d\d:\d\d UTC because you haven't used the console for a while. Stay signed in",
        words(answer),
    )
    assert answer.content.decode().strip().startswith('<div class="banner ending"')
    assert connected.get("/session/?shown=1", headers=HTMX).status_code == 204
    assert session_ends() < timedelta(minutes=1.9)
    stayed = connected.post("/session/", headers=headers)
    assert session_ends() > timedelta(hours=1.9)
    if not headers:
        assert (stayed.status_code, stayed["Location"]) == (302, "/")
        return
    assert "signed out" not in words(stayed)
    assert "load delay:" in stayed.content.decode()


def test_the_note_goes_when_the_session_is_extended_elsewhere(connected):
    session_left(1)
    connected.get("/account/")
    answer = connected.get("/session/?shown=1", headers=HTMX)
    assert answer.status_code == 200
    assert "signed out" not in words(answer)


def test_before_the_absolute_end_the_note_has_no_button_and_nothing_extends_the_session(connected):
    session = connected.session
    session["signed_in_at"] = int(timezone.now().timestamp()) - django_settings.SESSION_ABSOLUTE_AGE + 100
    session.save()
    answer = connected.get("/session/", headers=HTMX)
    assert "because a session can't last longer. Save your changes before then" in words(answer)
    assert "Stay signed in" not in words(answer)
    connected.post("/session/", headers=HTMX)
    assert session_ends() <= timedelta(seconds=100)


def test_an_ended_session_leads_to_signing_in_from_the_note(connected):
    session_left(-1)
    page = {"HX-Current-URL": "http://testserver/account/"}
    answer = connected.get("/session/?shown=1", headers=HTMX | page)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=/account/")
