"""Upload sessions: their list, what follows them, and cancelling one, against the live sandbox."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.utils import timezone

from models_admin.models import Activity
from sandbox.uploads import SEED, advance
from tests.conftest import connect, sign_in
from tests.editing import HTMX, hidden, messages_of
from tests.pages import page_of
from tests.sandbox_fixture import EMPTY, KEYS, PROJECT

LIST = f"/projects/{PROJECT}/uploads/"
MODELS = f"/projects/{PROJECT}/models/"
OPEN, PENDING, COMPLETED, FAILED, UNKNOWN = (item[0] for item in SEED)
FILE = SEED[0][1]
CANCEL = f"{LIST}{OPEN}/cancel/"


@pytest.fixture
def uploads(sandbox: Any, connected: Any) -> Any:
    sandbox.set(uploads="on")
    sandbox.requests.clear()
    return sandbox


def text_of(answer: HttpResponse) -> str:
    return page_of(answer).text


def calls(sandbox: Any, route: str) -> int:
    return sum(1 for call in sandbox.requests if call.route == route)


def poll_url(answer: HttpResponse) -> str:
    """Where the list is read again, "" for never."""
    found = re.search(r'hx-get="([^"]*/uploads/rows/[^"]*)"', answer.content.decode())
    return html.unescape(found[1]) if found else ""


def status_of(sandbox: Any, upload_id: str = OPEN) -> str:
    """What the API holds, "gone" for nothing."""
    found = [item["status"] for item in sandbox.store.project(PROJECT).uploads if item["id"] == upload_id]
    return found[0] if found else "gone"


def test_the_list_shows_each_session_with_one_call(connected: Any, uploads: Any) -> None:
    text = text_of(connected.get(LIST))
    for _id, filename, *_rest in SEED:
        assert filename in text
    assert f"{FILE} 15.2 GB · {OPEN} Uploading 41% 41% · 64 of 156 parts" in text
    assert "Assembling" in text, "a status that this console doesn't know is shown"
    assert [(call.route, call.query) for call in uploads.requests] == [("uploads", {"limit": "100"})]


@pytest.mark.parametrize("form", ["data", "uploads", "list"])
@pytest.mark.parametrize("case", ["snake", "camel"])
def test_the_list_is_read_in_every_form(connected: Any, uploads: Any, form: str, case: str) -> None:
    uploads.set(uploads_format=form, uploads_case=case)
    answer = connected.get(LIST)
    assert "64 of 156 parts" in text_of(answer)
    assert answer.content.decode().count("Not reported") == 0


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [("counts", "41% 41% · 64 of 156 parts"), ("percent", "41% 41%"), ("none", "Not reported")],
)
def test_the_progress_is_read_in_every_form(connected: Any, uploads: Any, chunks: str, shown: str) -> None:
    uploads.set(upload_chunks=chunks)
    assert f"{OPEN} Uploading {shown}" in text_of(connected.get(f"{LIST}?status=uploading"))


@pytest.mark.parametrize("ignored", [False, True])
def test_the_list_is_filtered_by_status(connected: Any, uploads: Any, ignored: bool) -> None:
    uploads.set(uploads_ignore_status=ignored)
    text = text_of(connected.get(f"{LIST}?status=pending"))
    assert (SEED[1][1] in text, FILE in text) == (True, False)
    assert uploads.requests[-1].query["status"] == "pending"
    text = text_of(connected.get(f"{LIST}?status=Assembling"))
    assert (SEED[4][1] in text, FILE in text) == (True, False)
    assert "status" not in uploads.requests[-1].query, "the API knows four statuses to filter by"
    assert "No uploads with this status" in text_of(connected.get(f"{LIST}?status=<b>"))


def test_a_list_that_goes_on_says_so(connected: Any, uploads: Any) -> None:
    uploads.set(uploads_page=2)
    assert "The API has more uploads than it lists here." in text_of(connected.get(LIST))


def test_a_project_without_uploads_says_how_to_begin(signed_in: Any, api_url: str, sandbox: Any) -> None:
    sandbox.set(uploads="on")
    answer = connect(signed_in, EMPTY, KEYS[EMPTY]).get(f"/projects/{EMPTY}/uploads/")
    text = text_of(answer)
    assert "Nothing is being uploaded to this project." in text
    assert "xeroctl upload PATH NAME" in text
    assert "erectl" in text
    assert "$XEROTIER_API_KEY" in answer.content.decode()
    assert poll_url(answer) == ""


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("off", "This API has no list of uploads."),
        ("forbidden", "Your key may not list this project's uploads."),
    ],
)
def test_an_api_without_uploads_is_asked_once_and_the_page_says_so(
    connected: Any, sandbox: Any, setting: str, sentence: str
) -> None:
    sandbox.set(uploads=setting)
    sandbox.requests.clear()
    assert "Uploads" in text_of(connected.get(MODELS)), "not known yet, so the link is offered"
    for _ in range(2):
        answer = connected.get(LIST)
        assert (answer.status_code, sentence in text_of(answer)) == (200, True)
    assert connected.get(CANCEL).status_code in (403, 404)
    assert calls(sandbox, "uploads") == 1
    assert LIST not in connected.get(MODELS).content.decode()


def test_a_list_that_fails_is_an_error_that_is_not_remembered(connected: Any, uploads: Any) -> None:
    uploads.fault("status", route="uploads", status=404, envelope="html")
    assert connected.get(LIST).status_code == 404
    assert FILE in text_of(connected.get(LIST))


def test_what_is_being_uploaded_is_followed_and_what_has_ended_is_not(connected: Any, uploads: Any) -> None:
    url = poll_url(connected.get(f"{LIST}?status=uploading"))
    assert "delay=2" in url
    answer = connected.get(url, headers=HTMX)
    assert "delay=4" in poll_url(answer), "nothing has changed, so the next poll comes later"
    advance(uploads.store, PROJECT, OPEN, 10)
    answer = connected.get(poll_url(answer), headers=HTMX)
    assert "74 of 156 parts" in text_of(answer)
    assert "delay=2" in poll_url(answer)
    assert 'id="uploads-table" hx-swap-oob="true"' in answer.content.decode()
    advance(uploads.store, PROJECT, OPEN, 100)
    assert poll_url(connected.get(poll_url(answer), headers=HTMX)) == ""
    assert poll_url(connected.get(f"{LIST}?status=completed")) == ""


def test_a_session_that_has_expired_is_not_followed(connected: Any, uploads: Any) -> None:
    connected.get(LIST)
    for item in uploads.store.project(PROJECT).uploads:
        item["expires_at"] = item["created_at"]
    answer = connected.get(f"{LIST}?status=uploading")
    assert "Expired" in text_of(answer)
    assert poll_url(answer) == ""


def test_a_page_that_only_follows_uploads_does_not_extend_the_session(connected: Any, uploads: Any) -> None:
    url = poll_url(connected.get(LIST))
    end = timezone.now() + timedelta(minutes=10)
    Session.objects.update(expire_date=end)
    assert connected.get(url, headers=HTMX).status_code == 200
    assert Session.objects.get().expire_date == end


def test_a_poll_that_fails_keeps_the_rows_and_tries_again(connected: Any, uploads: Any) -> None:
    url = poll_url(connected.get(LIST))
    uploads.fault("status", route="uploads", status=429, retry_after="number", seconds=40)
    answer = connected.get(url, headers=HTMX)
    assert "The list may be out of date. Rate limit reached. Trying again in 40 s." in text_of(answer)
    assert "uploads-table" not in answer.content.decode()
    assert "load delay:40s" in answer.content.decode()


def test_a_session_has_a_page_with_all_that_the_api_reports(connected: Any, uploads: Any) -> None:
    uploads.set(upload_wrapped=True)
    text = text_of(connected.get(f"{LIST}{OPEN}/"))
    assert FILE in text
    assert "64 of 156 parts" in text
    assert "purpose model" in text
    assert "chunk_size 104857600" in text, "fields that this console doesn't know"
    answer = connected.get(f"{LIST}no-such-upload/")
    assert (answer.status_code, "Upload not found" in text_of(answer)) == (404, True)


@pytest.mark.parametrize("after", ["cancelled", "failed", "gone"])
@pytest.mark.parametrize("empty", [False, True])
def test_a_session_is_cancelled_once(connected: Any, uploads: Any, after: str, empty: bool) -> None:
    uploads.set(upload_cancelled=after, upload_cancel_empty=empty)
    form = connected.get(CANCEL)
    assert "Everything that has been uploaded in this session is discarded." in text_of(form)
    answer = connected.post(CANCEL, hidden(form))
    assert f"The upload of {FILE} was cancelled." in messages_of(connected, answer)
    assert status_of(uploads) == after
    row = Activity.objects.get()
    assert (row.action, row.outcome, row.model_id, row.model_name) == ("cancel_upload", "done", OPEN, FILE)
    again = connected.post(CANCEL, hidden(form), headers=HTMX)
    assert again.headers["HX-Redirect"] == LIST
    assert calls(uploads, "upload_cancel") == 1


@pytest.mark.parametrize(
    ("fault", "carried_out", "outcome"),
    [("reset_after", True, "done"), ("reset_before", False, "unknown"), ("html", False, "unknown")],
)
def test_a_lost_answer_is_told_by_what_the_session_shows(
    connected: Any, uploads: Any, fault: str, carried_out: bool, outcome: str
) -> None:
    form = hidden(connected.get(CANCEL))
    uploads.fault(fault, route="upload_cancel")
    answer = connected.post(CANCEL, form)
    shown = messages_of(connected, answer) if answer.status_code == 302 else text_of(answer)
    assert (f"The upload of {FILE} was cancelled." in shown) is carried_out
    assert ("We don't know whether" in shown) is not carried_out
    assert (calls(uploads, "upload_cancel"), Activity.objects.get().outcome) == (1, outcome)


def test_an_upload_that_was_completed_meanwhile_is_not_called_cancelled(connected: Any, uploads: Any) -> None:
    form = hidden(connected.get(CANCEL))
    uploads.fault("reset_before", route="upload_cancel")
    uploads.fault("slow", route="upload", skip=1, seconds=0)
    advance(uploads.store, PROJECT, OPEN, 1_000)
    answer = connected.post(CANCEL, form)
    assert "has ended" in text_of(answer)
    assert (answer.status_code, calls(uploads, "upload_cancel")) == (409, 0)


@pytest.mark.parametrize("upload_id", [COMPLETED, FAILED])
def test_what_has_ended_is_not_cancelled(connected: Any, uploads: Any, upload_id: str) -> None:
    assert f"{upload_id}/cancel/" not in connected.get(LIST).content.decode()
    answer = connected.get(f"{LIST}{upload_id}/cancel/")
    assert (answer.status_code, "there is nothing to cancel" in text_of(answer)) == (409, True)


def test_a_refusal_keeps_the_dialog(connected: Any, uploads: Any) -> None:
    form = hidden(connected.get(CANCEL))
    uploads.fault("status", route="upload_cancel", status=409, message="The upload is being assembled.")
    answer = connected.post(CANCEL, form, headers=HTMX)
    text = text_of(answer)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (422, "innerHTML")
    assert "The upload was not cancelled." in text
    assert "The upload is being assembled." in text
    assert Activity.objects.get().outcome == "refused"


def test_an_upload_that_is_gone_is_not_cancelled(connected: Any, uploads: Any) -> None:
    form = hidden(connected.get(CANCEL))
    uploads.store.project(PROJECT).uploads.clear()
    answer = connected.post(CANCEL, form)
    assert (answer.status_code, "no longer exists" in text_of(answer)) == (404, True)
    assert not Activity.objects.exists()


def test_an_editor_sees_why_the_button_is_off(client: Any, person: Any, api_url: str, sandbox: Any) -> None:
    sandbox.set(uploads="on")
    page = connect(sign_in(client, person("Editor"))).get(LIST).content.decode()
    assert "Cancelling an upload needs the Maintainer role." in page
    assert "hx-get=" not in page[page.index('id="uploads-table"') : page.index('id="upload-commands"')]


def test_the_activity_tells_of_a_cancelled_upload(connected: Any, uploads: Any) -> None:
    connected.post(CANCEL, hidden(connected.get(CANCEL)))
    row = Activity.objects.get()
    answer = connected.get(f"/projects/{PROJECT}/activity/")
    assert "Cancelled the upload" in text_of(answer)
    assert f"{LIST}{OPEN}/" in answer.content.decode()
    change = connected.get(f"/projects/{PROJECT}/activity/{row.pk}/")
    assert f"/uploads/{OPEN}/cancel" in change.content.decode()
    assert "Upload ID" in text_of(change)


def test_hostile_values_stay_text_and_odd_ones_are_shown(connected: Any, uploads: Any) -> None:
    connected.get(LIST)
    first, second, *_rest = uploads.store.project(PROJECT).uploads
    first |= {"filename": '"><script>x</script>\u202e', "status": "<b>stuck</b>", "x_new": {"a": [1]}}
    second |= {"id": "../../models", "bytes": "many", "expires_at": "soon"}
    page = connected.get(LIST).content.decode()
    assert "<script>x" not in page
    assert "<b>stuck" not in page
    assert "\u202e" not in page
    assert "../../models/cancel" not in page, "an ID that can't be part of an address has no page"
    assert "Size not reported" in page
    detail = connected.get(f"{LIST}{OPEN}/")
    assert 'x_new { "a": [ 1 ] }' in text_of(detail)
