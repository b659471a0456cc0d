"""Five failures a minute: for one person, on all threads and machines together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from models_admin.access.throttle import LIMIT, TooManyAttempts, attempt_begin
from models_admin.models import Attempt


def test_the_sixth_attempt_within_a_minute_is_refused_with_the_wait(person):
    user = person()
    for _ in range(LIMIT):
        attempt_begin(user=user, purpose="connect")
    with pytest.raises(TooManyAttempts) as error:
        attempt_begin(user=user, purpose="connect")
    assert 1 <= error.value.retry_after <= 60
    assert Attempt.objects.count() == LIMIT  # being turned away does not lengthen the wait


def test_it_ends_a_minute_after_the_first(person):
    user = person()
    for _ in range(LIMIT):
        attempt_begin(user=user, purpose="connect")
    first = Attempt.objects.order_by("pk").first()
    Attempt.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(seconds=61))
    attempt_begin(user=user, purpose="connect")
    with pytest.raises(TooManyAttempts):
        attempt_begin(user=user, purpose="connect")


def test_a_clock_that_is_set_back_locks_nobody_out(person):
    user = person()
    for _ in range(LIMIT):
        attempt_begin(user=user, purpose="connect")
    Attempt.objects.update(created_at=timezone.now() + timedelta(hours=1))
    attempt_begin(user=user, purpose="connect")
    assert Attempt.objects.count() == 1


def test_successful_attempts_do_not_count(person):
    user = person()
    for _ in range(3 * LIMIT):
        attempt_begin(user=user, purpose="connect").delete()


def test_people_and_purposes_are_counted_apart(person):
    ana, ben = person(), person()
    for _ in range(LIMIT):
        attempt_begin(user=ana, purpose="connect")
    attempt_begin(user=ben, purpose="connect")
    attempt_begin(user=ana, purpose="password")


@pytest.mark.django_db(transaction=True)
def test_of_thirty_at_once_no_more_than_five_pass(person):
    user = person()

    def attempt(_number):
        try:
            attempt_begin(user=user, purpose="connect")
        except TooManyAttempts:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(30))) <= LIMIT
