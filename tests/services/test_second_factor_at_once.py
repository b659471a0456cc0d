"""A second factor that is set up, or a code that is used, twice at the same moment. PostgreSQL lets both try."""

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
from models_admin.services.second_factor import app_add, code_accept, codes_unused
from tests.services.test_approval import at_once

pytestmark = pytest.mark.django_db(transaction=True)  # each has a thread and a connection


def together(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nobody leaves this function before both have come to it, or one of them has to wait for the other anyway."""
    barrier, check = threading.Barrier(2), getattr(second_factor, name)

    def waiting(*given: Any) -> Any:
        found = check(*given)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(0.5)
        return found

    monkeypatch.setattr(second_factor, name, waiting)


def test_an_app_that_is_set_up_twice_at_once_is_set_up_once(person, monkeypatch):
    ana, secret = person(username="ana"), generate_totp_secret()
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    together(monkeypatch, "_app")
    results = at_once([lambda: app_add(person=ana, secret=secret, code=code)] * 2)
    assert sorted(results, key=str) == [False, True]
    assert Authenticator.objects.filter(user=ana).count() == 2


def test_a_code_of_the_app_that_is_used_twice_at_once_is_accepted_once(person, monkeypatch):
    ana, secret = person(username="ana"), generate_totp_secret()
    earlier, now = (
        format_hotp_value(hotp_value(secret, at)) for at in sorted(yield_hotp_counters_from_time())[:2]
    )
    assert app_add(person=ana, secret=secret, code=earlier)
    together(monkeypatch, "_counter")
    assert sorted(at_once([lambda: code_accept(person=ana, code=now)] * 2), key=str) == [False, True]
    assert not code_accept(person=ana, code=now)


def test_a_recovery_code_that_is_used_twice_at_once_is_accepted_once(person, monkeypatch):
    ana, secret = person(username="ana"), generate_totp_secret()
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    assert app_add(person=ana, secret=secret, code=code)
    recovery = codes_unused(person=ana)[0]
    together(monkeypatch, "_codes")
    assert sorted(at_once([lambda: code_accept(person=ana, code=recovery)] * 2), key=str) == [False, True]
    assert not code_accept(person=ana, code=recovery)
    assert recovery not in codes_unused(person=ana)
