"""Undoing an edit, against the live sandbox."""

from __future__ import annotations

import re

import pytest

from models_admin.access.tokens import token_issue
from models_admin.models import Activity
from tests.conftest import connect, sign_in
from tests.editing import HTMX, MODEL, elsewhere, hidden, hold, messages_of, patches, save, value_of, words
from tests.sandbox_fixture import EXAMPLE_ID, KEYS

HERE = HTMX | {"HX-Current-URL": f"http://testserver{MODEL}"}


def undo(client, row, *, headers=None, **fields):
    token = token_issue(
        user=client.user, project=row.project, model_id=row.model_id, purpose=f"undo:{row.pk}"
    )
    return client.post(
        f"/projects/proj_ABC123/activity/{row.pk}/undo/", {"token": token} | fields, headers=headers or {}
    )


@pytest.fixture
def edited(connected, sandbox):
    """The row of an edit of the context length from 32,768 to 131,072."""
    assert value_of(sandbox, "context_length") == 32768
    save(connected, "context_length", "128k")
    return Activity.objects.get()


def test_the_message_after_a_save_carries_an_undo_that_works(connected, sandbox):
    answer = save(connected, "context_length", "128k", headers=HERE)
    form = re.search(
        r'<form method="post" action="(/projects/proj_ABC123/activity/\d+/undo/)".*?value="([^"]+)">\s*<button',
        answer.content.decode(),
        re.S,
    )
    done = connected.post(form.group(1), {"token": form.group(2)}, headers=HERE)
    assert done.status_code == 200
    assert value_of(sandbox, "context_length") == 32768
    text = done.content.decode()
    assert "hx-swap-oob=\"outerHTML:[data-field='context_length']" in text
    assert "32,768 tokens" in words(done)


def test_it_is_recorded_as_its_own_row_and_can_be_undone_itself(connected, sandbox, edited):
    assert "Undone: Context length of my-custom-model set back to 32,768 tokens." in messages_of(
        connected, undo(connected, edited)
    )
    row = Activity.objects.first()
    assert (row.action, row.outcome, row.undoes) == ("undo", "done", edited)
    assert value_of(sandbox, "context_length") == 32768
    undo(connected, row)
    assert value_of(sandbox, "context_length") == 131072
    assert Activity.objects.count() == 3


def test_undoing_twice_says_that_the_value_is_back_already(connected, sandbox, edited):
    undo(connected, edited)
    answer = undo(connected, edited)
    assert "Context length of my-custom-model is 32,768 tokens already, so nothing was sent." in messages_of(
        connected, answer
    )
    assert len(patches(sandbox)) == 2


def test_a_text_set_back_stands_in_quotation_marks(connected, sandbox):
    elsewhere(sandbox, description="By a colleague")
    save(connected, "description", "Mine")
    answer = undo(connected, Activity.objects.first())
    assert "set back to “By a colleague”." in messages_of(connected, answer)


@pytest.mark.parametrize("headers", [{}, HERE, HTMX | {"HX-Current-URL": "http://testserver/activity/"}])
def test_someone_elses_value_is_shown_before_anything_is_sent(connected, sandbox, edited, headers):
    elsewhere(sandbox, context_length=8192)
    count = len(patches(sandbox))
    answer = undo(connected, edited, headers=headers)
    assert answer.status_code == 409
    assert "32,768 tokens" in words(answer)
    assert "8,192 tokens" in words(answer)
    assert len(patches(sandbox)) == count
    choice = hidden(answer)
    done = connected.post(
        f"/projects/proj_ABC123/activity/{edited.pk}/undo/", choice | {"decision": "save"}, headers=headers
    )
    assert done.status_code in (200, 302)
    assert value_of(sandbox, "context_length") == 32768
    assert Activity.objects.first().action == "undo"


def test_the_current_value_can_be_kept(connected, sandbox, edited):
    elsewhere(sandbox, context_length=8192)
    choice = hidden(undo(connected, edited))
    connected.post(f"/projects/proj_ABC123/activity/{edited.pk}/undo/", choice | {"decision": "keep"})
    assert value_of(sandbox, "context_length") == 8192
    assert Activity.objects.count() == 1


def test_a_replayed_undo_sends_nothing(connected, sandbox, edited):
    token = token_issue(
        user=connected.user, project=edited.project, model_id=EXAMPLE_ID, purpose=f"undo:{edited.pk}"
    )
    url = f"/projects/proj_ABC123/activity/{edited.pk}/undo/"
    connected.post(url, {"token": token})
    answer = connected.post(url, {"token": token})
    assert "This form was sent before. The change was made then" in messages_of(connected, answer)
    assert len(patches(sandbox)) == 2


def test_what_the_value_was_before_must_be_known(connected, sandbox):
    save(connected, "license", "MIT")
    first = Activity.objects.get()
    assert "The previous value is not known." in messages_of(connected, undo(connected, first))
    save(connected, "license", "Apache-2.0")
    undo(connected, Activity.objects.first())
    assert value_of(sandbox, "license") == "MIT"


@pytest.mark.parametrize(
    ("field", "held", "reason"),
    [
        ("context_length", 10**30, "The previous value could not be stored exactly."),
        ("description", "a\0b", "The previous value could not be stored exactly."),
        ("architecture", ["LlamaForCausalLM"], "The API doesn't accept the previous value's type."),
        ("context_length", 4096.5, "The API doesn't accept the previous value's type."),
    ],
)
def test_no_other_value_than_the_previous_one_is_set_back(connected, sandbox, field, held, reason):
    hold(sandbox, **{field: held})
    save(connected, field, "4096")
    row = Activity.objects.get()
    assert row.outcome == "done"
    assert reason in messages_of(connected, undo(connected, row))
    assert (value_of(sandbox, field), len(patches(sandbox))) == (
        {"context_length": 4096}.get(field, "4096"),
        1,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": "refused"}, "There is nothing to undo, because the value didn't change."),
        ({"outcome": "unknown"}, "The result is unknown."),
        ({"outcome": "intent"}, "The result is unknown."),
        ({"action": "delete"}, "A deletion can't be undone."),
        ({"action": "revalidate"}, "A revalidation can't be undone."),
    ],
)
def test_what_cannot_be_undone_says_why(connected, sandbox, edited, change, reason):
    Activity.objects.update(**change)
    count = len(patches(sandbox))
    assert reason in messages_of(connected, undo(connected, edited))
    assert reason in words(undo(connected, edited, headers=HTMX))
    assert len(patches(sandbox)) == count


def test_only_the_activity_of_a_connected_project_can_be_undone(
    client, person, api_url, sandbox, connected, edited
):
    stranger = connect(sign_in(client.__class__(), person()), "acme-prod", KEYS["acme-prod"])
    answer = undo(stranger, edited)
    assert answer.url.startswith("/connect/?project=proj_ABC123&next=")
    assert value_of(sandbox, "context_length") == 131072


def test_it_works_while_another_project_is_the_one_used_last(connected, sandbox, edited):
    connect(connected, "acme-prod", KEYS["acme-prod"])
    answer = undo(connected, edited)
    assert answer["Location"] == f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
    assert value_of(sandbox, "context_length") == 32768


def test_a_viewer_cannot_undo(client, person, api_url, sandbox, connected, edited):
    viewer = connect(sign_in(client.__class__(), person("Viewer")))
    assert undo(viewer, edited).status_code == 403
    assert value_of(sandbox, "context_length") == 131072
    page = viewer.get("/activity/").content.decode()
    assert "disabled" in page
    assert "need the Editor role" in page


def test_only_posting_undoes(connected, edited):
    assert connected.get(f"/projects/proj_ABC123/activity/{edited.pk}/undo/").status_code == 405
    assert connected.post("/projects/proj_ABC123/activity/99999/undo/").status_code == 404


def test_a_stale_undo_says_so(connected, sandbox, edited):
    answer = connected.post(f"/projects/proj_ABC123/activity/{edited.pk}/undo/", {"token": "old"})
    assert "had expired" in messages_of(connected, answer)
    assert value_of(sandbox, "context_length") == 131072


def test_a_refused_undo_says_so(connected, sandbox, edited):
    sandbox.fault("status", route="update", status=400, code="invalid_request", message="not today")
    answer = undo(connected, edited, headers=HERE)
    assert answer.status_code == 422
    assert "Context length was not set back to 32,768 tokens. The API refused the change. not today" in words(
        answer
    )


def test_the_page_of_a_change_shows_the_request_that_undoes_it(connected, edited):
    page = words(connected.get(f"/projects/proj_ABC123/activity/{edited.pk}/"))
    assert "Undo this change as curl and Python" in page
    assert '{"context_length": 32768}' in page
