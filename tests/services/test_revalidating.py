"""When a model may be revalidated, and how the end of a revalidation is found and recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.models import Activity
from models_admin.screens.model.status import LAST_DELAY, delay_next, delay_read
from models_admin.services.reconcile import resolve_revalidation
from models_admin.services.revalidating import revalidation_reason
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.secret import Secret

SNAPSHOT = {"status": "ready", "quantization": "awq", "context_length": 4096, "description": "Old"}


@pytest.fixture
def access(person):
    return Access(user=person(), project="proj_ABC123", key=Secret("xero_test"))


def model(status="ready", **facts) -> Model:
    facts = {"quantization": "awq", "context_length": 4096, "description": "Old"} | facts
    return Model(id="m1", status=status, metadata=facts, sent={"status": status} | facts)


def row(access, *, action="revalidate", outcome="done", field="", changes=(), **age) -> Activity:
    made = Activity.objects.create(
        user=access.user,
        username=access.user.username,
        project=access.project,
        model_id="m1",
        action=action,
        outcome=outcome,
        field=field,
        changes=list(changes),
        snapshot=SNAPSHOT if action == "revalidate" else {},
        token=f"token-{Activity.objects.count()}",
    )
    Activity.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(**age or {"minutes": 1}))
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("status", ["ready", "error", "READY", " Error "])
def test_ready_and_error_may_be_revalidated(status):
    assert revalidation_reason(status=status) == ""


@pytest.mark.parametrize("status", ["validating", " Validating ", "active", "", None, "x\u202e"])
def test_every_other_status_has_a_reason(status):
    reason = revalidation_reason(status=status)
    assert reason.endswith(".")
    assert "\u202e" not in reason


def test_what_changed_is_recorded_with_who_had_set_it(access):
    row(access, action="edit", field="quantization", changes=[{"field": "quantization", "after": "awq"}])
    made = row(access)
    found = resolve_revalidation(access=access, model=model(quantization="gptq", context_length=8192))
    assert found.just_ended
    made.refresh_from_db()
    found = {item["field"]: item for item in made.changes}
    assert set(found) == {"quantization", "context_length"}
    assert (found["quantization"]["before"], found["quantization"]["after"]) == ("awq", "gptq")
    assert found["quantization"]["set_by"] == access.user.username
    assert "set_by" not in found["context_length"]


def test_a_value_that_was_edited_while_it_validated_is_compared_with_the_edit(access):
    made = row(access)
    row(access, action="edit", field="description", changes=[{"field": "description", "after": "New"}])
    resolve_revalidation(access=access, model=model(description="From the files"))
    made.refresh_from_db()
    assert [(item["before"], item["after"]) for item in made.changes] == [("New", "From the files")]


@pytest.mark.parametrize("outcome", ["refused", "not_sent"])
def test_a_revalidation_that_was_never_started_is_not_resolved(access, outcome):
    row(access, outcome=outcome)
    assert not resolve_revalidation(access=access, model=model(quantization="gptq")).just_ended


def test_one_that_may_still_be_under_way_is_left_alone(access):
    made = row(access, outcome="intent", seconds=5)
    assert not resolve_revalidation(access=access, model=model(quantization="gptq")).just_ended
    made.refresh_from_db()
    assert made.outcome == "intent"


def test_one_of_a_killed_process_is_confirmed_by_a_model_that_validates(access):
    made = row(access, outcome="intent", minutes=2)
    resolve_revalidation(access=access, model=model(status="validating"))
    made.refresh_from_db()
    assert (made.outcome, made.resolved_at) == ("done", None)


def test_an_unknown_one_that_ends_stays_unknown_and_claims_nothing(access):
    made = row(access, outcome="unknown", minutes=2)
    resolve_revalidation(access=access, model=model(quantization="gptq"))
    made.refresh_from_db()
    assert made.outcome == "unknown"
    assert "couldn't confirm that it started" in made.message


@pytest.mark.parametrize(
    "reading",
    [
        Model(id="m1", status="ready", sent={"status": "ready"}),
        Model(id="m1", sent={"description": None}),
        Model(id="m1", status="1", sent={"status": 1, "description": None}),
    ],
)
def test_a_reading_that_says_too_little_resolves_nothing(access, reading):
    row(access)
    assert not resolve_revalidation(access=access, model=reading).just_ended


@pytest.mark.django_db(transaction=True)
def test_many_readers_record_an_end_once(access):
    made = row(access)

    def read(number: int) -> bool:
        try:
            return resolve_revalidation(access=access, model=model(quantization=f"q{number}")).just_ended
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        winners = [number for number, won in enumerate(pool.map(read, range(24))) if won]
    made.refresh_from_db()
    assert len(winners) == 1
    assert made.changes[0]["after"] == f"q{winners[0]}"


@pytest.mark.parametrize(
    ("text", "delay"), [(None, 2), ("", 2), ("4", 4), ("0", 2), ("-9", 2), ("1e9", 2), ("9999", 30), ("²", 2)]
)
def test_a_delay_from_an_address_is_held_to_its_bounds(text, delay):
    assert delay_read(text) == delay


def test_delays_double_up_to_thirty_seconds_and_heed_the_api():
    delays = [2]
    while delays[-1] < LAST_DELAY:
        delays.append(delay_next(delays[-1]))
    assert delays == [2, 4, 8, 16, 30]
    assert delay_next(2, retry_after=45) == 45
    assert delay_next(30, retry_after=10**6) == 600
