"""Following a model until its validation ends, and what a revalidation overwrote."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from models_admin.models import Activity
from tests.conftest import connect, sign_in
from tests.editing import HTMX
from tests.revalidating import PAGE, STATUS, URL, age, example, poll_in, text_of
from tests.sandbox_fixture import EXAMPLE_ID


def test_the_status_fragment_renders_alone_and_asks_no_more_at_the_end(connected):
    connected.get("/projects/proj_ABC123/models/")
    answer = connected.get(STATUS)
    html = re.sub(r"{#.*?#}", "", answer.content.decode()).strip()
    assert html.startswith('<span id="model-status"')
    assert "Ready" in html
    assert "hx-get" not in html
    assert connected.post(STATUS).status_code == 405


def test_polls_back_off_from_two_seconds_to_thirty(connected, token, validation_lasts):
    connected.post(URL, {"token": token})
    answer, delays = connected.get(PAGE), []
    for _ in range(6):
        answer = connected.get(poll_in(answer), headers=HTMX)
        delays.append(int(re.search(r"delay:(\d+)s", answer.content.decode()).group(1)))
    assert delays == [4, 8, 16, 30, 30, 30]


def test_the_end_stops_the_poll_and_brings_what_changed(connected, sandbox, token, validation_lasts):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    example(sandbox).extracted = {"quantization": "gptq", "context_length": 4096}
    validation_lasts()
    answer = connected.get(poll, headers=HTMX)
    html = answer.content.decode()
    assert poll_in(answer) is None
    assert "Ready" in html
    assert answer["HX-Trigger"] == "activity"
    assert "2 values changed" in text_of(answer)
    assert "<del>awq</del>" in html
    assert "<ins>gptq</ins>" in html
    assert "[data-field='quantization']" in html
    assert 'id="lifecycle-actions"' in html
    row = Activity.objects.get()
    assert row.resolved_at is not None
    assert {item["field"]: (item["before"], item["after"]) for item in row.changes} == {
        "quantization": ("awq", "gptq"),
        "context_length": (32768, 4096),
    }
    assert "ended with the status ready" in row.message


def test_the_end_of_a_validation_shows_while_a_deletion_is_pending(connected, token, validation_lasts):
    Activity.objects.create(
        project="proj_ABC123",
        model_id=EXAMPLE_ID,
        action=Activity.Action.DELETE,
        outcome=Activity.Outcome.UNKNOWN,
    )
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    validation_lasts()
    answer = connected.get(poll, headers=HTMX)
    assert "deletion of this model was sent" in text_of(answer)
    assert poll_in(answer) is not None
    assert "Validation of my-custom-model ended: Ready" in text_of(answer)
    assert 'id="lifecycle-actions"' in answer.content.decode()
    assert "This model is being validated" not in text_of(answer)
    assert "<title>● my-custom-model" in answer.content.decode()
    again = connected.get(poll_in(answer), headers=HTMX)
    assert 'id="lifecycle-actions"' not in again.content.decode()


def test_the_end_is_recorded_by_whoever_reads_next_and_only_once(
    connected, sandbox, token, validation_lasts, person
):
    connected.post(URL, {"token": token})
    example(sandbox).extracted = {"quantization": "gptq"}
    validation_lasts()
    colleague = connect(sign_in(Client(), person("Viewer")))
    assert "gptq" in text_of(colleague.get(PAGE))
    first = Activity.objects.get()
    example(sandbox).change({"quantization": "fp8"})
    connected.get(PAGE)
    second = Activity.objects.get()
    assert (first.resolved_at, first.changes) == (second.resolved_at, second.changes)


def test_a_failed_poll_keeps_the_last_status_with_its_time_and_tries_later(
    connected, sandbox, token, validation_lasts
):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    sandbox.fault("status", route="get", status=503)
    answer = connected.get(poll, headers=HTMX)
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Validating" in text
    assert "As of" in text
    assert "Service error" in text
    assert "Trying again in 4 s" in text
    assert "Validating" in text_of(connected.get(poll_in(answer), headers=HTMX))


def test_a_poll_waits_as_long_as_the_api_asks(connected, sandbox, token, validation_lasts):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    sandbox.fault("status", route="get", status=429, retry_after="number", seconds=45)
    assert "load delay:45s" in connected.get(poll, headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("reset_before", {}), ("html", {}), ("truncated", {}), ("deep_json", {}), ("status", {"status": 401})],
)
def test_a_fault_of_a_poll_claims_nothing(connected, sandbox, token, validation_lasts, kind, detail):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    sandbox.fault(kind, route="get", times=None, **detail)
    answer = connected.get(poll, headers=HTMX)
    assert "As of" in text_of(answer)
    assert poll_in(answer)
    assert Activity.objects.get().resolved_at is None


@pytest.mark.parametrize("kind", ["nulls", "missing_keys", "wrong_types"])
def test_a_reading_that_says_nothing_resolves_nothing(connected, sandbox, token, validation_lasts, kind):
    connected.post(URL, {"token": token})
    sandbox.fault(kind, route="get")
    assert connected.get(STATUS).status_code == 200
    assert Activity.objects.get().resolved_at is None


def test_a_model_that_goes_while_it_is_watched_is_said_to_be_gone(
    connected, sandbox, token, validation_lasts
):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    sandbox.store.delete(sandbox.store.project("proj_ABC123"), EXAMPLE_ID)
    answer = connected.get(poll, headers=HTMX)
    assert "Gone" in text_of(answer)
    assert poll_in(answer) is None
    assert connected.get(STATUS).status_code == 404


def test_ten_minutes_are_called_out(connected, token, validation_lasts):
    connected.post(URL, {"token": token})
    assert "longer than usual" not in text_of(connected.get(PAGE))
    age(Activity.objects.get(), minutes=12)
    assert "Still validating after 12 minutes" in text_of(connected.get(PAGE))


def test_an_expired_session_moves_the_whole_page(connected, token, validation_lasts):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    connected.cookies.clear()
    answer = connected.get(poll, headers=HTMX)
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/sign-in/")


def test_a_poll_state_signed_for_someone_else_is_ignored(connected, token, validation_lasts, person, sandbox):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    other = connect(sign_in(Client(), person()))
    sandbox.fault("status", route="get", status=503)
    assert other.get(poll, headers=HTMX).status_code == 502


# ---- What a revalidation overwrote ------------------------------------------------------------


def _edit(client, field: str, value: str) -> None:
    html = client.get(f"{PAGE}fields/{field}/").content.decode()
    token, base = (re.search(rf'name="{name}" value="([^"]*)"', html).group(1) for name in ("token", "base"))
    data = {"value": value, "token": token, "base": base}
    assert client.post(f"{PAGE}fields/{field}/", data).status_code == 302


def test_a_value_set_here_that_was_overwritten_is_marked_and_set_again_by_one_click(
    connected, sandbox, token, validation_lasts
):
    _edit(connected, "context_length", "8192")
    connected.post(URL, {"token": token})
    example(sandbox).extracted = {"context_length": 32768, "quantization": "gptq"}
    validation_lasts()
    page = connected.get(PAGE)
    text, html = text_of(page), page.content.decode()
    assert "8,192 tokens was set here by" in text
    assert "Revalidation replaced it." in text
    assert text.count(" Restore ") == 1
    panel = html[html.index('id="revalidation"') :]
    form = panel[panel.index(f'action="{PAGE}fields/context_length/"') :]
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', form).group(1)
        for name in ("value", "base", "token")
    }
    answer = connected.post(f"{PAGE}fields/context_length/", fields)
    assert answer.status_code == 302
    assert example(sandbox).facts["context_length"] == 8192
    again = text_of(connected.get(f"{PAGE}revalidation/"))
    assert "It has been restored." in again
    assert "Restore" not in again


def test_an_edit_made_while_it_validates_is_not_taken_for_the_validations_work(
    connected, sandbox, token, validation_lasts
):
    connected.post(URL, {"token": token})
    _edit(connected, "description", "Written meanwhile")
    example(sandbox).extracted = {}
    validation_lasts()
    connected.get(PAGE)
    row = Activity.objects.get(action="revalidate")
    assert row.resolved_at is None  # untouched so soon, it may not have begun
    age(row, seconds=10)
    connected.get(PAGE)
    row = Activity.objects.get(action="revalidate")
    assert row.resolved_at is not None
    assert row.changes == []


@pytest.mark.parametrize(("status", "mark"), [("ready", "✓"), ("error", "!")])
def test_the_title_of_the_tab_shows_that_a_validation_runs_and_how_it_ended(
    connected, sandbox, token, validation_lasts, status, mark
):
    connected.post(URL, {"token": token})
    page = connected.get(PAGE)
    assert "<title>● my-custom-model · Models" in page.content.decode()
    running = connected.get(poll_in(page), headers=HTMX)
    assert "<title>● my-custom-model · Models · Xerotier Console</title>" in running.content.decode()
    sandbox.settings.validation_result = status
    validation_lasts()
    ended = connected.get(poll_in(running), headers=HTMX)
    assert f"<title>{mark} my-custom-model · Models · Xerotier Console</title>" in ended.content.decode()
