"""Asking for a deletion and approving it through the pages, and the setting that asks for it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from models_admin.models import Activity, DeletionRequest, ProjectSettings, Protection
from tests.conftest import connect, sign_in
from tests.editing import HTMX, MODEL, hidden, hold, messages_of, words
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

P = f"/projects/{PROJECT}/"
DELETE, REQUESTS, SETTINGS = f"{MODEL}delete/", f"{P}requests/", f"{P}settings/"
NAME, REASON = "my-custom-model", "Superseded by <b>v2</b>"


@pytest.fixture
def client_of(person: Any, api_url: str) -> Any:
    def make(role: str = "Maintainer", name: str = "") -> Client:
        return connect(sign_in(Client(), person(role, name)))

    ProjectSettings.objects.create(project=PROJECT, approve_deletions=True)
    return make


@pytest.fixture
def ben(client_of: Any) -> Client:
    return client_of(name="ben")


@pytest.fixture
def ana(client_of: Any) -> Client:
    return client_of(name="ana")


def ask(client: Client, reason: str = REASON, **extra: Any) -> Any:
    return client.post(DELETE, {**hidden(client.get(DELETE)), "reason": reason}, **extra)


def asked(client: Client) -> str:
    """The address of a new request."""
    return str(ask(client)["Location"])


def approval(client: Client, url: str, name: str = NAME) -> Any:
    page = client.get(url).content.decode()
    form = page[page.index(f'action="{url}approve/"') :]
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token
    return client.post(f"{url}approve/", {"token": token[1], "confirm_name": name})


def deletions(sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.method == "DELETE")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_deleting_becomes_asking(ben, sandbox, headers):
    page = ben.get(DELETE, headers=headers).content.decode()
    assert "Ask for deletion" in page
    assert "confirm_name" not in page
    answer = ask(ben, headers=headers)
    request = DeletionRequest.objects.get()
    assert (answer.get("HX-Redirect") or answer["Location"]) == f"{REQUESTS}{request.pk}/"
    assert deletions(sandbox) == 0
    shown = words(ben.get(MODEL))
    assert "ben asked to delete this model" in shown
    assert f"{REASON} Show request" in shown


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_refused_reason_and_an_old_form_come_back(ben, sandbox, headers):
    answer = ask(ben, " ", headers=headers)
    assert answer.status_code == 422
    assert "Enter a reason." in page_of(answer).text
    answer = ben.post(DELETE, {"token": "x", "reason": "Typed"}, headers=headers)
    assert answer.status_code == 422
    assert 'name="reason" value="Typed"' in answer.content.decode()
    form = {**hidden(ben.get(DELETE)), "reason": "Typed"}
    hold(sandbox, status="active")
    answer = ben.post(DELETE, form, headers=headers)
    assert answer.status_code == 409
    assert "its status was Ready and is now Active" in page_of(answer).text
    sandbox.fault("status", status=500, route="get", times=None)
    answer = ben.post(DELETE, {**hidden(answer), "reason": "Typed"}, headers=headers)
    assert answer.status_code == 422
    assert 'name="reason" value="Typed"' in answer.content.decode()
    assert not DeletionRequest.objects.exists()
    assert not Activity.objects.exists()


def test_the_old_form_of_a_deletion_deletes_nothing(ben, sandbox):
    form = {**hidden(ben.get(DELETE)), "confirm_name": NAME}
    answer = ben.post(DELETE, form)
    assert answer.status_code == 422
    assert deletions(sandbox) == 0


def test_someone_else_sees_what_falls_and_approves(ben, ana, sandbox):
    sandbox.set(endpoints="on")
    url = asked(ben)
    page = words(ana.get(url))
    for thing in (REASON, "Asked by ben", "its 5 endpoints:", "5 deployments", "ep_00000_0", "Decline"):
        assert thing in page
    assert "Requests 1" in words(ana.get(REQUESTS))
    found = ana.get(url).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', found)[-1]
    form = {"token": token, "confirm_name": NAME}
    assert ana.post(f"{url}approve/", form).status_code == 422  # the endpoints were not ticked
    answer = ana.post(f"{url}approve/", {**form, "confirm_endpoints": "1"})
    assert f"{NAME} was deleted." in messages_of(ana, answer)
    assert deletions(sandbox) == 1
    activity = words(ana.get(f"{P}activity/"))
    assert f"Deleted the model Asked by ben Reason {REASON}" in activity
    assert "Approved by ana" in words(ana.get(REQUESTS))


def test_a_name_that_is_not_the_models_is_refused_on_the_requests_page(ben, ana, sandbox):
    url = asked(ben)
    answer = approval(ana, url, "another")
    assert answer.status_code == 422
    assert "That is not the model's name. Nothing was deleted." in words(answer)
    assert "Asked by ben" in words(answer)
    assert deletions(sandbox) == 0


def test_a_failed_deletion_shows_the_cause_and_can_be_approved_again(ben, ana, sandbox):
    url = asked(ben)
    sandbox.fault("status", status=403, route="delete", times=1)
    answer = approval(ana, url)
    assert answer.status_code == 422
    assert "The model was not deleted." in words(answer)
    assert approval(ana, url).status_code == 302
    assert deletions(sandbox) == 2


def test_who_asked_has_no_form_and_is_refused(ben, sandbox):
    url = asked(ben)
    page = ben.get(url).content.decode()
    assert "confirm_name" not in page
    assert "so someone else has to approve it" in page
    assert "Requests 1" not in words(ben.get(REQUESTS))
    for step in ("approve/", "decline/"):
        answer = ben.post(f"{url}{step}", {"confirm_name": NAME})
        assert answer.status_code == 403
        assert "You asked for this deletion" in words(answer)
    assert "Your request was withdrawn." in messages_of(ben, ben.post(f"{url}withdraw/"))
    assert "Withdrawn" in words(ben.get(url))


def test_a_model_that_changed_is_shown_with_the_difference_and_without_a_form(ben, ana, sandbox):
    url = asked(ben)
    form = {**hidden(ana.get(url)), "confirm_name": NAME}
    hold(sandbox, description="Serves customers")
    page = ana.get(url).content.decode()
    assert "The model has changed since ben asked" in page
    assert "Its metadata has changed." in page
    assert "confirm_name" not in page
    answer = ana.post(f"{url}approve/", form)
    assert answer.status_code == 409
    assert "Its metadata has changed. The model was not deleted." in words(answer)
    assert deletions(sandbox) == 0


@pytest.mark.parametrize("closed", ["declined", "expired"])
def test_a_closed_request_says_so(ben, ana, client_of, sandbox, closed):
    url = asked(ben)
    form = {**hidden(ana.get(url)), "confirm_name": NAME}
    if closed == "declined":
        other = client_of()
        assert "The deletion was declined." in messages_of(other, other.post(f"{url}decline/"))
    else:
        DeletionRequest.objects.update(created_at=timezone.now() - timedelta(hours=24))
    answer = ana.post(f"{url}approve/", form)
    assert answer.status_code == 409
    assert "This request is closed" in words(answer)
    assert closed.capitalize() in words(ana.get(url))
    assert "was already closed" in messages_of(ana, ana.post(f"{url}decline/"))
    assert "was already closed" in messages_of(ben, ben.post(f"{url}withdraw/"))
    assert deletions(sandbox) == 0


def test_another_persons_request_is_shown_instead_of_a_second_one(ben, ana):
    url = asked(ben)
    answer = ask(ana)
    assert answer["Location"] == url
    assert "ben has asked for this deletion already." in messages_of(ana, answer)


def test_a_protected_or_unreadable_model_says_so_on_the_requests_page(ben, ana, sandbox):
    url = asked(ben)
    form = {**hidden(ana.get(url)), "confirm_name": NAME}
    sandbox.fault("status", status=500, route="get", times=None)
    assert ana.get(url).status_code == 502
    sandbox.clear_faults()
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason="Demo")
    assert "Protected by mia" in words(ana.get(url))
    answer = ana.post(f"{url}approve/", form)
    assert answer.status_code == 403
    assert "Protected by mia" in words(answer)
    assert deletions(sandbox) == 0


@pytest.mark.django_db(transaction=True)  # a job writes in threads
def test_many_models_are_asked_for_and_run_as_the_approvers_job(ben, ana, sandbox):
    ids = list(sandbox.store.project(PROJECT).models)[:2]
    preview = ben.post(f"{P}models/selection/", {"id": ids, "action": "delete"})
    job = re.search(r'name="job" value="(\d+)"', preview.content.decode())
    assert job
    answer = ben.post(f"{P}jobs/", {"job": job[1], "reason": " "})
    assert answer.status_code == 422
    assert "Enter a reason." in words(answer)
    url = ben.post(f"{P}jobs/", {"job": job[1], "reason": REASON})["Location"]
    page = words(ana.get(url))
    assert "Request to delete 2 models" in page
    assert all(model_id in page for model_id in ids)
    assert "confirm_name" not in ben.get(url).content.decode()
    refused = ana.post(f"{url}approve/", {"confirm_name": "yes"})
    assert refused.status_code == 422
    assert "Type the sentence exactly. Nothing was deleted." in words(refused)
    answer = ana.post(f"{url}approve/", {"confirm_name": "delete 2 models"})
    assert answer["Location"] == f"{P}jobs/{job[1]}/"
    assert f"Asked for by ben: {REASON}" in words(ana.get(answer["Location"]))
    refused = ben.post(f"{P}jobs/{job[1]}/run/")
    assert refused.status_code == 403
    assert "You asked for this deletion" in words(ben.get(f"{P}jobs/{job[1]}/"))
    ana.post(f"{P}jobs/{job[1]}/run/")
    assert deletions(sandbox) == 2
    assert "Show the job" in words(ben.get(url))


def test_the_setting_is_for_administrators(client_of, ben, ana):
    assert ben.get(SETTINGS).status_code == 403
    assert ben.post(SETTINGS, {}).status_code == 403
    admin = client_of("Administrator")
    assert 'value="1" checked' in admin.get(SETTINGS).content.decode()
    assert "Settings saved." in messages_of(admin, admin.post(SETTINGS, {}))
    assert "Nothing was changed." in messages_of(admin, admin.post(SETTINGS, {}))
    assert "confirm_name" in ben.get(DELETE).content.decode()
    assert "This project doesn't require a second person" in words(ana.get(REQUESTS))
    assert "Requests" not in words(ana.get(MODEL))
    assert "Changed the project's settings Second person for deletions Yes → No" in words(
        ana.get(f"{P}activity/")
    )


def test_the_empty_list_says_what_will_appear_there(ana):
    assert "Nobody is waiting for approval." in words(ana.get(REQUESTS))
    assert ana.get(f"{REQUESTS}1/").status_code == 404
