"""Revalidating a model and following its status, against the live sandbox."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from models_admin.models import Activity
from sandbox.team import EXAMPLE_ID
from tests.conftest import connect, sign_in

PAGE = f"/models/{EXAMPLE_ID}/"
URL = f"{PAGE}revalidate/"
STATUS = f"{PAGE}status/"
NAME = "my-custom-model"
HTMX = {"HX-Request": "true"}


def text_of(answer) -> str:
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace("&#x27;", "'")


def posts(sandbox) -> int:
    return sum(1 for call in sandbox.requests if call.method == "POST")


def example(sandbox):
    return sandbox.store.project("proj_ABC123").models[EXAMPLE_ID]


def token_in(answer) -> str:
    html = answer.content.decode()
    return re.search(r'name="token" value="([^"]+)"', html[html.index(f'action="{URL}"') :]).group(1)


def poll_in(answer) -> str | None:
    found = re.search(r'hx-get="([^"]*/status/[^"]*)"', answer.content.decode())
    return found.group(1).replace("&amp;", "&") if found else None


@pytest.fixture
def token(connected):
    return token_in(connected.get(PAGE))


@pytest.fixture
def validation_lasts(sandbox):
    """Validations last until a test ends them."""

    def end():
        example(sandbox).until = 0.0

    sandbox.settings.validation_s = 3600
    return end


@pytest.fixture
def short_waits(monkeypatch):
    from models_admin.xerotier import client

    monkeypatch.setattr(client, "CALL_DEADLINE", 1.0)


def age(row: Activity, **since) -> None:
    Activity.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(**since))


def test_it_starts_a_validation_and_goes_back_to_the_model(connected, sandbox, token, validation_lasts):
    answer = connected.post(URL, {"token": token})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert posts(sandbox) == 1
    row = Activity.objects.get()
    assert (row.action, row.outcome) == ("revalidate", "done")
    assert row.snapshot["status"] == "ready"
    page = connected.get(PAGE)
    assert f"Revalidation of {NAME} started." in text_of(page)
    assert "Validating" in text_of(page)
    assert "The model is being validated now." in text_of(page)
    assert poll_in(page)
    assert "Refresh" in text_of(page)


def test_htmx_gets_the_status_with_a_poll_and_fresh_buttons(connected, token, validation_lasts):
    answer = connected.post(URL, {"token": token}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert 'id="model-status"' in html
    assert "load delay:2s, poll" in html
    assert 'id="lifecycle-actions" class="row" hx-swap-oob="true"' in html


def test_a_model_in_another_status_is_refused_before_anything_is_sent(connected, sandbox, token):
    example(sandbox).change({"status": "active"})
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 409
    assert "Only a model that is ready or in error" in text_of(answer)
    assert posts(sandbox) == 0
    assert not Activity.objects.exists()
    assert "this one is “active”" in text_of(connected.get(PAGE))


def test_htmx_sees_the_new_status_with_the_refusal(connected, sandbox, token):
    example(sandbox).change({"status": "active"})
    answer = connected.post(URL, {"token": token}, headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (409, "outerHTML")
    assert "Active" in text_of(answer)
    assert "Only a model that is ready" in text_of(answer)


def test_the_apis_own_refusal_of_the_status_is_told(connected, sandbox, token):
    sandbox.fault("status", route="revalidate", status=409, code="invalid_model_status", message="Not now.")
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 409
    assert "The model was not revalidated." in text_of(answer)
    assert "Not now." in text_of(answer)
    assert Activity.objects.get().outcome == "refused"


@pytest.mark.parametrize("token", ["", "damaged"])
def test_a_damaged_token_starts_nothing(connected, sandbox, token):
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 422
    assert posts(sandbox) == 0


def test_a_token_of_a_deletion_does_not_revalidate(connected, sandbox):
    html = connected.get(f"{PAGE}delete/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', html).group(1)
    assert connected.post(URL, {"token": token}).status_code == 422
    assert posts(sandbox) == 0


def test_a_button_counts_once(connected, sandbox, token):
    connected.post(URL, {"token": token})
    answer = connected.post(URL, {"token": token}, follow=True)
    assert posts(sandbox) == 1
    assert "was started by this form before" in text_of(answer)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_presses_send_one_post(connected, sandbox, token, validation_lasts):
    cookies = connected.cookies

    def press(_number: int) -> int:
        client = Client()
        client.cookies = cookies
        try:
            return client.post(URL, {"token": token}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        found = set(pool.map(press, range(50)))
    assert posts(sandbox) == 1
    assert found <= {302, 409}


def test_a_viewer_is_told_why_not_and_sends_nothing(client, person, api_url, sandbox):
    connect(sign_in(client, person("Viewer")))
    page = text_of(client.get(PAGE))
    assert "need the Editor role" in page
    assert "Deleting needs the Maintainer role" in page
    answer = client.post(URL, {"token": "x"})
    assert answer.status_code == 403
    assert posts(sandbox) == 0


def test_an_editor_may(client, person, api_url, sandbox):
    connect(sign_in(client, person("Editor")))
    assert client.post(URL, {"token": token_in(client.get(PAGE))}).status_code == 302
    assert posts(sandbox) == 1


@pytest.mark.parametrize("url", [URL])
def test_only_a_post_revalidates(connected, sandbox, url):
    assert connected.get(url).status_code == 405
    assert posts(sandbox) == 0


LOST = [
    ("reset_after", {}),
    ("truncated_json", {}),
    ("html", {"after": True}),
    ("empty", {"after": True}),
    ("not_object", {"after": True}),
    ("deep_json", {"after": True}),
    ("redirect", {"after": True}),
    ("wrong_types", {"ids": True}),
    ("missing_keys", {"ids": True}),
    ("status", {"status": 500, "after": True}),
    ("status", {"status": 503, "after": True, "envelope": "html"}),
    ("timeout_after", {"seconds": 2}),
]
NOT_DONE = [
    ("reset_before", {}),
    ("timeout_before", {"seconds": 2}),
    ("html", {}),
    ("status", {"status": 500}),
]


@pytest.mark.parametrize(("kind", "detail"), LOST)
def test_a_lost_answer_of_a_start_that_happened_is_found_out(
    connected, sandbox, token, kind, detail, short_waits, validation_lasts
):
    sandbox.fault(kind, route="revalidate", **detail)
    answer = connected.post(URL, {"token": token})
    assert posts(sandbox) == 1
    assert answer.status_code == 302
    row = Activity.objects.get()
    assert row.outcome == "done"
    assert "status was validating" in row.message


@pytest.mark.parametrize(("kind", "detail"), NOT_DONE)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_lost_answer_of_a_start_that_did_not_happen_is_called_unknown(
    connected, sandbox, token, kind, detail, short_waits, headers
):
    sandbox.fault(kind, route="revalidate", **detail)
    answer = connected.post(URL, {"token": token}, headers=headers)
    assert posts(sandbox) == 1
    assert answer.status_code in (502, 504)
    assert "not known whether the revalidation was started" in text_of(answer)
    assert "its status is “Ready”" in text_of(answer)
    assert Activity.objects.get().outcome == "unknown"


def test_where_reading_again_fails_too_it_says_so(connected, sandbox, token):
    sandbox.fault("reset_after", route="revalidate")
    sandbox.fault("status", route="get", status=503, times=None, skip=1)
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 502
    assert "not known" in text_of(answer)
    assert Activity.objects.get().outcome == "unknown"


def test_an_unknown_start_that_is_seen_validating_later_was_one(connected, sandbox, token, validation_lasts):
    sandbox.fault("reset_after", route="revalidate")
    sandbox.fault("status", route="get", status=503, times=1, skip=1)
    connected.post(URL, {"token": token})
    assert Activity.objects.get().outcome == "unknown"
    connected.get(STATUS)
    assert Activity.objects.get().outcome == "done"
    assert "Seen validating later" in Activity.objects.get().message


@pytest.mark.parametrize(
    ("detail", "status"), [({"status": 401}, 403), ({"status": 403}, 403), ({"status": 429}, 429)]
)
def test_a_refusal_is_explained(connected, sandbox, token, detail, status):
    sandbox.fault("status", route="revalidate", **detail)
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == status
    assert "The model was not revalidated." in text_of(answer)
    assert Activity.objects.get().outcome == "refused"


def test_a_model_that_cannot_be_read_first_sends_nothing(connected, sandbox, token):
    sandbox.fault("status", route="get", status=503, times=None)
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 502
    assert "Nothing was sent" in text_of(answer)
    assert posts(sandbox) == 0
    assert not Activity.objects.exists()


# ---- The status fragment ----------------------------------------------------------------------


def test_the_status_fragment_renders_alone_and_asks_no_more_at_the_end(connected):
    connected.get("/models/")
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
    assert row.settled_at is not None
    assert {item["field"]: (item["before"], item["after"]) for item in row.changes} == {
        "quantization": ("awq", "gptq"),
        "context_length": (32768, 4096),
    }
    assert "ended with the status ready" in row.message


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
    assert (first.settled_at, first.changes) == (second.settled_at, second.changes)


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
    assert "The service failed" in text
    assert "Next try in 4 s" in text
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
    assert Activity.objects.get().settled_at is None


@pytest.mark.parametrize("kind", ["nulls", "missing_keys", "wrong_types"])
def test_a_reading_that_says_nothing_settles_nothing(connected, sandbox, token, validation_lasts, kind):
    connected.post(URL, {"token": token})
    sandbox.fault(kind, route="get")
    assert connected.get(STATUS).status_code == 200
    assert Activity.objects.get().settled_at is None


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


def test_a_memory_made_for_somebody_else_is_not_believed(connected, token, validation_lasts, person, sandbox):
    connected.post(URL, {"token": token})
    poll = poll_in(connected.get(PAGE))
    other = connect(sign_in(Client(), person()))
    sandbox.fault("status", route="get", status=503)
    assert other.get(poll, headers=HTMX).status_code == 502


# ---- What a revalidation overwrote ------------------------------------------------------------


def _edit(client, field: str, value: str) -> None:
    html = client.get(f"{PAGE}fields/{field}/").content.decode()
    token, seen = (re.search(rf'name="{name}" value="([^"]*)"', html).group(1) for name in ("token", "seen"))
    data = {"value": value, "token": token, "seen": seen.replace("&quot;", '"')}
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
    assert "The revalidation replaced it." in text
    assert text.count("Set again") == 1
    panel = html[html.index('id="revalidation"') :]
    form = panel[panel.index(f'action="{PAGE}fields/context_length/"') :]
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', form).group(1)
        for name in ("value", "seen", "token")
    }
    answer = connected.post(f"{PAGE}fields/context_length/", fields)
    assert answer.status_code == 302
    assert example(sandbox).facts["context_length"] == 8192
    again = text_of(connected.get(f"{PAGE}revalidation/"))
    assert "It has that value again." in again
    assert "Set again" not in again


def test_an_edit_made_while_it_validates_is_not_taken_for_the_validations_work(
    connected, sandbox, token, validation_lasts
):
    connected.post(URL, {"token": token})
    _edit(connected, "description", "Written meanwhile")
    example(sandbox).extracted = {}
    validation_lasts()
    connected.get(PAGE)
    row = Activity.objects.get(action="revalidate")
    assert row.settled_at is None  # untouched so soon, it may not have begun
    age(row, seconds=10)
    connected.get(PAGE)
    row = Activity.objects.get(action="revalidate")
    assert row.settled_at is not None
    assert row.changes == []


# ---- One poll for a list ----------------------------------------------------------------------


def statuses(client, *ids: str, **query):
    ask = "&".join([*(f"id={one}" for one in ids), *(f"{name}={value}" for name, value in query.items())])
    return client.get(f"/models/statuses/?{ask}", headers=HTMX)


def test_one_call_serves_all_rows_and_only_those_asked_for(connected, sandbox, validation_lasts):
    ids = list(sandbox.store.project("proj_ABC123").models)[:3]
    for one in ids:
        sandbox.store.revalidate(sandbox.store.project("proj_ABC123"), one)
    sandbox.requests.clear()
    html = statuses(connected, *ids).content.decode()
    assert len(sandbox.requests) == 1
    assert html.count('hx-swap-oob="innerHTML:#st-') == 3
    assert "load delay:4s" in html


def test_the_list_poll_ends_with_the_last_validation_and_settles_it(
    connected, sandbox, token, validation_lasts
):
    connected.post(URL, {"token": token})
    example(sandbox).extracted = {"quantization": "gptq"}
    validation_lasts()
    html = statuses(connected, EXAMPLE_ID).content.decode()
    assert "hx-get" not in html
    assert "Ready" in html
    assert Activity.objects.get().changes[0]["after"] == "gptq"


def test_a_failed_list_poll_says_how_old_the_statuses_are(connected, sandbox):
    sandbox.fault("status", route="list", status=503)
    answer = statuses(connected, EXAMPLE_ID, delay=8)
    text = text_of(answer)
    assert "Statuses as of" in text
    assert "Next try in 16 s" in text
    assert "st-" not in answer.content.decode()


def test_a_model_that_left_the_list_is_gone(connected, sandbox):
    sandbox.store.delete(sandbox.store.project("proj_ABC123"), EXAMPLE_ID)
    answer = statuses(connected, EXAMPLE_ID)
    assert "Gone" in text_of(answer)
    assert "hx-get" not in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["id=../x&delay=x", "id=%3Cscript%3E&since=9e9&at=-1", "at=%F0%9F%98%80&delay=99999999999", ""]
)
def test_hostile_addresses_of_the_list_poll_do_no_harm(connected, query):
    answer = connected.get(f"/models/statuses/?{query}", headers=HTMX)
    assert answer.status_code == 200
    assert "<script" not in answer.content.decode()


def test_a_list_that_validates_for_ten_minutes_is_called_out(connected, sandbox, validation_lasts):
    sandbox.store.revalidate(sandbox.store.project("proj_ABC123"), EXAMPLE_ID)
    since = int(timezone.now().timestamp()) - 660
    assert f"Still validating after 11 minutes, which is longer than usual: {NAME}" in text_of(
        statuses(connected, EXAMPLE_ID, since=since)
    )
