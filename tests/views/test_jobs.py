"""The pages of a job, from the selection to the result, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models_admin.models import Activity, Job, JobItem
from tests.conftest import connect, sign_in
from tests.editing import HTMX, elsewhere, value_of, words
from tests.sandbox_fixture import EXAMPLE_ID, KEYS, PROJECT

pytestmark = pytest.mark.django_db(transaction=True)
P = f"/projects/{PROJECT}/"
SELECTION, JOBS = f"{P}models/selection/", f"{P}jobs/"
SET = {"action": "set", "field": "license", "value": "Apache-2.0"}


def ids(sandbox: Any, count: int) -> list[str]:
    return list(sandbox.store.project(PROJECT).models)[:count]


def job_number(answer: Any) -> int:
    found = re.search(r'name="job" value="(\d+)"', answer.content.decode())
    assert found, words(answer)
    return int(found[1])


def preview(client: Any, chosen: list[str], **form: str) -> Any:
    return client.post(SELECTION, {"id": chosen, **(form or SET)})


def start(client: Any, chosen: list[str], **form: str) -> str:
    """The address of the job."""
    answer = preview(client, chosen, **form)
    assert answer.status_code == 200, words(answer)
    started = client.post(JOBS, {"job": job_number(answer)})
    assert started.status_code == 302
    return str(started["Location"])


def run(client: Any, url: str, **more: Any) -> Any:
    """Slice after slice, until the job ends or pauses; a busy machine gets less done in one. The last answer."""
    for _ in range(20):
        answer = client.post(f"{url}run/", **more)
        job = Job.objects.get(pk=int(url.rstrip("/").rpartition("/")[2]))
        if answer.status_code not in (200, 302) or job.state != "open" or job.resume_at:
            break
    return answer


def test_the_whole_way_without_javascript(connected, sandbox):
    page = connected.get(f"{P}models/")
    assert (
        f'aria-label="Select {sandbox.store.project(PROJECT).models[EXAMPLE_ID].facts["name"]}"'
        in page.content.decode()
    )
    asked = preview(connected, ids(sandbox, 12), action="set", field="license")
    assert "Set License on 12 models" in words(asked)
    shown = preview(connected, ids(sandbox, 12))
    assert "Set License to Apache-2.0 on 12 models" in words(shown)
    url = connected.post(JOBS, {"job": job_number(shown)})["Location"]
    assert "Continue" in words(connected.get(url))
    assert run(connected, url).status_code == 302
    text = words(connected.get(url))
    assert "Continue" not in text
    assert "12 of 12 done" in text
    assert "Finished" in text
    assert value_of(sandbox, "license") == "Apache-2.0"
    assert Activity.objects.filter(outcome="done").count() == 12
    assert "Set License to Apache-2.0 on 12 models" in words(connected.get(JOBS))


@pytest.mark.parametrize("change", ["added", "replaced"])
def test_an_endpoint_that_the_preview_did_not_show_is_not_deleted_unseen(connected, sandbox, change):
    sandbox.set(endpoints="on")
    chosen = ids(sandbox, 3)
    replaced = sandbox.store.endpoint_add(PROJECT, chosen[1])
    vanishes = sandbox.store.endpoint_add(PROJECT, chosen[2])
    shown = preview(connected, chosen, action="delete")
    sandbox.store.endpoint_add(PROJECT, chosen[1])
    if change == "replaced":
        sandbox.store.endpoint_remove(PROJECT, replaced)
    sandbox.store.endpoint_remove(PROJECT, vanishes)
    form = {"job": job_number(shown), "confirm_name": "delete 3 models"}
    url = connected.post(JOBS, form)["Location"]
    run(connected, url)
    assert [item.state for item in JobItem.objects.order_by("id")] == ["done", "conflict", "done"]
    deleted = [call.path.rpartition("/")[2] for call in sandbox.requests if call.method == "DELETE"]
    assert sorted(deleted) == sorted([chosen[0], chosen[2]])
    assert chosen[1] in sandbox.store.project(PROJECT).models
    assert "status or endpoints have changed since the preview" in words(connected.get(url))


def test_all_that_match_the_query_are_selected_on_all_pages(connected, sandbox):
    sandbox.set(models=120)
    answer = connected.post(SELECTION, {"all": "1", "format": "gguf", **SET})
    matching = [m for m in sandbox.store.project(PROJECT).models.values() if m.facts["format"] == "gguf"]
    assert len(matching) > 5
    assert Job.objects.get(pk=job_number(answer)).items.count() == len(matching)


def test_the_preview_shows_values_now_and_then(connected, sandbox):
    answer = preview(connected, [EXAMPLE_ID], action="set", field="context_length", value="8K")
    now = value_of(sandbox, "context_length")
    assert f"{now:,} tokens → 8,192 tokens" in words(answer)
    assert "Will be sent as 8,192 tokens." in words(answer)


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"action": "set", "field": "license"}, 422, "Nothing is selected"),
        ({"id": EXAMPLE_ID}, 422, "No action chosen"),
        ({"id": EXAMPLE_ID, "action": "set"}, 200, "Set a field"),
        ({"id": EXAMPLE_ID, "action": "clear"}, 200, "Clear a field"),
        (
            {"id": EXAMPLE_ID, "action": "set", "field": "context_length", "value": "many"},
            422,
            "Set Context length",
        ),
        ({"id": EXAMPLE_ID, "action": "set", "field": "license", "value": ""}, 422, "Enter a value"),
        ({"id": "elsewhere", **SET}, 200, "None of these models would be changed"),
    ],
)
def test_every_step_that_leads_to_no_job_says_why(connected, form, status, said):
    answer = connected.post(SELECTION, form)
    assert answer.status_code == status
    assert said in words(answer)
    assert not Job.objects.exclude(state="draft").exists()


def test_the_title_counts_the_models_to_change_before_and_after_the_start(connected, sandbox):
    elsewhere(sandbox, description="Same")
    form = {"action": "set", "field": "description", "value": "Same"}
    title = "Set Description to Same on 2 models"
    assert title in words(preview(connected, ids(sandbox, 3), **form))
    url = start(connected, ids(sandbox, 3), **form)
    run(connected, url)
    for address in (url, JOBS):
        assert title in words(connected.get(address))


def test_nothing_would_change(connected, sandbox):
    value = value_of(sandbox, "quantization")
    answer = preview(connected, [EXAMPLE_ID], action="set", field="quantization", value=value)
    assert "Already have this value 1" in words(answer)
    refused = connected.post(JOBS, {"job": job_number(answer)})
    assert refused.status_code == 422
    assert "No model would be changed." in words(refused)


def test_the_selection_is_exported(connected, sandbox):
    answer = connected.post(SELECTION, {"id": ids(sandbox, 3), "action": "export"})
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 4


def test_deleting_asks_for_the_sentence(connected, sandbox):
    chosen = ids(sandbox, 2)
    shown = preview(connected, chosen, action="delete")
    text = words(shown)
    assert "Type delete 2 models to confirm" in text
    assert "routing rules" in text
    wrong = connected.post(JOBS, {"job": job_number(shown), "confirm_name": "delete 3 models"})
    assert wrong.status_code == 422
    assert not [call for call in sandbox.requests if call.method == "DELETE"]
    started = connected.post(JOBS, {"job": job_number(shown), "confirm_name": "delete 2 models"})
    run(connected, started["Location"])
    assert not set(chosen) & set(sandbox.store.project(PROJECT).models)


def test_htmx_gets_the_progress_that_asks_for_the_next_slice(connected, sandbox):
    sandbox.set(rate_limit=64)
    url = start(connected, ids(sandbox, 44))
    answer = run(connected, url, headers=HTMX)
    page = answer.content.decode()
    assert "<html" not in page
    assert 'hx-trigger="submit, load delay:' in page
    assert "nearly used up" in page
    assert "about" in words(answer)
    assert 'data-countdown="' in page


def test_a_job_that_cannot_reach_the_api_says_why_it_pauses_and_when_it_goes_on(connected, sandbox):
    url = start(connected, ids(sandbox, 3))
    sandbox.fault("status", status=503, message="Down for maintenance.", times=None)
    for shown in (run(connected, url, headers=HTMX), connected.get(url)):
        assert "Paused" in words(shown)
        assert re.search(r"The job continues in \d s \. Down for maintenance\.", words(shown))
        delay = re.search(r"submit, load delay:(\d+)s", shown.content.decode())
        assert delay
        assert 1 <= int(delay[1]) <= 5
    sandbox.clear_faults()
    Job.objects.update(resume_at=None)
    run(connected, url)
    text = words(connected.get(url))
    assert "3 of 3 done" in text
    assert "Down for maintenance" not in text


def test_a_stopped_job_goes_on_only_with_continue(connected, sandbox):
    url = start(connected, ids(sandbox, 3))
    connected.post(f"{url}stop/")
    run(connected, url)
    assert not JobItem.objects.exclude(state="waiting").exists()
    page = connected.get(url)
    assert "Stopped" in words(page)
    assert "submit, load delay" not in page.content.decode()
    connected.post(f"{url}run/", {"continue": "1"})
    assert not JobItem.objects.exclude(state="done").exists()


def test_a_failed_model_is_tried_again(connected, sandbox):
    url = start(connected, ids(sandbox, 3))
    sandbox.fault("status", method="PATCH", status=400, message="No such licence.")
    run(connected, url)
    page = words(connected.get(url))
    assert "No such licence." in page
    assert "Try again" in page
    assert "1 model refused" in page
    connected.post(f"{url}retry/")
    run(connected, url)
    assert "Try again" not in words(connected.get(url))


def test_a_job_is_undone_by_a_job(connected, sandbox):
    url = start(connected, ids(sandbox, 3), action="set", field="description", value="Of the job")
    run(connected, url)
    undo = connected.post(f"{url}undo/")["Location"]
    shown = connected.get(undo)
    assert "Undo job" in words(shown)
    url = connected.post(JOBS, {"job": job_number(shown)})["Location"]
    run(connected, url)
    assert "3 of 3 done" in words(connected.get(url))
    assert "Of the job" not in {
        m.facts["description"] for m in sandbox.store.project(PROJECT).models.values()
    }


def test_a_key_revoked_in_the_middle_holds_the_job(connected, sandbox, person, client):
    url = start(connected, ids(sandbox, 3))
    sandbox.fault("status", status=401, times=None)
    run(connected, url)
    sandbox.clear_faults()
    page = words(connected.get(url))
    assert "Held" in page
    assert "key" in page.lower()
    connected.post(f"{url}run/", {"continue": "1"})
    assert "3 of 3 done" in words(connected.get(url))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_role_lost_in_the_middle_is_said_on_the_page(connected, sandbox, headers):
    url = start(connected, ids(sandbox, 3))
    connected.user.groups.set(type(connected.user.groups.first()).objects.filter(name="Viewer"))
    answer = connected.post(f"{url}run/", headers=headers)
    assert answer.status_code == 403
    assert "need the Editor role" in words(answer)
    assert "submit, load delay" not in answer.content.decode()
    assert not [call for call in sandbox.requests if call.method == "PATCH"]


def test_a_colleague_sees_and_continues_the_job_and_another_project_does_not(
    connected, sandbox, person, client
):
    url = start(connected, ids(sandbox, 3))
    colleague = connect(sign_in(type(client)(), person("Editor")))
    page = colleague.get(url)
    assert "Continue" in words(page)
    assert "submit, load delay" not in page.content.decode()  # looking at it is not yet running it
    run(colleague, url)
    assert {item.ran_by for item in JobItem.objects.all()} == {colleague.user.username}
    other = "acme-prod"
    stranger = connect(sign_in(type(client)(), person()), other, KEYS[other])
    number = url.rstrip("/").rpartition("/")[2]
    for path in ("", "run/", "stop/", "retry/", "undo/"):
        address = f"/projects/{other}/jobs/{number}/{path}"
        answer = stranger.post(address) if path else stranger.get(address)
        assert answer.status_code == 404


def test_a_draft_is_seen_and_started_by_its_maker_only(connected, sandbox, person, client):
    number = job_number(preview(connected, ids(sandbox, 3)))
    assert connected.get(f"{JOBS}{number}/").status_code == 200
    colleague = connect(sign_in(type(client)(), person()))
    assert colleague.get(f"{JOBS}{number}/").status_code == 404
    assert colleague.post(JOBS, {"job": number}).status_code == 404
    assert f"Job {number}" not in words(colleague.get(JOBS))


def test_a_viewer_sees_the_reason_beside_the_actions(client, person, api_url):
    viewer = connect(sign_in(client, person("Viewer")))
    page = viewer.get(f"{P}models/")
    assert "need the Editor role" in words(page)
    assert viewer.post(SELECTION, {"id": EXAMPLE_ID, **SET}).status_code == 403
    assert viewer.post(SELECTION, {"id": EXAMPLE_ID, "action": "delete"}).status_code == 403


def test_the_activity_shows_a_job_as_one_row_that_opens(connected, sandbox):
    url = start(connected, ids(sandbox, 12))
    run(connected, url)
    number = url.rstrip("/").rpartition("/")[2]
    page = words(connected.get(f"{P}activity/"))
    assert "Set License to Apache-2.0 on 12 models" in page
    assert "Show all 12 changes" in page
    opened = words(connected.get(f"{P}activity/?job={number}"))
    assert opened.count(f"Job {number}") == 12
    table = connected.get(f"{P}activity/export.csv")
    lines = b"".join(table.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].endswith(",job")
    assert [line.rpartition(",")[2] for line in lines[1:]] == [number] * 12


def test_a_running_job_is_in_the_header_of_every_page_of_its_person(connected, sandbox, person, client):
    start(connected, ids(sandbox, 3))
    assert "0 of 3" in words(connected.get(f"{P}activity/"))
    colleague = connect(sign_in(type(client)(), person()))
    assert "0 of 3" not in words(colleague.get(f"{P}activity/"))


def test_more_models_than_a_form_has_fields_can_be_selected_one_by_one(connected, sandbox):
    sandbox.set(models=1100)
    chosen = ids(sandbox, 1100)
    asked = connected.post(
        SELECTION, {"ids": " ".join(chosen[1:]), "id": chosen[0], "action": "set", "field": "license"}
    )
    assert "Set License on 1,100 models" in words(asked)
    assert "All 1,100 matching models" in words(connected.get(f"{P}models/"))
    carried = re.search(r'name="ids" value="([^"]*)"', asked.content.decode())
    assert carried
    answer = connected.post(SELECTION, {"ids": carried[1], **SET})
    assert "Will be changed 1,100" in words(answer)
    assert Job.objects.get(pk=job_number(answer)).items.count() == 1100


def test_the_preview_of_an_undo_says_how_many_have_changed_since(connected, sandbox):
    chosen = ids(sandbox, 12)
    url = start(connected, chosen, action="set", field="description", value="Of the job")
    run(connected, url)
    for model_id in chosen[:3]:
        elsewhere(sandbox, model_id, description="Theirs")
    shown = connected.get(connected.post(f"{url}undo/")["Location"])
    assert "3 of 12 models changed since then and will be left alone." in words(shown)


def test_an_undo_shows_no_new_value_where_the_value_before_is_not_known(connected, sandbox):
    run(connected, start(connected, ids(sandbox, 1), **SET | {"value": "MIT"}))
    url = start(connected, ids(sandbox, 2))
    run(connected, url)
    page = words(connected.get(connected.post(f"{url}undo/")["Location"]))
    assert "Apache-2.0 → MIT" in page
    assert "The previous value is not known." in page
    assert "Empty" not in page
