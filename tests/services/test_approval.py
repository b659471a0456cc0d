"""A project that requires a second person: who may approve which deletion, when, and how often it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.access.tokens import token_issue
from models_admin.models import Activity, DeletionRequest, Job, ProjectSettings, Protection
from models_admin.services import deleting, deletion_requests
from models_admin.services.approval import (
    OwnRequest,
    RequestClosed,
    RequestOutdated,
    SecondPersonNeeded,
    open_requests,
    second_person_needed,
)
from models_admin.services.deleting import ModelDiffers, NameDiffers, delete_plan, model_delete
from models_admin.services.deletion_requests import (
    AlreadyAsked,
    deletion_approve_job,
    deletion_ask,
    deletion_ask_many,
    deletion_decline,
    deletion_withdraw,
    request_find,
    requests_list,
)
from models_admin.services.job_run import job_run
from models_admin.services.jobs import (
    NotConfirmed,
    NothingToDo,
    job_continue,
    job_draft,
    job_find,
    job_retry,
    job_start,
    job_stop,
)
from models_admin.services.listing import models_list
from models_admin.services.project_settings import second_person_set
from models_admin.services.protecting import ReasonRefused
from models_admin.services.protection import Protected
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.secret import Secret
from tests.editing import hold
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

pytestmark = pytest.mark.django_db(transaction=True)  # approvers are threads with a connection each
NAME, REASON = "my-custom-model", "Superseded by v2"
State = DeletionRequest.State


@pytest.fixture
def access(person: Any, api_url: str) -> Callable[..., Access]:
    def make(role: str = "Maintainer", name: str = "") -> Access:
        return Access(user=person(role, name), project=PROJECT, key=Secret(KEY))

    ProjectSettings.objects.create(project=PROJECT, approve_deletions=True)
    return make


@pytest.fixture
def asker(access: Any) -> Access:
    return access(name="ben")


@pytest.fixture
def approver(access: Any) -> Access:
    return access(name="ana")


def ask(access: Access, reason: str = REASON) -> DeletionRequest:
    plan = delete_plan(access=access, model_id=EXAMPLE_ID)
    return deletion_ask(access=access, model_id=EXAMPLE_ID, reason=reason, token=plan.token)


def approve(access: Access, request: DeletionRequest, name: str = NAME) -> Any:
    found = request_find(access=access, number=request.pk)
    plan = delete_plan(access=access, model_id=EXAMPLE_ID)
    more = {"confirm_name": name, "confirm_endpoints": True, "token": plan.token, "approval": found}
    return model_delete(access=access, model_id=EXAMPLE_ID, **more)


def deletions(sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.method == "DELETE")


def state_of(request: DeletionRequest) -> tuple[str, str]:
    request.refresh_from_db()
    return request.state, request.decided_by


def test_an_approved_deletion_is_sent_once_by_the_approver_and_names_both(asker, approver, sandbox):
    request = ask(asker)
    assert deletions(sandbox) == 0
    assert approve(approver, request).state == "deleted"
    assert deletions(sandbox) == 1
    assert state_of(request) == ("approved", "ana")
    rows = Activity.objects.order_by("id")
    assert [(row.action, row.outcome, row.username) for row in rows] == [
        ("ask_delete", "done", "ben"),
        ("delete", "done", "ana"),
    ]
    facts = {entry["field"]: entry["after"] for entry in rows[1].changes}
    assert facts == {"asked_by": "ben", "asked_reason": REASON}
    assert rows[1].snapshot["name"] == NAME


def test_nobody_deletes_without_an_approval(asker, sandbox):
    plan = delete_plan(access=asker, model_id=EXAMPLE_ID)
    more = {"confirm_name": NAME, "confirm_endpoints": True, "token": plan.token}
    with pytest.raises(SecondPersonNeeded):
        model_delete(access=asker, model_id=EXAMPLE_ID, **more)
    assert deletions(sandbox) == 0
    ProjectSettings.objects.update(approve_deletions=False)
    assert model_delete(access=asker, model_id=EXAMPLE_ID, **more).state == "deleted"


@pytest.mark.parametrize(
    ("role", "refusal"),
    [("Viewer", NotAllowed), ("Editor", NotAllowed), ("Maintainer", None), ("Administrator", None)],
)
def test_who_may_approve_and_decline(access, asker, sandbox, role, refusal):
    request = ask(asker)
    other = access(role)
    if refusal is None:
        assert approve(other, request).state == "deleted"
        return
    token = token_issue(user=other.user, project=PROJECT, model_id=EXAMPLE_ID, purpose="delete")
    more = {"confirm_name": NAME, "confirm_endpoints": True, "token": token, "approval": request}
    with pytest.raises(refusal):
        model_delete(access=other, model_id=EXAMPLE_ID, **more)
    with pytest.raises(refusal):
        deletion_decline(access=other, request=request)
    assert deletions(sandbox) == 0
    assert state_of(request) == ("open", "")


def test_who_asked_can_neither_approve_nor_decline_whatever_their_role(access, sandbox):
    asker = access("Administrator")
    request = ask(asker)
    with pytest.raises(OwnRequest):
        approve(asker, request)
    with pytest.raises(OwnRequest):
        deletion_decline(access=asker, request=request)
    assert deletions(sandbox) == 0


def test_only_who_asked_withdraws(asker, approver, sandbox):
    request = ask(asker)
    with pytest.raises(RequestClosed):
        deletion_withdraw(access=approver, request=request)
    deletion_withdraw(access=asker, request=request)
    assert state_of(request) == ("withdrawn", "ben")
    with pytest.raises(RequestClosed):
        approve(approver, request)
    assert [row.action for row in Activity.objects.order_by("id")] == ["ask_delete", "withdraw_delete"]
    assert deletions(sandbox) == 0


def test_a_declined_request_is_closed(asker, approver, access, sandbox):
    request = ask(asker)
    deletion_decline(access=approver, request=request)
    assert state_of(request) == ("declined", "ana")
    for again in (
        lambda: approve(access(), request),
        lambda: deletion_decline(access=access(), request=request),
        lambda: deletion_withdraw(access=asker, request=request),
    ):
        with pytest.raises(RequestClosed):
            again()
    assert deletions(sandbox) == 0


@pytest.mark.parametrize(
    ("age", "state"), [(timedelta(hours=23, minutes=59), "approved"), (timedelta(hours=24), "expired")]
)
def test_a_request_expires_after_24_hours(asker, approver, sandbox, age, state):
    request = ask(asker)
    DeletionRequest.objects.update(created_at=timezone.now() - age)
    if state == "approved":
        assert approve(approver, request).state == "deleted"
    else:
        with pytest.raises(RequestClosed):
            approve(approver, request)
        with pytest.raises(RequestClosed):
            deletion_decline(access=approver, request=request)
        opened, closed = requests_list(access=approver)
        assert (opened, closed) == ([], [request])
    assert state_of(request)[0] == state
    assert deletions(sandbox) == (state == "approved")


def test_a_request_that_expires_while_it_is_approved_is_not_carried_out(
    asker, approver, sandbox, monkeypatch
):
    request = ask(asker)
    check = deleting.plan_outdated

    def slow(*given: Any) -> list[str]:
        DeletionRequest.objects.update(created_at=timezone.now() - timedelta(hours=24))
        return check(*given)

    monkeypatch.setattr(deleting, "plan_outdated", slow)
    with pytest.raises(RequestClosed):
        approve(approver, request)
    assert deletions(sandbox) == 0
    assert not Activity.objects.filter(action="delete").exists()


CHANGES = {
    "name": ({"name": "renamed"}, "Its name is now “renamed”."),
    "status": ({"status": "active"}, "Its status is now Active."),
    "description": ({"description": "Serves customers"}, "Its metadata has changed."),
    "sharing": ({"is_shared": True}, "Its metadata has changed."),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_changed_since_it_was_asked_for_is_not_deleted(asker, approver, sandbox, change):
    request = ask(asker)
    facts, says = CHANGES[change]
    hold(sandbox, **facts)
    with pytest.raises(RequestOutdated) as outdated:
        approve(approver, request, name=facts.get("name", NAME))
    assert outdated.value.differences == [says]
    assert deletions(sandbox) == 0
    assert state_of(request) == ("open", "")


def test_a_model_that_got_an_endpoint_since_is_not_deleted(asker, approver, sandbox):
    request = ask(asker)
    assert request.shown[2] is None  # the API didn't list endpoints then
    sandbox.set(endpoints="on")
    with pytest.raises(RequestOutdated, match="It has 5 endpoints, which were not known before"):
        approve(approver, request)
    assert deletions(sandbox) == 0


def test_an_endpoint_in_place_of_another_outdates_a_request_and_one_that_is_gone_does_not(
    asker, approver, sandbox
):
    sandbox.set(endpoints="on")
    request = ask(asker)
    sandbox.store.endpoint_remove(PROJECT, "ep_00000_1")
    added = sandbox.store.endpoint_add(PROJECT, EXAMPLE_ID)
    with pytest.raises(RequestOutdated, match="It has 1 new endpoint"):
        approve(approver, request)
    assert deletions(sandbox) == 0
    sandbox.store.endpoint_remove(PROJECT, added)
    assert approve(approver, request).state == "deleted"


def test_a_model_that_changes_while_the_approver_looks_asks_again(asker, approver, sandbox):
    request = ask(asker)
    plan = delete_plan(access=approver, model_id=EXAMPLE_ID)
    hold(sandbox, status="active")
    more = {"confirm_name": NAME, "confirm_endpoints": True, "token": plan.token, "approval": request}
    with pytest.raises(ModelDiffers):
        model_delete(access=approver, model_id=EXAMPLE_ID, **more)
    assert deletions(sandbox) == 0
    assert state_of(request) == ("open", "")


def test_the_approver_types_the_name(asker, approver, sandbox):
    request = ask(asker)
    with pytest.raises(NameDiffers):
        approve(approver, request, name="another")
    assert state_of(request) == ("open", "")


def test_a_protected_model_is_neither_asked_for_nor_deleted(asker, approver, sandbox):
    token = delete_plan(access=asker, model_id=EXAMPLE_ID).token
    request = ask(asker)
    more = {"token": delete_plan(access=approver, model_id=EXAMPLE_ID).token, "approval": request}
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason="Demo")
    with pytest.raises(Protected):
        model_delete(access=approver, model_id=EXAMPLE_ID, confirm_name=NAME, confirm_endpoints=True, **more)
    with pytest.raises(Protected):
        deletion_ask(access=asker, model_id=EXAMPLE_ID, reason=REASON, token=token)
    assert deletions(sandbox) == 0


@pytest.mark.parametrize(
    ("kind", "fault", "result", "state"),
    [
        ("status", {"status": 403}, "refused", "open"),
        ("reset_after", {}, "deleted", "approved"),
    ],
)
def test_a_deletion_that_failed_can_be_approved_again(asker, approver, sandbox, kind, fault, result, state):
    request = ask(asker)
    sandbox.fault(kind, route="delete", times=1, **fault)
    assert approve(approver, request).state == result
    assert state_of(request)[0] == state
    if state == "open":
        assert approve(approver, request).state == "deleted"
        assert state_of(request) == ("approved", "ana")


def test_a_new_request_of_the_same_person_replaces_the_old_one(asker, access):
    first, second = ask(asker), ask(asker, "A better reason")
    assert state_of(first) == ("withdrawn", "ben")
    assert state_of(second) == ("open", "")
    with pytest.raises(AlreadyAsked) as already:
        ask(access())
    assert already.value.request == second
    DeletionRequest.objects.update(created_at=timezone.now() - timedelta(hours=24))
    third = ask(access())
    assert [state_of(item)[0] for item in (second, third)] == ["expired", "open"]


def test_asking_needs_a_reason_and_the_role_and_a_form_counts_once(asker, access):
    with pytest.raises(ReasonRefused):
        ask(asker, " ")
    with pytest.raises(NotAllowed):
        ask(access("Editor"))
    assert not Activity.objects.exists()
    assert not DeletionRequest.objects.exists()


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results, or exceptions, of calls in threads of their own."""
    results: list[Any] = []

    def carry(call: Callable[[], Any]) -> None:
        try:
            results.append(call())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=carry, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def together(parties: int, check: Callable[..., Any]) -> Callable[..., Any]:
    """`check`, which nobody leaves before all have come to it."""
    barrier = threading.Barrier(parties)

    def waiting(*given: Any, **more: Any) -> Any:
        barrier.wait(30)
        return check(*given, **more)

    return waiting


def test_of_approvers_at_once_exactly_one_deletes(asker, access, sandbox, monkeypatch):
    request = ask(asker)
    approvers = [access() for _ in range(3)]
    monkeypatch.setattr(deleting, "plan_outdated", together(3, deleting.plan_outdated))
    results = at_once([lambda one=one: approve(one, request) for one in approvers])
    deleted = [found for found in results if getattr(found, "state", "") == "deleted"]
    assert len(deleted) == 1, results
    assert [type(found) for found in results if found not in deleted] == [RequestClosed] * 2
    assert deletions(sandbox) == 1
    assert Activity.objects.filter(action="delete").count() == 1


def three(access: Access) -> list[Any]:
    models = models_list(access=access, fresh=True).list.models
    return [model for model in models if model.status == "ready"][:3]


def ask_many(access: Access) -> DeletionRequest:
    job = job_draft(access=access, action=Job.Action.DELETE, models=three(access))
    with pytest.raises(SecondPersonNeeded):
        job_start(access=access, job=job, typed="delete 3 models")
    return deletion_ask_many(access=access, job=job, reason=REASON)


def approved_job(access: Access, request: DeletionRequest) -> Job:
    found = request_find(access=access, number=request.pk)
    job = deletion_approve_job(access=access, request=found, typed="delete 3 models")
    return job_find(access=access, number=job.pk)  # type: ignore[return-value]


def test_a_job_runs_as_the_approvers_and_each_row_names_both(asker, approver, sandbox):
    request = ask_many(asker)
    assert request.model_name == "3 models"
    job = approved_job(approver, request)
    assert (job.state, job.username) == ("open", "ana")
    with pytest.raises(OwnRequest):
        job_run(access=asker, job=job)
    assert deletions(sandbox) == 0
    assert job_run(access=approver, job=job).job.state == "finished"
    assert [item.state for item in job.items.all()] == ["done"] * 3
    assert deletions(sandbox) == 3
    rows = Activity.objects.filter(action="delete")
    assert {(row.username, row.changes[0]["after"], row.changes[1]["after"]) for row in rows} == {
        ("ana", "ben", REASON)
    }


def test_who_asked_cannot_set_a_job_going_again(asker, approver, sandbox):
    job = approved_job(approver, ask_many(asker))
    sandbox.fault("status", method="DELETE", status=400, message="In use.", times=None)
    job_run(access=approver, job=job)
    with pytest.raises(OwnRequest):
        job_retry(access=asker, job=job)
    assert [item.state for item in job.items.all()] == ["refused"] * 3
    job_retry(access=approver, job=job)
    job_stop(access=approver, job=job)
    with pytest.raises(OwnRequest):
        job_continue(access=asker, job=job)
    job.refresh_from_db()
    assert job.state == "stopped"


def test_a_job_is_asked_for_once_and_approved_once(asker, access, approver, sandbox):
    request = ask_many(asker)
    assert deletion_ask_many(access=asker, job=request.job, reason="again") == request
    with pytest.raises(OwnRequest):
        deletion_approve_job(access=asker, request=request, typed="delete 3 models")
    with pytest.raises(NotAllowed):
        deletion_approve_job(access=access("Editor"), request=request, typed="delete 3 models")
    with pytest.raises(NotConfirmed):
        deletion_approve_job(access=approver, request=request, typed="yes")
    job = approved_job(approver, request)
    with pytest.raises(RequestClosed):
        approved_job(access(), request)
    with pytest.raises(NothingToDo):
        deletion_ask_many(access=asker, job=job, reason=REASON)
    assert Job.objects.get(pk=job.pk).username == "ana"


def test_of_approvers_of_a_job_at_once_one_starts_it(asker, access, sandbox, monkeypatch):
    request = ask_many(asker)
    sentence = deletion_requests.confirm_sentence
    monkeypatch.setattr(deletion_requests, "confirm_sentence", together(2, sentence))
    approvers = [access(), access()]
    results = at_once([lambda one=one: approved_job(one, request) for one in approvers])
    assert sorted(type(found).__name__ for found in results) == ["Job", "RequestClosed"]
    assert Job.objects.get(pk=request.job_id).username == state_of(request)[1]


def test_a_job_leaves_models_that_have_changed_since_it_was_asked_for(asker, approver, sandbox):
    request = ask_many(asker)
    changed = request.job.items.first().model_id
    sandbox.store.project(PROJECT).models[changed].change({"name": "renamed"})
    job = approved_job(approver, request)
    job_run(access=approver, job=job)
    assert [item.state for item in job.items.order_by("id")] == ["conflict", "done", "done"]
    assert deletions(sandbox) == 2


def test_a_job_whose_request_has_expired_is_not_said_to_be_asked_for(asker):
    job = job_draft(access=asker, action=Job.Action.DELETE, models=three(asker))
    request = deletion_ask_many(access=asker, job=job, reason=REASON)
    DeletionRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(NothingToDo):
        deletion_ask_many(access=asker, job=job, reason=REASON)
    assert state_of(request)[0] == "expired"


def test_an_expired_or_declined_job_is_not_started(asker, approver, sandbox):
    request = ask_many(asker)
    DeletionRequest.objects.update(created_at=timezone.now() - timedelta(hours=24))
    with pytest.raises(RequestClosed):
        approved_job(approver, request)
    DeletionRequest.objects.update(created_at=timezone.now(), state=State.OPEN)
    request.refresh_from_db()
    deletion_decline(access=approver, request=request)
    with pytest.raises(RequestClosed):
        approved_job(approver, request)
    assert request.job.state == "draft"
    with pytest.raises(NothingToDo, match="asked for before"):
        deletion_ask_many(access=asker, job=request.job, reason=REASON)
    assert deletions(sandbox) == 0


def test_a_job_that_was_started_before_the_switch_is_held(asker, sandbox):
    ProjectSettings.objects.update(approve_deletions=False)
    job = job_draft(access=asker, action=Job.Action.DELETE, models=three(asker))
    job_start(access=asker, job=job, typed="delete 3 models")
    ProjectSettings.objects.update(approve_deletions=True)
    job = job_find(access=asker, number=job.pk)
    job = job_run(access=asker, job=job).job
    assert (job.state, deletions(sandbox)) == ("held", 0)
    assert "requires a second person" in job.reason


def test_drafts_that_were_asked_for_outlive_other_drafts(asker):
    request = ask_many(asker)
    forgotten = job_draft(access=asker, action=Job.Action.DELETE, models=three(asker))
    Job.objects.update(created_at=timezone.now() - timedelta(days=2))
    job_draft(access=asker, action=Job.Action.DELETE, models=three(asker))
    assert Job.objects.filter(pk=request.job_id).exists()
    assert not Job.objects.filter(pk=forgotten.pk).exists()


def test_an_administrator_switches_it_for_one_project(access, approver):
    admin = access("Administrator")
    with pytest.raises(NotAllowed, match="Administrator"):
        second_person_set(access=approver, wanted=False)
    assert second_person_set(access=admin, wanted=True) is False
    assert second_person_set(access=admin, wanted=False) is True
    assert not second_person_needed(project=PROJECT)
    other = replace(admin, project="proj_EMPTY")
    assert second_person_set(access=other, wanted=True) is True
    assert not second_person_needed(project=PROJECT)
    rows = Activity.objects.order_by("id")
    assert [(row.project, row.action, row.changes[0]["after"]) for row in rows] == [
        (PROJECT, "settings", False),
        ("proj_EMPTY", "settings", True),
    ]
    assert not open_requests(project=PROJECT).exists()


def test_a_model_that_is_gone_is_not_asked_for(asker, sandbox):
    token = delete_plan(access=asker, model_id=EXAMPLE_ID).token
    del sandbox.store.project(PROJECT).models[EXAMPLE_ID]
    with pytest.raises(ApiError):
        deletion_ask(access=asker, model_id=EXAMPLE_ID, reason=REASON, token=token)
    assert not DeletionRequest.objects.exists()
