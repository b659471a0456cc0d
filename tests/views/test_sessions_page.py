"""/account/sessions/: where one is signed in, and ending sessions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from models_admin.formatting.user_agent import browser_and_system
from models_admin.models import BrowserSession
from tests.conftest import PASSWORD, connect
from tests.editing import words

PAGE = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 "
    "Mobile/15E148 Safari/604.1"
)


def browser(username: str, agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    """Signed in by the form, from this address."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert client.post("/sign-in/", {"username": username, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def ana(person):
    return person(username="ana")


def end_buttons(client: Client) -> list[str]:
    return re.findall(r'action="(/account/sessions/\d+/end/)"', client.get(PAGE).content.decode())


def test_it_lists_browser_address_and_times_of_each_and_marks_this_one(ana):
    here = browser("ana")
    browser("ana", SAFARI, "2001:db8::9")
    text = words(here.get(PAGE))
    assert re.search(
        r"Firefox on Linux this session From 192\.0\.2\.7 , since .* UTC ?\. Last used .* UTC ?\.", text
    )
    assert "Safari on iPhone From 2001:db8::9" in text
    assert text.index("Firefox on Linux") < text.index("Safari on iPhone")
    assert len(end_buttons(here)) == 1


def test_no_session_key_is_on_the_page(ana):
    here, there = browser("ana"), browser("ana", SAFARI)
    page = here.get(PAGE).content.decode()
    for client in (here, there):
        assert client.cookies[django_settings.SESSION_COOKIE_NAME].value not in page


def test_ending_one_makes_it_useless_at_once_and_leaves_the_others(ana, api_url):
    here, there, third = browser("ana"), connect(browser("ana", SAFARI)), browser("ana", "curl/8.5.0")
    ended = Session.objects.get(pk=there.session.session_key)
    buttons = end_buttons(here)
    answer = here.post(buttons[1], follow=True)
    assert "Session ended: Safari on iPhone." in words(answer)
    assert not Session.objects.filter(pk=ended.pk).exists()  # with the encrypted key in it
    assert there.get("/account/").url == "/sign-in/?next=/account/"
    assert there.get("/projects/proj_ABC123/models/").url.startswith("/sign-in/")
    assert third.get("/account/").status_code == here.get("/account/").status_code == 200
    assert "Safari on iPhone" not in words(here.get(PAGE)).split("Session ended")[0]


def test_a_request_in_an_ended_session_does_not_bring_it_back(ana):
    here, there = browser("ana"), browser("ana", SAFARI)
    loaded = there.session
    assert "_auth_user_id" in loaded  # read, as by a request that is under way
    here.post(f"{PAGE}end-others/")
    loaded["something"] = 1
    with pytest.raises(UpdateError):
        loaded.save()
    assert there.get("/account/").status_code == 302


def test_ending_all_others(ana, person):
    person(username="ben")
    here, there, third, other = browser("ana"), browser("ana", SAFARI), browser("ana"), browser("ben")
    answer = here.post(f"{PAGE}end-others/", follow=True)
    assert "2 sessions ended." in words(answer)
    assert "End all others" not in words(answer)
    assert [c.get("/account/").status_code for c in (here, there, third, other)] == [200, 302, 302, 200]
    assert "You aren't signed in anywhere else." in words(here.post(f"{PAGE}end-others/", follow=True))


def test_another_persons_session_does_not_exist(ana, person):
    person("Administrator", "ada")
    here, other = browser("ana"), browser("ada")
    pk = BrowserSession.objects.get(session=other.session.session_key).pk
    assert here.post(f"{PAGE}{pk}/end/").status_code == 404
    assert other.get("/account/").status_code == 200


def test_this_session_is_ended_by_signing_out(ana):
    here = browser("ana")
    pk = BrowserSession.objects.get().pk
    assert "To end it, sign out." in words(here.post(f"{PAGE}{pk}/end/", follow=True))
    here.post("/sign-out/")
    assert not BrowserSession.objects.exists()


def test_each_end_is_recorded_with_the_changes_to_accounts(ana):
    here = browser("ana")
    browser("ana", SAFARI, "2001:db8::9")
    here.post(end_buttons(here)[0])
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_repr) == (ana, "ana")
    assert entry.get_change_message() == "Ended a session: Safari on iPhone, 2001:db8::9."


def test_sessions_that_a_new_password_made_useless_are_not_listed(ana):
    browser("ana", SAFARI)
    user = User.objects.get(username="ana")
    user.set_password(PASSWORD + "!")
    user.save()
    here = Client()
    here.post("/sign-in/", {"username": "ana", "password": PASSWORD + "!"})
    assert BrowserSession.objects.count() == 2
    assert "Safari" not in words(here.get(PAGE))


def test_expired_sessions_are_not_listed(ana):
    here, there = browser("ana"), browser("ana", SAFARI)
    Session.objects.filter(pk=there.session.session_key).update(expire_date=timezone.now())
    assert "Safari" not in words(here.get(PAGE))


@pytest.mark.parametrize(
    "age", [timedelta(hours=1), timedelta(hours=11, minutes=30)], ids=["early", "near the end"]
)
def test_last_use_is_recorded_until_the_absolute_end(ana, age):
    here = browser("ana")
    session = here.session
    session["signed_in_at"] = int((timezone.now() - age).timestamp())
    session.save()
    earlier = timezone.now() - timedelta(minutes=10)
    BrowserSession.objects.update(used_at=earlier)
    Session.objects.filter(pk=session.session_key).update(
        expire_date=min(session.get_expiry_date(), earlier + timedelta(hours=2))
    )
    here.get("/session/")  # a page that is open asks by itself, which is no use
    assert BrowserSession.objects.get().used_at == earlier
    here.get("/account/")
    assert timezone.now() - BrowserSession.objects.get().used_at < timedelta(minutes=1)


def test_what_was_not_recorded_is_said(ana):
    here = browser("ana")
    BrowserSession.objects.update(address=None, used_at=None, user_agent="")
    text = words(here.get(PAGE))
    assert "Unknown browser this session Address not recorded, since" in text
    assert "Last use not recorded." in text


@pytest.mark.parametrize("agent", ["<b>x</b>/1", "\u202e/1", "x" * 5000, "", "Mozilla/5.0"])
def test_a_browser_may_send_any_text(ana, agent):
    page = browser("ana", agent.encode("utf-8").decode("latin-1")).get(PAGE).content.decode()
    assert "Unknown browser" in page
    assert "<b>x" not in page


@pytest.mark.parametrize(
    ("agent", "sentence"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/143.0 Safari/537.36 Edg/143.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/143.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("Mozilla/5.0 (Linux)", "Unknown browser on Linux"),
        ("", "Unknown browser"),
    ],
)
def test_browser_and_system_are_read(agent, sentence):
    assert browser_and_system(agent) == sentence
