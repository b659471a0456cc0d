"""What every page knows of the person who looks at it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from models_admin.context_processors import console


def request_with(**given):
    request = RequestFactory().get("/")
    for name, value in given.items():
        setattr(request, name, value)
    return request


def away():
    raise OperationalError("the database is away")


class Away:
    is_authenticated = is_active = True

    def has_perm(self, permission):
        return away()


def test_before_sign_in_there_is_nobody_and_nothing():
    found = console(request_with(user=AnonymousUser(), session={}))["console"]
    assert not found.user.is_authenticated
    assert found.connections == []
    assert found.current is None
    assert not any(found.may.values())


def test_an_error_before_the_session_was_read_still_has_a_page():
    assert not console(request_with())["console"].user.is_authenticated


def test_with_the_database_away_there_is_nobody_and_no_second_error():
    assert not console(request_with(user=SimpleLazyObject(away)))["console"].user.is_authenticated
    assert not any(console(request_with(user=Away()))["console"].may.values())


def test_a_connection_tells_no_more_than_project_last_four_and_time(connected):
    found = connected.get("/connect/").context["console"]
    assert found.current.project == found.connections[0].project == "proj_ABC123"
    assert found.may == {
        "read": True,
        "edit": True,
        "delete": True,
        "publish": True,
        "protect": True,
        "team": False,
    }
    assert sorted(found.current.__slots__) == ["connected_at", "last4", "project"]
