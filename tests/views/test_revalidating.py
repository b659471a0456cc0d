"""Revalidating a model, against the live sandbox."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from models_admin.models import Activity
from tests.conftest import connect, sign_in
from tests.editing import HTMX
from tests.revalidating import NAME, PAGE, STATUS, URL, example, poll_in, posts, text_of, token_in


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
    assert "This model is being validated." in text_of(page)
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
    assert "Only models with the status ready or error" in text_of(answer)
    assert posts(sandbox) == 0
    assert not Activity.objects.exists()
    assert "this one is “active”" in text_of(connected.get(PAGE))


def test_htmx_sees_the_new_status_with_the_refusal(connected, sandbox, token):
    example(sandbox).change({"status": "active"})
    answer = connected.post(URL, {"token": token}, headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (409, "outerHTML")
    assert "Active" in text_of(answer)
    assert "Only models with the status ready" in text_of(answer)


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
    assert "This button was already used" in text_of(answer)


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
    assert "couldn't confirm that revalidation started" in text_of(answer)
    assert "Its status is now “Ready”" in text_of(answer)
    assert Activity.objects.get().outcome == "unknown"


def test_where_reading_again_fails_too_it_says_so(connected, sandbox, token):
    sandbox.fault("reset_after", route="revalidate")
    sandbox.fault("status", route="get", status=503, times=None, skip=1)
    answer = connected.post(URL, {"token": token})
    assert answer.status_code == 502
    assert "couldn't confirm" in text_of(answer)
    assert Activity.objects.get().outcome == "unknown"


def test_an_unknown_start_that_is_seen_validating_later_was_one(connected, sandbox, token, validation_lasts):
    sandbox.fault("reset_after", route="revalidate")
    sandbox.fault("status", route="get", status=503, times=1, skip=1)
    connected.post(URL, {"token": token})
    assert Activity.objects.get().outcome == "unknown"
    connected.get(STATUS)
    assert Activity.objects.get().outcome == "done"
    assert "The model was validating later" in Activity.objects.get().message


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
    assert "Back to the model" in text_of(answer)
    assert posts(sandbox) == 0
    assert not Activity.objects.exists()
