"""What the session keeps of a person's connections, and who can open them."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import login, logout
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from django.db import connections as databases
from django.test import RequestFactory

from models_admin.access import connections
from models_admin.access.connections import (
    NoConnection,
    access_open,
    connection_add,
    connection_forget,
    connections_list,
    project_last_used,
    route_remember,
    routes_known,
)
from models_admin.access.vault import VaultExpired, VaultLocked
from models_admin.middleware import idle as session_clock
from models_admin.xerotier.secret import Secret

TEXT = "xero_myproject_canary_91c2"
SessionStore = import_module(django_settings.SESSION_ENGINE).SessionStore


def request_of(user, *, session=None, cookie=None):
    """A request as the middleware hands it to a view: the session read again, the browser's cookie with it."""
    request = RequestFactory().get("/projects/proj_ABC123/models/")
    request.session = SessionStore(session)
    request.user = user
    if cookie is not None:
        request.COOKIES[django_settings.VAULT_COOKIE_NAME] = cookie
    return request


def browser(user):
    """A person who is signed in: (session key, vault cookie), as the browser holds them."""
    request = request_of(user)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    assert session_clock.BEGAN in request.session
    request.session.save()
    return request.session.session_key, request.vault_cookie


def added(user, session, cookie, project="proj_A", text=TEXT):
    request = request_of(user, session=session, cookie=cookie)
    connection_add(request=request, project=project, key=Secret(text))


@pytest.fixture
def ana(person):
    return person(username="ana")


@pytest.fixture
def ben(person):
    return person(username="ben")


@pytest.fixture
def open_browser(ana):
    """Ana's session and cookie, with proj_A connected."""
    session, cookie = browser(ana)
    added(ana, session, cookie)
    return session, cookie


def test_the_key_opens_for_the_browser_that_sealed_it(ana, open_browser):
    session, cookie = open_browser
    access = access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")
    assert (access.project, access.user, access.key.reveal()) == ("proj_A", ana, TEXT)


def test_an_access_does_not_print_its_key(ana, open_browser):
    session, cookie = open_browser
    assert TEXT not in repr(
        access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")
    )


def test_the_session_row_holds_project_last_four_time_and_sealed_key_and_nothing_else(open_browser):
    row = SessionStore(open_browser[0]).load()
    entry = row["connections"]["projects"]["proj_A"]
    assert sorted(entry) == ["connected_at", "kid", "last4", "sealed"]
    assert entry["last4"] == "91c2"
    assert TEXT not in json.dumps(row)
    assert open_browser[1] not in json.dumps(row)


def test_a_database_dump_opens_nothing(ana, open_browser):
    """Whoever reads the table has the session id too: without the vault cookie it is of no use."""
    dumped = Session.objects.get(pk=open_browser[0])
    for cookie in (None, "", dumped.session_key, "A" * 43):
        with pytest.raises(VaultLocked):
            access_open(request=request_of(ana, session=dumped.session_key, cookie=cookie), project="proj_A")


def test_a_database_dump_and_every_server_secret_open_nothing(ana, open_browser, settings):
    """The settings hold all of them here, as for the thief: only the browser's half is missing."""
    assert settings.VAULT_KEYS
    assert settings.SECRET_KEY
    for guess in range(200):
        with pytest.raises(VaultLocked):
            access_open(
                request=request_of(ana, session=open_browser[0], cookie=f"{guess:043d}"), project="proj_A"
            )


def test_both_cookies_without_the_server_key_open_nothing(ana, open_browser, settings):
    settings.VAULT_KEYS = ["a-key-of-the-thief-" * 3]
    with pytest.raises(VaultLocked):
        access_open(
            request=request_of(ana, session=open_browser[0], cookie=open_browser[1]), project="proj_A"
        )


def test_a_sealed_key_moved_into_another_persons_session_does_not_open(ana, ben, open_browser):
    session, cookie = browser(ben)
    store = SessionStore(session)
    store["connections"] = SessionStore(open_browser[0])["connections"]
    store.save()
    for half in (cookie, open_browser[1]):  # even with the other person's own cookie
        with pytest.raises(VaultLocked):
            access_open(request=request_of(ben, session=session, cookie=half), project="proj_A")


def test_a_sealed_key_put_beside_another_project_does_not_open(ana, open_browser):
    store = SessionStore(open_browser[0])
    entry = store["connections"]["projects"]["proj_A"]
    store["connections"] = {"last_used": "proj_B", "projects": {"proj_B": entry}}
    store.save()
    with pytest.raises(VaultLocked):
        access_open(
            request=request_of(ana, session=open_browser[0], cookie=open_browser[1]), project="proj_B"
        )


def test_an_entry_that_does_not_open_is_kept(ana, open_browser):
    """A guesser who holds the session id must not lock its owner out."""
    with pytest.raises(VaultLocked):
        access_open(request=request_of(ana, session=open_browser[0], cookie="A" * 43), project="proj_A")
    access = access_open(
        request=request_of(ana, session=open_browser[0], cookie=open_browser[1]), project="proj_A"
    )
    assert access.key.reveal() == TEXT


def test_an_expired_entry_is_deleted(ana, open_browser, settings, monkeypatch):
    later = connections.time.time() + settings.SESSION_ABSOLUTE_AGE + 1
    monkeypatch.setattr(connections.time, "time", lambda: later)
    request = request_of(ana, session=open_browser[0], cookie=open_browser[1])
    with pytest.raises(VaultExpired):
        access_open(request=request, project="proj_A")
    assert SessionStore(open_browser[0])["connections"]["projects"] == {}


def test_a_key_expires_with_the_session_however_late_it_was_connected(ana, settings, monkeypatch):
    session, cookie = browser(ana)
    started = connections.time.time()
    monkeypatch.setattr(connections.time, "time", lambda: started + settings.SESSION_ABSOLUTE_AGE - 60)
    added(ana, session, cookie)
    monkeypatch.setattr(connections.time, "time", lambda: started + settings.SESSION_ABSOLUTE_AGE + 1)
    with pytest.raises(VaultExpired):
        access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")


def test_an_entry_moves_to_the_first_server_key_when_it_is_used(ana, open_browser, settings):
    session, cookie = open_browser
    old = settings.VAULT_KEYS[0]
    settings.VAULT_KEYS = ["a-newer-server-key-" * 3, old]
    request = request_of(ana, session=session, cookie=cookie)
    assert access_open(request=request, project="proj_A").key.reveal() == TEXT
    resealed = SessionStore(session)["connections"]
    settings.VAULT_KEYS = settings.VAULT_KEYS[:1]
    request = request_of(ana, session=session, cookie=cookie)
    assert access_open(request=request, project="proj_A").key.reveal() == TEXT
    assert SessionStore(session)["connections"] == resealed  # once is enough


def test_a_removed_server_key_asks_to_connect_again_and_breaks_nothing(ana, open_browser, settings):
    settings.VAULT_KEYS = ["a-newer-server-key-" * 3]
    with pytest.raises(VaultLocked):
        access_open(
            request=request_of(ana, session=open_browser[0], cookie=open_browser[1]), project="proj_A"
        )
    added(ana, *open_browser, text="xero_again_0001")
    access = access_open(
        request=request_of(ana, session=open_browser[0], cookie=open_browser[1]), project="proj_A"
    )
    assert access.key.reveal() == "xero_again_0001"


def test_every_cause_has_the_same_message_and_the_project(ana, open_browser, settings):
    session, cookie = open_browser
    said = set()
    for wrong in (None, "", "junk", "A" * 43):
        with pytest.raises(VaultLocked) as error:
            access_open(request=request_of(ana, session=session, cookie=wrong), project="proj_A")
        said.add((str(error.value), error.value.project))
    settings.VAULT_KEYS = ["another-" * 5]
    with pytest.raises(VaultLocked) as error:
        access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")
    assert said | {(str(error.value), error.value.project)} == {
        ("the project must be connected again", "proj_A")
    }


JUNK = [
    None,
    [],
    "text",
    7,
    {},
    {"projects": None},
    {"projects": []},
    {"projects": {"proj_A": None}},
    {"projects": {"proj_A": {"last4": 1, "connected_at": 2, "kid": 3, "sealed": 4}}},
    {"projects": {"proj_A": {"last4": "x", "connected_at": "never", "kid": "", "sealed": ""}}},
    {"last_used": ["proj_A"], "projects": {}},
]


@pytest.mark.parametrize("junk", JUNK)
def test_nothing_in_a_session_row_causes_a_500(ana, junk):
    session, cookie = browser(ana)
    store = SessionStore(session)
    store["connections"] = junk
    store.save()
    request = request_of(ana, session=session, cookie=cookie)
    assert connections_list(session=request.session) == []
    assert project_last_used(user=request.user, session=request.session) == ""
    with pytest.raises((NoConnection, VaultLocked)):
        access_open(request=request, project="proj_A")


def test_a_browser_that_lost_its_vault_cookie_can_connect_again(ana):
    session, _ = browser(ana)
    request = request_of(ana, session=session)
    connection_add(request=request, project="proj_A", key=Secret(TEXT))
    access = access_open(
        request=request_of(ana, session=session, cookie=request.vault_cookie), project="proj_A"
    )
    assert access.key.reveal() == TEXT


def test_several_projects_are_listed_opened_and_forgotten(ana, open_browser):
    session, cookie = open_browser
    added(ana, session, cookie, "acme-prod", "xero_acme_0002")
    request = request_of(ana, session=session, cookie=cookie)
    assert [item.project for item in connections_list(session=request.session)] == ["acme-prod", "proj_A"]
    assert project_last_used(user=request.user, session=request.session) == "acme-prod"

    assert access_open(request=request, project="proj_A").key.reveal() == TEXT
    assert project_last_used(user=request.user, session=request.session) == "proj_A"

    connection_forget(request=request, project="proj_A")
    assert project_last_used(user=request.user, session=request.session) == "acme-prod"
    assert "proj_A" not in json.dumps(request.session["connections"]["projects"])

    connection_forget(request=request, project="acme-prod")
    connection_forget(request=request, project="acme-prod")  # twice does no harm
    assert project_last_used(user=request.user, session=request.session) == ""
    with pytest.raises(NoConnection):
        access_open(request=request, project="acme-prod")


def test_a_project_that_is_not_connected_cannot_be_opened(ana, open_browser):
    with pytest.raises(NoConnection):
        access_open(request=request_of(ana, session=open_browser[0]), project="proj_Z")


def test_a_slow_request_does_not_write_back_what_another_tab_changed(ana, open_browser):
    """It read the session, waited for the API, and only then keeps its key."""
    session, cookie = open_browser
    slow = request_of(ana, session=session, cookie=cookie)
    assert connections_list(session=slow.session)
    quick = request_of(ana, session=session, cookie=cookie)
    connection_forget(request=quick, project="proj_A")
    connection_add(request=slow, project="proj_B", key=Secret("xero_b_000003"))
    request = request_of(ana, session=session, cookie=cookie)
    assert [item.project for item in connections_list(session=request.session)] == ["proj_B"]


def test_a_request_in_progress_does_not_restore_a_session_that_was_signed_out(ana, open_browser):
    session, cookie = open_browser
    slow = request_of(ana, session=session, cookie=cookie)
    assert connections_list(session=slow.session)
    logout(request_of(ana, session=session, cookie=cookie))
    with pytest.raises(SessionInterrupted):
        connection_add(request=slow, project="proj_B", key=Secret("xero_b_000003"))
    assert not Session.objects.filter(pk=session).exists()
    assert Session.objects.count() == 0


def test_both_cookies_of_a_signed_out_session_open_nothing(ana, open_browser):
    session, cookie = open_browser
    logout(request_of(ana, session=session, cookie=cookie))
    with pytest.raises(NoConnection):
        access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")


def test_signing_in_starts_with_a_new_cookie_and_no_connections(ana, open_browser):
    session, cookie = open_browser
    request = request_of(ana, session=session, cookie=cookie)
    login(request, ana, backend="django.contrib.auth.backends.ModelBackend")
    assert request.vault_cookie != cookie
    assert connections_list(session=request.session) == []


@pytest.mark.django_db(transaction=True)
def test_two_people_on_eight_threads_never_open_each_others_key(person):
    people = []
    for name in ("ana", "ben"):
        user = person(username=name)
        session, cookie = browser(user)
        added(user, session, cookie, text=f"xero_key_of_{name}")
        people.append((user, session, cookie, f"xero_key_of_{name}"))

    def open_one(number):
        user, session, cookie, expected = people[number % 2]
        try:
            request = request_of(copy.copy(user), session=session, cookie=cookie)
            return access_open(request=request, project="proj_A").key.reveal() == expected
        finally:
            databases.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(open_one, range(400)))


@pytest.mark.django_db(transaction=True)
def test_tabs_that_change_one_session_at_the_same_time_lose_nothing(ana, open_browser):
    session, cookie = open_browser
    access = access_open(request=request_of(ana, session=session, cookie=cookie), project="proj_A")
    all_ready = Barrier(8)

    def change_one(number):
        try:
            all_ready.wait(timeout=10)
            if number % 2:
                added(ana, session, cookie, project=f"proj_{number}")
            else:
                route_remember(access=replace(access, routes={}), route=f"r{number}", availability="answers")
        finally:
            databases.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change_one, range(8)))
    stored = SessionStore(session)
    names = [connection.project for connection in connections_list(session=stored)]
    assert names == ["proj_1", "proj_3", "proj_5", "proj_7", "proj_A"]
    assert set(routes_known(session=stored, project="proj_A")) == {"r0", "r2", "r4", "r6"}
