"""A session ends after idle time, and some hours after sign-in whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.conftest import sign_in

pytestmark = [pytest.mark.urls("tests.console.probe"), pytest.mark.django_db]
IDLE = timedelta(seconds=settings.SESSION_COOKIE_AGE)


@pytest.fixture
def client(client: Client, person: Callable[..., User]) -> Client:
    return sign_in(client, person())


def left() -> timedelta:
    return Session.objects.get().expire_date - timezone.now()


def leave_only(time: timedelta) -> None:
    Session.objects.update(expire_date=timezone.now() + time)


def test_using_a_session_extends_it(client: Client) -> None:
    leave_only(timedelta(minutes=10))
    client.get("/page/")
    assert left() > IDLE - timedelta(minutes=1)


def test_a_session_is_extended_at_most_once_a_minute(
    client: Client, django_assert_num_queries: Callable[..., object]
) -> None:
    leave_only(timedelta(minutes=10))
    client.get("/page/")
    with django_assert_num_queries(2):  # the session and the account: nothing is written
        client.get("/page/")


def test_extending_a_session_does_not_save_its_data(client: Client) -> None:
    before = Session.objects.get().session_data
    leave_only(timedelta(minutes=10))
    client.get("/page/")
    assert Session.objects.get().session_data == before


def test_polling_alone_does_not_extend_a_session(client: Client) -> None:
    leave_only(timedelta(minutes=10))
    client.get("/probe/status/")
    assert left() < timedelta(minutes=11)


def test_an_idle_session_is_over(client: Client) -> None:
    leave_only(timedelta(seconds=-1))
    assert b"False" in client.get("/page/").content


def test_the_absolute_age_caps_the_end(client: Client) -> None:
    session = client.session
    session["signed_in_at"] = int(timezone.now().timestamp()) - settings.SESSION_ABSOLUTE_AGE + 300
    session.save()
    client.get("/page/")
    assert left() <= timedelta(seconds=300)


def test_a_session_past_its_absolute_age_is_over(client: Client) -> None:
    session = client.session
    session["signed_in_at"] = int(timezone.now().timestamp()) - settings.SESSION_ABSOLUTE_AGE - 1
    session.save()
    assert b"False" in client.get("/page/").content


def test_signing_in_again_restarts_the_absolute_age(client: Client) -> None:
    session = client.session
    session["signed_in_at"] = 1_000_000_000
    session.save()
    client.cookies.clear()
    client.post("/probe/in/", {"username": User.objects.get().username})
    assert client.session["signed_in_at"] > 1_700_000_000


def test_extending_a_deleted_session_does_not_restore_it(client: Client) -> None:
    store = client.session
    store.load()
    store.expires_at = timezone.now()
    Session.objects.all().delete()
    store.slide()
    assert not Session.objects.exists()


def test_sessions_are_json_in_the_database() -> None:
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    assert settings.SESSION_ENGINE == "models_admin.access.sessions"


def test_expired_sessions_are_deleted_at_each_sign_in(client: Client, person: Callable[..., User]) -> None:
    leave_only(timedelta(seconds=-1))
    sign_in(Client(), person())
    assert Session.objects.count() == 1
    assert left() > timedelta(0)
