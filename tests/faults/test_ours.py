"""Faults on our own side: the database locked, full or gone, the session deleted, the clock moved, a double click."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from models_admin.models import Activity
from models_admin.services.client import client as api_client
from tests.editing import HTMX
from tests.faults.calls import CHANGES, CONNECT, OWN, READS, Kind, Ready
from tests.pages import page_of

BOTH = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
EVERY_CHANGE = pytest.mark.parametrize("kind", CHANGES, ids=str)
WITH_OWN = pytest.mark.parametrize("kind", [*CHANGES, *OWN], ids=str)
# The reading before a change is no kind of its own here: nothing of the API fails.
KINDS = [*READS, CONNECT, *CHANGES, *OWN]
# What databases say. To Django all of it is one error, so each kind meets two of them.
SAYS = [
    "database is locked",
    "database or disk is full",
    "attempt to write a readonly database",
    "server closed the connection unexpectedly",
]
INSERT, UPDATE = 'INSERT INTO "models_admin_activity"', 'UPDATE "models_admin_activity"'


@contextmanager
def database_fails(says: str, *, at: Callable[[str], bool]) -> Iterator[None]:
    """Every statement for which `at` holds fails as a database does that is locked, full, read-only or gone."""

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if at(sql):
            raise OperationalError(says)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield


@pytest.fixture
def ready(connected: Client, sandbox: Any) -> Callable[[Kind, dict[str, str]], Ready]:
    """`ready(kind, headers)`: the call, prepared; nothing of the preparing is among the recorded requests."""
    connected.raise_request_exception = False

    def make(kind: Kind, headers: dict[str, str]) -> Ready:
        found = kind.ready(connected, sandbox, bool(headers))
        connected.get("/account/")  # takes the messages
        sandbox.requests.clear()
        return found

    return make


def changes_sent(sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.method != "GET")


def text_shown(ready: Ready, answer: Any) -> str:
    """What the person reads: this answer, or the page that it leads to."""
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect")
    return page_of(ready.client.get(target) if target else answer).text


@pytest.mark.parametrize(
    ("kind", "says", "headers"),
    [
        pytest.param(kind, SAYS[(2 * number + is_htmx) % 4], HTMX if is_htmx else {}, id=f"{kind}-{form}")
        for number, kind in enumerate([*CHANGES, *OWN])
        for is_htmx, form in enumerate(["page", "htmx"])
    ],
)
def test_a_change_that_cannot_be_recorded_first_is_not_sent(ready, sandbox, kind, says, headers):
    call = ready(kind, headers)
    rows = Activity.objects.count()
    with database_fails(says, at=lambda sql: sql.startswith(INSERT)):
        answer = call.send(headers)
    page = page_of(answer)
    assert answer.status_code in (422, 503)
    assert "could not be recorded" in page.text
    assert (changes_sent(sandbox), call.happened()) == (0, False)
    assert Activity.objects.count() == rows
    assert not call.typed or call.typed in page.values
    assert call.send(headers).status_code in (200, 302)  # the form is still good
    assert (changes_sent(sandbox), call.happened()) == (not kind.is_own, True)


@pytest.mark.django_db(transaction=True)
@BOTH
@EVERY_CHANGE
def test_a_change_whose_record_fails_afterwards_is_told_and_reads_as_unknown(ready, sandbox, kind, headers):
    call = ready(kind, headers)
    with database_fails(SAYS[2 if headers else 1], at=lambda sql: sql.startswith(UPDATE)):
        answer = call.send(headers)
    assert answer.status_code in (200, 302)
    text = text_shown(call, answer)
    assert "could not be recorded" in text
    assert call.happened()
    assert Activity.objects.first().outcome == "intent"
    assert call.send(headers).status_code != 500
    assert changes_sent(sandbox) == 1


@pytest.mark.django_db(transaction=True)
@BOTH
@EVERY_CHANGE
def test_a_database_that_goes_during_the_call_does_not_hide_what_was_done(ready, sandbox, kind, headers):
    call = ready(kind, headers)
    past = timezone.now() + timedelta(minutes=30)
    Session.objects.update(expire_date=past)  # so that this request wants to prolong the session too
    with database_fails(SAYS[3], at=lambda sql: changes_sent(sandbox) > 0):
        answer = call.send(headers)
    assert answer.status_code in (200, 302)
    assert "could not be recorded" in text_shown(call, answer)
    assert call.happened()
    assert changes_sent(sandbox) == 1


@contextmanager
def activity_locked() -> Iterator[None]:
    """Another process holds the activity; this one waits for 0.2 seconds instead of five."""
    if connection.vendor == "postgresql":
        wait, settings = "SET lock_timeout = '200ms'", connection.get_connection_params()
        other = connection.Database.connect(**{**settings, "cursor_factory": None, "context": None})
        lock = "LOCK TABLE models_admin_activity IN ACCESS EXCLUSIVE MODE"
    else:
        wait, lock = "PRAGMA busy_timeout = 200", "BEGIN IMMEDIATE"
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with connection.cursor() as cursor:
        cursor.execute(wait)
    with closing(other):
        other.execute(lock)
        yield
        other.rollback()


@pytest.mark.django_db(transaction=True)
@WITH_OWN
def test_a_locked_database_is_reported_in_time(ready, sandbox, kind):
    call = ready(kind, {})
    with activity_locked():
        began = time.monotonic()
        answer = call.send({})
        assert time.monotonic() - began < 4
    assert answer.status_code in (422, 503)
    assert (changes_sent(sandbox), call.happened()) == (0, False)
    assert call.send({}).status_code == 302
    assert (changes_sent(sandbox), call.happened()) == (not kind.is_own, True)


@BOTH
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_without_a_database_nothing_is_asked_and_a_clear_503_comes(ready, sandbox, kind, headers):
    call = ready(kind, headers)
    with database_fails(SAYS[3], at=lambda sql: True):
        answer = call.send(headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = page_of(answer)
    assert "can't reach its database" in page.text
    assert SAYS[3] not in answer.content.decode()
    assert not sandbox.requests


@BOTH
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_session_deleted_under_an_open_page_leads_to_sign_in(ready, sandbox, kind, headers):
    call = ready(kind, headers)
    Session.objects.all().delete()
    answer = call.send(headers)
    if headers:
        assert answer.status_code == 401
        assert answer["HX-Redirect"].startswith("/sign-in/")
        assert not answer.content
    else:
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")
    assert not sandbox.requests
    assert not Session.objects.exists()


@BOTH
@pytest.mark.parametrize("kind", [*READS, CONNECT, *CHANGES], ids=str)
def test_a_session_deleted_during_the_call_is_not_revived(ready, sandbox, kind, headers, monkeypatch):
    call = ready(kind, headers)
    transport = api_client()._transport
    send = transport.send

    def meanwhile(*args: Any, **more: Any) -> Any:
        Session.objects.all().delete()
        return send(*args, **more)

    monkeypatch.setattr(transport, "send", meanwhile)
    answer = call.send(headers)
    assert answer.status_code in (200, 302, 400, 401)
    assert not Session.objects.exists()
    assert changes_sent(sandbox) == bool(kind.change)
    if kind.change:
        assert Activity.objects.first().outcome == "done"
    if kind is CONNECT:
        assert "/sign-in/" in answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")


@pytest.mark.django_db(transaction=True)
@WITH_OWN
def test_many_clicks_at_once_send_one_change(ready, sandbox, kind):
    call = ready(kind, {})
    rows = Activity.objects.count()
    clicks = 8
    barrier = Barrier(clicks)

    def click(_number: int) -> int:
        browser = Client()
        browser.cookies = call.client.cookies.copy()
        barrier.wait()
        try:
            return browser.post(call.url, call.data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(clicks) as pool:
        found = list(pool.map(click, range(clicks)))
    assert changes_sent(sandbox) == (not kind.is_own)
    assert call.happened()
    assert 500 not in found
    assert Activity.objects.count() == rows + 1
    assert Activity.objects.first().outcome == "done"


@pytest.fixture
def clock_moved(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`clock_moved(hours)`: the machine's clock jumps; what counts time by itself goes on."""
    real, now = time.time, timezone.now

    def move(hours: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=hours))

    return move


@pytest.mark.parametrize(
    ("kind", "hours"),
    [(kind, hours) for kind in KINDS for hours in (-24, 1, 13)]
    + [(kind, hours) for kind in (READS[0], CHANGES[0]) for hours in (-1, 24 * 400)],
    ids=str,
)
def test_a_clock_that_jumps_ends_sessions_at_worst(ready, sandbox, kind, hours, clock_moved):
    call = ready(kind, {})
    clock_moved(hours)
    answer = call.send({})
    # A deletion asks for the password first, if the sign-in seems to be longer ago than REAUTHENTICATE.
    asked = b'name="proof_password"' in answer.content
    assert answer.status_code == 422 if asked else answer.status_code in (200, 302)
    away = answer.headers.get("Location", "").startswith(("/sign-in/", "/connect/"))
    if hours == 1:
        assert not away
        assert changes_sent(sandbox) == (bool(kind.change) and not asked)
    if away:  # a key that seems to be sealed in the future stays locked, too
        assert not changes_sent(sandbox)
    assert call.send({}).status_code in (200, 302, 409, 422)
    assert changes_sent(sandbox) <= 1
