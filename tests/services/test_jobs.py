"""Jobs over many models: what each item sends, what it records, and what happens when something goes wrong."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.models import Activity, Job, JobItem
from models_admin.screens.jobs.items import item_page
from models_admin.services.client import client
from models_admin.services.job_run import _lease, _Slice, job_run
from models_admin.services.jobs import (
    NotConfirmed,
    NothingToDo,
    job_continue,
    job_draft,
    job_retry,
    job_start,
    job_stop,
    job_undo,
)
from models_admin.services.listing import models_list
from models_admin.services.selection import undo_plan
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.secret import Secret
from tests.editing import elsewhere, patches, value_of
from tests.sandbox_fixture import KEY, PROJECT, REVOKED_KEY

# Several threads write at once, each with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)
State = JobItem.State


@pytest.fixture
def access(person, api_url):
    return Access(user=person(), project=PROJECT, key=Secret(KEY))


def chosen(access: Access, count: int = 12) -> list[Any]:
    return list(models_list(access=access, fresh=True).list.models[:count])


def draft(access: Access, count: int = 12, action: Any = Job.Action.SET, **more: Any) -> Job:
    more = more or ({"field": "license", "value": "Apache-2.0"} if action == Job.Action.SET else {})
    return job_draft(access=access, action=action, models=chosen(access, count), **more)


def begun(access: Access, count: int = 12, **more: Any) -> Job:
    job = draft(access, count, **more)
    job_start(access=access, job=job)
    job.refresh_from_db()
    return job


def run(access: Access, job: Job) -> Job:
    """Slice after slice, until the job ends or pauses."""
    Job.objects.filter(pk=job.pk).update(resume_at=None)  # as if the pause were over
    job.refresh_from_db()
    for _ in range(20):  # a busy machine gets less done in one slice
        job = job_run(access=access, job=job).job
        waiting = job.items.filter(state=State.WAITING).exists()
        if job.state != "open" or job.resume_at or not waiting:
            break
    return job


def states(job: Job) -> list[str]:
    return [item.state for item in job.items.order_by("id")]


def written(sandbox: Any, method: str = "PATCH") -> list[str]:
    return sorted(call.model_id for call in sandbox.requests if call.method == method)


def test_a_job_sets_one_field_on_every_model_once_and_records_each(access, sandbox):
    job = run(access, begun(access))
    assert job.state == "finished"
    assert states(job) == ["done"] * 12
    assert written(sandbox) == sorted(item.model_id for item in job.items.all())
    assert {value_of(sandbox, "license", item.model_id) for item in job.items.all()} == {"Apache-2.0"}
    rows = Activity.objects.all()
    assert [(row.action, row.outcome, row.field) for row in rows] == [("edit", "done", "license")] * 12
    assert {item.activity_id for item in job.items.all()} == {row.pk for row in rows}
    assert all(item.api_request_id and item.ran_by == access.user.username for item in job.items.all())


def test_nothing_is_sent_before_the_start(access, sandbox):
    job = draft(access)
    assert run(access, job).state == "draft"
    assert not written(sandbox)


def test_a_preview_leaves_out_what_would_not_change_and_says_what_cannot_be_done(access, sandbox):
    models = chosen(access, 3)
    elsewhere(sandbox, models[0].id, quantization="fp8")
    job = job_draft(
        access=access,
        action=Job.Action.SET,
        models=chosen(access, 3),
        absent=["elsewhere"],
        field="quantization",
        value="fp8",
    )
    found = list(job.items.order_by("id"))
    assert (found[0].state, found[0].before) == ("unchanged", "fp8")
    assert found[1].before_known
    assert found[1].before == value_of(sandbox, "quantization", models[1].id)
    assert (found[3].state, found[3].message) == ("skipped", "It is not in this project.")
    job_start(access=access, job=job)
    job = run(access, job)
    assert len(written(sandbox)) == states(job).count("done")


def test_a_preview_reads_the_activity_only_for_a_field_that_the_api_does_not_return(access):
    for field, read in (("license", True), ("description", False)):
        with CaptureQueriesContext(connection) as queries:
            draft(access, 3, field=field, value="New")
        texts = [query["sql"] for query in queries if '"models_admin_activity"."changes"' in query["sql"]]
        assert bool(texts) is read, field


def test_a_page_of_a_job_has_fifty_models_however_many_the_job_has(
    access, sandbox, django_assert_num_queries
):
    sandbox.set(models=400)
    job = draft(access, 400)
    for number, first, last in ((1, 1, 50), (5, 201, 250), (99, 351, 400)):
        with django_assert_num_queries(2):
            page = item_page(job, number=number)
        assert (len(page.rows), page.pages) == (50, 8)
        assert page.span == f"{first}\N{EN DASH}{last} of 400"


def test_a_refused_model_keeps_the_words_of_the_api_and_stops_no_other(access, sandbox):
    job = begun(access)
    wrong = job.items.order_by("id")[4]
    sandbox.fault("status", method="PATCH", model=wrong.model_id, status=400, message="No such licence.")
    job = run(access, job)
    assert (job.state, states(job).count("done"), states(job)[4]) == ("finished", 11, "refused")
    wrong.refresh_from_db()
    assert "No such licence." in wrong.message
    assert Activity.objects.get(model_id=wrong.model_id).outcome == "refused"
    job_retry(access=access, job=job)
    assert states(run(access, job)) == ["done"] * 12
    assert written(sandbox).count(wrong.model_id) == 2  # the first was refused
    with pytest.raises(NothingToDo):
        job_retry(access=access, job=job)


def test_a_value_that_someone_changed_since_the_preview_is_a_conflict_and_stays(access, sandbox):
    job = begun(access, 3, field="description", value="Of the job")
    theirs = job.items.order_by("id")[1].model_id
    elsewhere(sandbox, theirs, description="Theirs")
    assert states(run(access, job)) == ["done", "conflict", "done"]
    assert value_of(sandbox, "description", theirs) == "Theirs"


def test_a_model_that_is_gone_is_skipped(access, sandbox):
    job = begun(access, 3)
    gone = job.items.order_by("id")[1].model_id
    del sandbox.store.project(PROJECT).models[gone]
    job = run(access, job)
    assert states(job) == ["done", "skipped", "done"]
    assert job.state == "finished"


def test_a_lost_answer_is_unknown_where_the_api_does_not_return_the_field_and_is_never_sent_again(
    access, sandbox
):
    job = begun(access, 1)
    sandbox.fault("reset_after", method="PATCH")
    job = run(access, job)
    assert states(job) == ["unknown"]
    job_retry(access=access, job=job)
    assert states(run(access, job)) == ["unknown"]
    assert len(patches(sandbox)) == 1


def test_trying_again_finds_out_what_became_of_a_lost_answer(access, sandbox):
    job = begun(access, 1, field="description", value="New")
    sandbox.fault("reset_before", method="PATCH")
    job = run(access, job)
    assert states(job) == ["unknown"]
    elsewhere(sandbox, job.items.get().model_id, description="New")
    job_retry(access=access, job=job)
    assert states(run(access, job)) == ["done"]
    assert len(patches(sandbox)) == 1


def test_slices_at_once_lease_each_item_once(access, sandbox):
    """With an item each, the slices meet at its row: the later one waits for the earlier one's update."""
    job = begun(access, count=40)
    ready = Barrier(6)
    leased: list[list[int]] = [[] for _ in range(6)]

    def lease(number: int) -> None:
        try:
            ready.wait(timeout=10)
            slice_ = _Slice(access, job, ends=0)
            while item := _lease(slice_):
                leased[number].append(item.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lease, range(6)))
    assert sorted(pk for found in leased for pk in found) == sorted(job.items.values_list("pk", flat=True))


def test_429_pauses_the_job_as_long_as_the_api_says(access, sandbox):
    job = begun(access, 3)
    sandbox.fault("status", method="GET", route="get", status=429, retry_after="number", seconds=40)
    job = run(access, job)
    assert job.state == "open"
    left = (job.resume_at - timezone.now()).total_seconds()
    assert 35 < left <= 40
    calls = len(sandbox.requests)
    assert job_run(access=access, job=job).job.state == "open"
    assert len(sandbox.requests) == calls  # nothing is sent before then
    assert states(run(access, job)) == ["done"] * 3
    assert len(written(sandbox)) == 3


def test_a_used_up_quota_holds_the_job_with_the_reason(access, sandbox):
    job = begun(access, 1)
    sandbox.fault("status", method="PATCH", status=429, code="quota_exceeded")
    job = run(access, job)
    assert (job.state, states(job)) == ("held", ["waiting"])
    assert "quota" in job.reason.lower()
    job_continue(access=access, job=job)
    assert states(run(access, job)) == ["done"]


def test_a_revoked_key_holds_the_job_and_a_colleagues_goes_on(access, sandbox, person):
    job = begun(access, 2)
    revoked = Access(user=access.user, project=PROJECT, key=Secret(REVOKED_KEY))
    job = run(revoked, job)
    assert (job.state, states(job)) == ("held", ["waiting"] * 2)
    assert not written(sandbox)
    colleague = Access(user=person("Editor"), project=PROJECT, key=Secret(KEY))
    job_continue(access=colleague, job=job)
    job = run(colleague, job)
    assert states(job) == ["done"] * 2
    assert {item.ran_by for item in job.items.all()} == {colleague.user.username}


def test_a_lost_role_stops_the_slice_and_nothing_is_sent(access, sandbox):
    job = begun(access, 2)
    access.user.groups.clear()
    with pytest.raises(NotAllowed):
        run(
            Access(user=type(access.user).objects.get(pk=access.user.pk), project=PROJECT, key=access.key),
            job,
        )
    assert not written(sandbox)
    assert states(job) == ["waiting"] * 2


def test_an_api_that_is_down_loses_no_model_and_repeats_none(access, sandbox):
    job = begun(access, 5)
    sandbox.fault("status", status=503, times=None)
    for _ in range(3):
        job = run(access, job)
        assert (job.state, set(states(job))) == ("open", {"waiting"})
        assert job.resume_at > timezone.now()
    sandbox.clear_faults()
    sandbox.requests.clear()
    assert states(run(access, job)) == ["done"] * 5
    assert len(written(sandbox)) == 5


def test_an_api_that_confirms_no_change_holds_the_job_before_all_models_are_in_doubt(access, sandbox):
    """Reads still work: without this, the whole selection would be sent once and could not be sent again."""
    job = begun(access, 40)
    sandbox.fault("status", method="PATCH", status=503, times=None)
    job = run(access, job)
    in_doubt = states(job).count("unknown")
    assert job.state == "held"
    assert "unknown" in job.reason
    assert 3 <= in_doubt <= 3 + 3  # those that the other threads were sending
    assert states(job).count("waiting") == 40 - in_doubt
    assert len(written(sandbox)) == in_doubt
    sandbox.clear_faults()
    job_continue(access=access, job=job)
    job = run(access, job)
    assert (job.state, states(job).count("done")) == ("finished", 40 - in_doubt)
    assert max(Counter(written(sandbox)).values()) == 1


def test_single_lost_answers_do_not_hold_a_job(access, sandbox):
    job = begun(access, 40)
    for skip in (2, 12, 22, 32):
        sandbox.fault("reset_after", method="PATCH", model=job.items.order_by("id")[skip].model_id)
    job = run(access, job)
    assert job.state == "finished"
    assert (states(job).count("unknown"), states(job).count("done")) == (4, 36)


@pytest.mark.parametrize(
    ("fault", "detail", "said"),
    [
        ("status", {"status": 503, "message": "Down for maintenance."}, "Down for maintenance."),
        ("reset_before", {}, "The connection to the API closed before the full response arrived."),
    ],
)
def test_a_job_outlasts_ten_minutes_without_the_api(access, sandbox, fault, detail, said):
    """Ten minutes of the pauses that the job takes by itself: no slice begins before its pause is over."""
    job = begun(access, 6)
    sandbox.fault(fault, times=None, **detail)
    down, slices = timedelta(), 0
    while down < timedelta(minutes=10):
        job = run(access, job)
        assert (job.state, set(states(job)), job.reason) == ("open", {"waiting"}, said)
        pause = job.resume_at - timezone.now()
        assert timedelta(seconds=4) < pause <= timedelta(seconds=60)
        down, slices = down + pause, slices + 1
    assert slices < 40
    sandbox.clear_faults()
    sandbox.requests.clear()
    job = run(access, job)
    assert (job.state, states(job), job.reason) == ("finished", ["done"] * 6, "")
    assert written(sandbox) == sorted(item.model_id for item in job.items.all())


def test_a_stopped_job_begins_no_further_item_until_it_is_continued(access, sandbox):
    job = begun(access, 3)
    job_stop(access=access, job=job)
    job = run(access, job)
    assert (job.state, states(job)) == ("stopped", ["waiting"] * 3)
    job_continue(access=access, job=job)
    assert states(run(access, job)) == ["done"] * 3
    assert len(written(sandbox)) == 3


def leased_by_a_dead_process(job: Job) -> JobItem:
    item = job.items.order_by("id")[0]
    old = timezone.now() - timedelta(minutes=5)
    JobItem.objects.filter(pk=item.pk).update(state="running", leased_at=old)
    return item


def test_an_item_whose_process_died_before_its_intent_is_carried_out(access, sandbox):
    job = begun(access, 2)
    leased_by_a_dead_process(job)
    run(access, job)
    assert states(run(access, job)) == ["done"] * 2
    assert len(written(sandbox)) == 2


@pytest.mark.parametrize(("arrived", "state"), [(True, "done"), (False, "unknown")])
def test_an_item_whose_process_died_while_sending_is_read_and_not_sent_again(access, sandbox, arrived, state):
    job = begun(access, 1, field="description", value="New")
    item = leased_by_a_dead_process(job)
    entry = {"field": "description", "before": item.before, "after": "New", "before_known": True}
    row = Activity.objects.create(
        project=PROJECT,
        model_id=item.model_id,
        action="edit",
        field="description",
        changes=[entry],
        token=item.nonce,
        api_request_id="req-1",
    )
    Activity.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    if arrived:
        elsewhere(sandbox, item.model_id, description="New")
    job = run(access, job)
    assert (job.state, states(job)) == ("finished", [state])
    assert not written(sandbox)
    row.refresh_from_db()
    assert (row.outcome, row.api_request_id) == (state, "req-1")


def test_an_item_that_another_process_is_sending_is_left_to_it(access, sandbox):
    job = begun(access, 1)
    item = job.items.get()
    JobItem.objects.filter(pk=item.pk).update(state="running", leased_at=timezone.now())
    job = run(access, job)
    assert (job.state, states(job)) == ("open", ["running"])
    assert not written(sandbox)


def test_two_intents_of_one_item_cannot_both_be_recorded(access, sandbox):
    job = begun(access, 1)
    item = job.items.get()
    Activity.objects.create(
        project=PROJECT, model_id=item.model_id, action="edit", outcome="done", token=item.nonce
    )
    assert states(run(access, job)) == ["done"]
    assert not written(sandbox)


def test_many_slices_at_once_send_each_change_once(access, sandbox):
    from concurrent.futures import ThreadPoolExecutor

    sandbox.set(latency_ms=10)
    job = begun(access, 30)

    def slice_(_: int) -> None:
        try:
            job_run(access=access, job=Job.objects.get(pk=job.pk))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(slice_, range(3)))
    assert states(run(access, job)) == ["done"] * 30
    assert written(sandbox) == sorted(item.model_id for item in job.items.all())


def test_the_rate_limit_is_kept_with_a_reserve_for_people(access, sandbox):
    sandbox.set(rate_limit=64)
    job = run(access, begun(access, 44))
    assert not [call for call in sandbox.requests if call.status == 429]
    assert (job.state, job.resume_at > timezone.now()) == ("open", True)
    assert client().budget(key=access.key).remaining in (6, 7)
    assert states(job).count("done") >= 20


def test_revalidation_skips_models_whose_status_does_not_allow_it(access, sandbox):
    job = draft(access, 44, action=Job.Action.REVALIDATE)
    skipped = [item for item in job.items.all() if item.state == "skipped"]
    assert skipped
    assert all("ready or error" in item.message or "validated" in item.message for item in skipped)
    job_start(access=access, job=job)
    job = run(access, job)
    assert states(job).count("done") == len(written(sandbox, "POST")) == 44 - len(skipped)


def test_deletion_needs_the_typed_sentence(access, sandbox):
    job = draft(access, 3, action=Job.Action.DELETE)
    with pytest.raises(NotConfirmed):
        job_start(access=access, job=job, typed="delete 4 models")
    job_start(access=access, job=job, typed="delete 3 models")
    job = run(access, Job.objects.get(pk=job.pk))
    assert states(job) == ["done"] * 3
    assert len(written(sandbox, "DELETE")) == 3


def test_a_model_whose_status_changed_since_the_preview_is_not_deleted(access, sandbox):
    job = draft(access, 2, action=Job.Action.DELETE)
    item = job.items.order_by("id")[0]
    sandbox.store.project(PROJECT).models[item.model_id].change({"status": "active"})
    job_start(access=access, job=job, typed="delete 2 models")
    assert states(run(access, Job.objects.get(pk=job.pk))) == ["conflict", "done"]


def test_deleting_needs_the_role(person, api_url, sandbox):
    editor = Access(user=person("Editor"), project=PROJECT, key=Secret(KEY))
    with pytest.raises(NotAllowed):
        draft(editor, 1, action=Job.Action.DELETE)


def test_undo_leaves_what_someone_changed_since(access, sandbox):
    job = run(access, begun(access, 12, field="description", value="Of the job"))
    before = {item.model_id: item.before for item in job.items.all()}
    theirs = [item.model_id for item in job.items.order_by("id")[:3]]
    for model_id in theirs:
        elsewhere(sandbox, model_id, description="Theirs")
    undo = job_undo(access=access, job=job)
    assert [states(undo).count(state) for state in ("conflict", "waiting")] == [3, 9]
    job_start(access=access, job=undo)
    undo = run(access, Job.objects.get(pk=undo.pk))
    assert [states(undo).count(state) for state in ("conflict", "done")] == [3, 9]
    for model_id, value in before.items():
        assert value_of(sandbox, "description", model_id) == ("Theirs" if model_id in theirs else value)
    assert Activity.objects.filter(action="undo", outcome="done").count() == 9


def test_a_model_that_cannot_be_opened_is_left_out_with_the_reason(access, sandbox):
    models = [*chosen(access, 1), *(Model(id=model_id) for model_id in ("x" * 300, "a/b", "a\0b"))]
    job = job_draft(access=access, action=Job.Action.SET, models=models, field="license", value="MIT")
    assert states(job) == ["waiting", "skipped", "skipped", "skipped"]
    said = [item.message for item in job.items.order_by("id")]
    assert "its ID is longer than 128 characters" in said[1]
    assert "its ID has characters that can't be part of an address" in said[2]


def test_undo_takes_models_that_an_incomplete_list_lacks(access, sandbox):
    job = run(access, begun(access, 6, field="description", value="Of the job"))
    before = {item.model_id: item.before for item in job.items.all()}
    listed = chosen(access, 4)
    items = undo_plan(access=access, job=job, models=listed, complete=False)
    assert [(item.model_id, item.state) for item in items] == [(model_id, "waiting") for model_id in before]
    assert {item.model_id: item.after for item in items} == before
    items = undo_plan(access=access, job=job, models=listed, complete=True)
    assert [item.state for item in items] == ["waiting"] * 4 + ["skipped"] * 2


def test_a_selected_model_that_an_incomplete_list_lacks_is_not_said_to_be_gone(access):
    for complete, said in ((True, "It is not in this project."), (False, "could not be read completely")):
        job = draft(access, 1, field="license", value="MIT", absent=["x"], complete=complete)
        assert said in job.items.get(model_id="x").message


def test_undo_of_a_change_whose_record_was_pruned_says_so(access):
    job = run(access, begun(access, 1, field="description", value="Of the job"))
    Activity.objects.all().delete()
    undo = job_undo(access=access, job=job)
    assert undo.items.get().message == "The activity no longer has a record of this change."


def test_a_slice_does_not_lift_a_pause_that_another_has_just_set(access, sandbox):
    job = begun(access, 2)
    pause = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(pk=job.pk).update(resume_at=pause, reason="Rate limit reached")
    ran = job_run(access=access, job=job).job  # as it was read before
    assert (ran.resume_at, ran.reason, written(sandbox)) == (pause, "Rate limit reached", [])


def test_starting_twice_starts_once_and_an_empty_job_not_at_all(access, sandbox):
    job = begun(access, 1)
    first = job.started_at
    job_start(access=access, job=job)
    assert Job.objects.get(pk=job.pk).started_at == first
    with pytest.raises(NothingToDo):
        job_start(
            access=access, job=job_draft(access=access, action=Job.Action.REVALIDATE, models=[], absent=["x"])
        )


def test_no_key_is_kept_in_a_job(access):
    job = begun(access, 1)
    assert KEY not in repr(list(Job.objects.filter(pk=job.pk).values()) + list(job.items.values()))


def test_the_preview_of_a_deletion_says_what_the_catalog_has_of_each_model(access, sandbox):
    job = draft(access, 44, action=Job.Action.DELETE)
    said = {item.message for item in job.items.all()}
    assert "Not in the public catalog." in said
    assert any(text.startswith("In the public catalog, with ") for text in said)
    sandbox.fault("status", route="catalog", status=503, times=None)
    job = draft(access, 2, action=Job.Action.DELETE)
    assert {item.message for item in job.items.all()} == {"The public catalog was not read."}
