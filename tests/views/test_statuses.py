"""One poll for all rows of a list page that validate."""

from __future__ import annotations

import pytest
from django.utils import timezone

from models_admin.models import Activity
from tests.editing import HTMX
from tests.revalidating import NAME, URL, example, text_of
from tests.sandbox_fixture import EXAMPLE_ID


def statuses(client, *ids: str, **query):
    ask = "&".join([*(f"id={one}" for one in ids), *(f"{name}={value}" for name, value in query.items())])
    return client.get(f"/projects/proj_ABC123/models/statuses/?{ask}", headers=HTMX)


def test_one_call_serves_all_rows_and_only_those_asked_for(connected, sandbox, validation_lasts):
    ids = list(sandbox.store.project("proj_ABC123").models)[:3]
    for one in ids:
        sandbox.store.revalidate(sandbox.store.project("proj_ABC123"), one)
    sandbox.requests.clear()
    html = statuses(connected, *ids).content.decode()
    assert len(sandbox.requests) == 1
    assert html.count('hx-swap-oob="innerHTML:#st-') == 3
    assert "load delay:4s" in html


def test_the_list_poll_ends_with_the_last_validation_and_resolves_it(
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
    assert "Trying again in 16 s" in text
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
    answer = connected.get(f"/projects/proj_ABC123/models/statuses/?{query}", headers=HTMX)
    assert answer.status_code == 200
    assert "<script" not in answer.content.decode()


def test_a_list_that_validates_for_ten_minutes_is_called_out(connected, sandbox, validation_lasts):
    sandbox.store.revalidate(sandbox.store.project("proj_ABC123"), EXAMPLE_ID)
    since = int(timezone.now().timestamp()) - 660
    assert f"Still validating after 11 minutes, which is longer than usual: {NAME}" in text_of(
        statuses(connected, EXAMPLE_ID, since=since)
    )
