"""Signing in again before deleting models, lifting protections and managing accounts, if the last proof is too old."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from models_admin.access.tokens import token_issue
from models_admin.models import Activity, Job, JobItem, ProjectSettings, Protection
from models_admin.services.protecting import UNPROTECT
from tests.conftest import PASSWORD, connect, sign_in
from tests.editing import HTMX, hidden, words
from tests.faults.calls import NAME, PAGE
from tests.pages import body_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

DELETE = f"{PAGE}delete/"
SELECTION, JOBS = f"/projects/{PROJECT}/models/selection/", f"/projects/{PROJECT}/jobs/"
CONFIRM = "/account/confirm/"
MINUTES = 15


def age(client: Client, minutes: float) -> None:
    """The last proof is so old."""
    session = client.session
    session["authenticated_at"] = int(time.time() - minutes * 60)
    session.save()


@pytest.fixture
def stale(connected: Client, sandbox) -> Client:
    """A connected Maintainer whose last proof is 16 minutes old."""
    age(connected, MINUTES + 1)
    sandbox.requests.clear()
    return connected


@pytest.fixture
def administrator(client: Client, person, api_url) -> Client:
    """The same, who may also manage accounts."""
    client = connect(sign_in(client, person("Administrator", "ada")))
    age(client, MINUTES + 1)
    return client


def carried(answer) -> dict[str, list[str]]:
    """The hidden fields of the page, by name."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body_of(answer))
    return {name: [value for other, value in found if other == name] for name, _ in found}


def delete_form(client: Client) -> dict[str, str]:
    user = client.user  # type: ignore[attr-defined]
    seen = json.dumps([NAME, "ready"])
    token = token_issue(user=user, project=PROJECT, model_id=EXAMPLE_ID, purpose="delete", seen=seen)
    return {"token": token, "confirm_name": NAME}


def test_a_page_is_opened_after_the_password(stale, sandbox):
    answer = stale.get(DELETE)
    assert answer.url == f"{CONFIRM}?next={DELETE}"
    assert sandbox.requests == []
    page = stale.get(answer.url)
    assert "Confirm it's you" in words(page)
    assert "within the last 15 minutes" in words(page)
    answer = stale.post(CONFIRM, {"next": carried(page)["next"][0], "proof_password": PASSWORD})
    assert answer.url == DELETE
    assert stale.get(DELETE).status_code == 200


def test_htmx_moves_to_that_page(stale, sandbox):
    answer = stale.get(DELETE, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{CONFIRM}?next={DELETE}")
    assert not body_of(answer)


def test_a_deletion_is_sent_after_the_password_with_what_was_typed(stale, sandbox):
    answer = stale.post(DELETE, delete_form(stale))
    assert answer.status_code == 422
    assert sandbox.requests == []
    assert not Activity.objects.exists()
    fields = carried(answer)
    assert fields["confirm_name"] == [NAME]
    answer = stale.post(DELETE, fields | {"proof_password": "wrong"})
    assert "That&#x27;s not your current password." in body_of(answer)
    assert carried(answer)["confirm_name"] == [NAME]
    assert sandbox.requests == []
    answer = stale.post(DELETE, carried(answer) | {"proof_password": PASSWORD})
    assert [call.method for call in sandbox.requests if call.method != "GET"] == ["DELETE"]
    assert Activity.objects.get().outcome == "done"
    assert not answer.cookies.get("sessionid") or answer.cookies["sessionid"]["max-age"] != 0


def test_a_dialog_leads_to_the_page_with_what_was_typed(stale, sandbox):
    answer = stale.post(DELETE, delete_form(stale), headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#dialog")
    dialog = body_of(answer).strip()
    assert dialog.startswith("<dialog")
    assert f'<form method="post" action="{DELETE}">' in dialog  # sent by the browser, not by htmx
    assert "proof_password" not in dialog
    page = stale.post(DELETE, carried(answer))
    assert 'name="proof_password"' in body_of(page)
    assert carried(page)["confirm_name"] == [NAME]
    assert sandbox.requests == []


def test_a_bulk_deletion_asks_when_it_is_prepared_and_when_it_is_started(stale, sandbox):
    form = {"id": [EXAMPLE_ID, "another"], "action": "delete"}
    answer = stale.post(SELECTION, form)
    assert (answer.status_code, carried(answer)["id"]) == (422, form["id"])
    assert not Job.objects.exists()
    answer = stale.post(SELECTION, form | {"proof_password": PASSWORD})
    assert answer.status_code == 200
    job = Job.objects.get()
    age(stale, MINUTES + 1)
    start = {"job": str(job.pk), "confirm_name": "delete 1 model"}
    answer = stale.post(JOBS, start)
    assert (answer.status_code, carried(answer)["confirm_name"]) == (422, ["delete 1 model"])
    job.refresh_from_db()
    assert job.state == Job.State.DRAFT
    assert stale.post(JOBS, start | {"proof_password": PASSWORD}).url == f"{JOBS}{job.pk}/"


@pytest.mark.parametrize(("path", "form"), [("run/", {"continue": "1"}), ("retry/", {})])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_deletions_that_had_ended_go_on_after_the_password(stale, sandbox, path, form, headers):
    user = stale.user  # type: ignore[attr-defined]
    state = Job.State.STOPPED if form else Job.State.FINISHED
    job = Job.objects.create(user=user, username="x", project=PROJECT, action="delete", state=state)
    item = JobItem.objects.create(job=job, model_id=EXAMPLE_ID, state="waiting" if form else "refused")
    answer = stale.post(f"{JOBS}{job.pk}/{path}", form, headers=headers)
    assert answer.headers["HX-Redirect" if headers else "Location"] == f"{CONFIRM}?next={JOBS}{job.pk}/"
    job.refresh_from_db()
    assert (job.state, item.state, sandbox.requests) == (state, JobItem.objects.get().state, [])


def test_lifting_a_protection_asks_and_protecting_does_not(stale):
    form = hidden(stale.get(f"{PAGE}protect/")) | {"reason": "Serves the demo"}
    assert stale.post(f"{PAGE}protect/", form).status_code == 302
    token = token_issue(user=stale.user, project=PROJECT, model_id=EXAMPLE_ID, purpose=UNPROTECT)
    lift = {"token": token}
    answer = stale.post(f"{PAGE}unprotect/", lift)
    assert (answer.status_code, carried(answer)["token"]) == (422, [lift["token"]])
    assert Protection.objects.exists()
    assert stale.post(f"{PAGE}unprotect/", lift | {"proof_password": PASSWORD}).status_code == 302
    assert not Protection.objects.exists()


def test_switching_the_second_person_off_asks_and_switching_it_on_does_not(administrator):
    address, on = f"/projects/{PROJECT}/settings/", {"approve_deletions": "1"}
    assert administrator.post(address, on).status_code == 302
    answer = administrator.post(address, {})
    assert (answer.status_code, "Confirm it's you" in words(answer)) == (422, True)
    assert ProjectSettings.objects.get().approve_deletions
    assert administrator.post(address, on).status_code == 302  # nothing changes
    assert administrator.post(address, {"proof_password": PASSWORD}).status_code == 302
    assert not ProjectSettings.objects.get().approve_deletions


@pytest.mark.parametrize("action", ["revalidate", "export", "set"])
def test_what_can_be_undone_does_not_ask(stale, action):
    assert stale.post(SELECTION, {"id": EXAMPLE_ID, "action": action}).status_code == 200
    assert stale.get(f"{PAGE}edit/").status_code == 200


def test_managing_accounts_asks_and_looking_at_them_does_not(administrator, person):
    vera = person("Viewer", "vera")
    assert administrator.get("/team/").status_code == 200
    for path in ("/team/add/", f"/team/{vera.pk}/change/", f"/team/{vera.pk}/password/"):
        assert administrator.get(path).url == f"{CONFIRM}?next={path}"
    for path in (f"/team/{vera.pk}/lock/", f"/team/{vera.pk}/unlock/"):
        assert "Confirm it's you" in words(administrator.post(path))
    vera.refresh_from_db()
    assert vera.is_active
    administrator.post(f"/team/{vera.pk}/lock/", {"proof_password": PASSWORD})
    vera.refresh_from_db()
    assert not vera.is_active


def test_typed_passwords_are_not_put_on_the_page(administrator):
    form = {
        "username": "nora",
        "role": "Editor",
        "password1": "typed-CANARY-1",
        "password2": "typed-CANARY-1",
    }
    answer = administrator.post("/team/add/", form)
    assert "CANARY" not in body_of(answer)
    assert "You only need to type the new password again." in words(answer)
    assert carried(answer).keys() >= {"username", "role"}
    answer = administrator.post("/team/add/", carried(answer) | {"proof_password": PASSWORD})
    assert answer.status_code == 422
    assert 'value="nora"' in body_of(answer)
    assert not User.objects.filter(username="nora").exists()


def test_the_role_is_checked_first(client, person, api_url):
    client = connect(sign_in(client, person("Viewer")))
    age(client, MINUTES + 1)
    for path in (DELETE, "/team/add/"):
        assert client.get(path).status_code == client.post(path).status_code == 403
    for path in (f"{PAGE}unprotect/", f"/projects/{PROJECT}/settings/"):
        assert client.post(path).status_code == 403


@pytest.mark.parametrize(("minutes", "asks"), [(MINUTES - 1, False), (MINUTES + 1, True), (-10, True)])
def test_the_age_decides(connected, minutes, asks):
    age(connected, minutes)
    assert (connected.get(DELETE).status_code == 302) is asks


def test_it_can_be_turned_off(stale, settings):
    settings.REAUTHENTICATE = 0
    assert stale.get(DELETE).status_code == 200


def test_a_session_of_an_earlier_version_counts_from_its_sign_in(connected):
    session = connected.session
    del session["authenticated_at"]
    session.save()
    assert connected.get(DELETE).status_code == 200
    session["signed_in_at"] = int(time.time() - 16 * 60)
    session.save()
    assert connected.get(DELETE).status_code == 302


def test_failures_lock_the_name_for_this_address_as_at_sign_in(stale):
    for _ in range(4):
        assert stale.post(CONFIRM, {"next": DELETE, "proof_password": "wrong"}).status_code == 422
    answer = stale.post(CONFIRM, {"next": DELETE, "proof_password": "wrong"})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in words(answer)
    assert stale.post(DELETE, delete_form(stale) | {"proof_password": PASSWORD}).status_code == 429
    assert stale.get(DELETE).status_code == 302
    form = {"username": stale.user.username, "password": PASSWORD}
    assert Client().post("/sign-in/", form).status_code == 429
    assert not Activity.objects.exists()


def test_a_success_forgets_the_failures_before_it(stale):
    for _ in range(2):
        for _ in range(3):
            stale.post(CONFIRM, {"proof_password": "wrong"})
        assert stale.post(CONFIRM, {"next": "/about/", "proof_password": PASSWORD}).url == "/about/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
def test_it_returns_to_this_console_only(stale, target):
    assert stale.post(CONFIRM, {"next": target, "proof_password": PASSWORD}).url == "/"
    assert "evil" not in stale.get(f"{CONFIRM}?next={target}").headers.get("Location", "")


def test_another_persons_password_proves_nothing(stale, person):
    other = person("Administrator", "other")
    other.set_password("another long enough password")
    other.save()
    answer = stale.post(CONFIRM, {"username": "other", "proof_password": "another long enough password"})
    assert answer.status_code == 422


def test_the_session_stays_with_its_keys_and_its_absolute_end(stale):
    before = dict(stale.session.items())
    stale.post(CONFIRM, {"next": DELETE, "proof_password": PASSWORD})
    after = dict(stale.session.items())
    assert after.pop("authenticated_at") > before.pop("authenticated_at")
    assert after == before


def test_a_page_that_is_asked_for_twice_goes_on(connected):
    assert connected.get(f"{CONFIRM}?next={DELETE}").url == DELETE
    assert "Confirmed" in words(connected.get(CONFIRM))


def test_cancel_leads_back_to_the_page_before(stale):
    answer = stale.get(f"{CONFIRM}?next={DELETE}", headers={"Referer": f"http://testserver{PAGE}"})
    assert f'href="{PAGE}" data-close>Cancel' in body_of(answer)
    own = {"Referer": "http://testserver/account/confirm/"}
    answer = stale.post(CONFIRM, carried(answer) | {"proof_password": "wrong"}, headers=own)
    assert f'href="{PAGE}" data-close>Cancel' in body_of(answer)
    evil = "https://evil.example/"
    answer = stale.post(DELETE, {"proof_back": evil}, headers={"Referer": evil})
    assert 'href="/" data-close>Cancel' in body_of(answer)
    assert parse_qs(urlsplit(stale.get(DELETE).url).query) == {"next": [DELETE]}
