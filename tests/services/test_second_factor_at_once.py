"""A second factor that is set up twice at the same moment, as by a double click. PostgreSQL lets both try."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from models_admin.services import second_factor
from models_admin.services.second_factor import app_add
from tests.services.test_approval import at_once

pytestmark = pytest.mark.django_db(transaction=True)  # each has a thread and a connection


def together(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nobody leaves this function before both have come to it, or one of them has to wait for the other anyway."""
    barrier, check = threading.Barrier(2), getattr(second_factor, name)

    def waiting(*given: Any) -> Any:
        found = check(*given)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(2)
        return found

    monkeypatch.setattr(second_factor, name, waiting)


def test_an_app_that_is_set_up_twice_at_once_is_set_up_once(person, monkeypatch):
    ana, secret = person(username="ana"), generate_totp_secret()
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    together(monkeypatch, "_app")
    results = at_once([lambda: app_add(person=ana, secret=secret, code=code)] * 2)
    assert sorted(results, key=str) == [False, True]
    assert Authenticator.objects.filter(user=ana).count() == 2
