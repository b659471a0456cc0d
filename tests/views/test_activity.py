"""The activity page, its exports, and the history of one model."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from models_admin.models import Activity
from tests.conftest import KEY, connect, sign_in
from tests.editing import HTMX, hidden, save, words
from tests.sandbox_fixture import EXAMPLE_ID, KEYS

URL = "/activity/"


def row(**given):
    number = Activity.objects.count()
    facts = {
        "username": "ana",
        "project": "proj_ABC123",
        "model_id": EXAMPLE_ID,
        "model_name": "my-custom-model",
        "action": "edit",
        "field": "context_length",
        "outcome": "done",
        "changes": [{"field": "context_length", "before": 8192, "after": 32768, "before_known": True}],
        "token": f"token-{number}",
    }
    return Activity.objects.create(**(facts | given))


def test_it_says_who_changed_what_from_what_to_what_and_what_came_of_it(connected):
    save(connected, "context_length", "128k")
    text = words(connected.get(URL))
    assert f"my-custom-model {EXAMPLE_ID[:8]}… in proj_ABC123 {connected.user.username}" in text
    assert "Changed context length 32,768 tokens → 131,072 tokens Done" in text
    assert "Undo" in text


def test_a_refusal_stands_there_with_the_apis_words(connected):
    save(connected, "quantization", "magic")
    text = words(connected.get(URL))
    assert "Tried to change quantization" in text
    assert "Refused: 'quantization' must be one of" in text


def test_what_a_deleted_model_was_like_stays_readable(connected):
    delete = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/delete/"
    form = hidden(connected.get(delete))
    connected.post(delete, form | {"confirm_name": "my-custom-model"})
    text = words(connected.get(URL))
    assert "Deleted the model Last known metadata Status Ready" in text
    assert "Description A fine-tuned LLM for code generation" in text
    assert "Context length 32,768 tokens" in text
    assert "Size 4.00 GB 4,294,967,296 bytes" in text


@pytest.mark.parametrize("snapshot", [{}, [], {"id": "../x"}, {"id": "a", "other": 5, "name": {"x": 1}}])
def test_a_damaged_memory_of_a_deleted_model_breaks_no_page(connected, snapshot):
    row(action="delete", field="", changes=[], snapshot=snapshot)
    assert "Deleted the model" in words(connected.get(URL))


def test_an_undo_leads_to_the_change_that_it_refers_to(connected):
    first = row()
    row(action="undo", undoes=first)
    address = f"/projects/proj_ABC123/activity/{first.pk}/"
    assert f'href="{address}">view</a>' in connected.get(URL).content.decode()
    assert "Changed context length" in words(connected.get(address))


@pytest.mark.parametrize(
    ("given", "curl"),
    [
        ({}, "-X PATCH"),
        ({"action": "undo"}, """-d '{"context_length": 32768}'"""),
        ({"action": "delete", "field": "", "changes": []}, "-X DELETE"),
        ({"action": "revalidate", "field": "", "changes": []}, f"/v1/models/{EXAMPLE_ID}/revalidate"),
    ],
)
def test_a_change_has_a_page_with_its_request_without_the_key(connected, given, curl):
    page = connected.get(f"/projects/proj_ABC123/activity/{row(**given).pk}/")
    text = html.unescape(page.content.decode())
    assert curl in text
    assert "requests." in text
    assert KEY not in text


def test_a_change_shows_whole_values_and_the_list_their_beginning(connected):
    long = "long " * 200
    changes = [{"field": "description", "before": long, "after": "short", "before_known": True}]
    made = row(field="description", changes=changes)
    assert long.strip() in words(connected.get(f"/projects/proj_ABC123/activity/{made.pk}/"))
    assert long.strip() not in connected.get(URL).content.decode()


def test_a_change_of_another_project_is_not_found(connected):
    made = row(project="acme-prod")
    assert connected.get(f"/projects/proj_ABC123/activity/{made.pk}/").status_code == 404


def test_an_edit_without_a_recorded_value_has_no_request(connected):
    page = connected.get(f"/projects/proj_ABC123/activity/{row(changes=[]).pk}/")
    assert (page.status_code, "curl" in page.content.decode()) == (200, False)


def test_a_row_that_was_never_completed_reads_as_unknown(connected):
    old = row(outcome="intent")
    Activity.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    text = words(connected.get(URL))
    assert "Unknown: The change may have been sent, but the result was never recorded." in text
    assert "Tried to change context length" in text


def test_only_rows_of_projects_that_are_connected_now_are_shown(connected):
    row(project="acme-prod", model_name="secret-of-acme")
    row(project="elsewhere", model_name="secret-of-elsewhere")
    pages = (
        URL,
        "/activity/rows/",
        "/activity/export.csv",
        "/activity/export.json",
        URL + "?project=elsewhere",
    )
    for url in pages:
        assert "secret-of" not in _body(connected.get(url))
    connect(connected, "acme-prod", KEYS["acme-prod"])
    for url in pages:
        assert "secret-of-acme" in _body(connected.get(url))
        assert "secret-of-elsewhere" not in _body(connected.get(url))
    connected.post("/connect/forget/", {"project": "acme-prod"})
    assert "secret-of-acme" not in _body(connected.get(URL))


def _body(answer) -> str:
    return b"".join(answer).decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"one", "two", "three"}),
        ("?who=ana", {"one"}),
        ("?who=rui", {"two", "three"}),
        ("?who=RUI", set()),
        ("?outcome=unknown", {"one"}),
        ("?outcome=done", {"two", "three"}),
        ("?outcome=nonsense", {"one", "two", "three"}),
        ("?since=2000-01-01&until=9999-12-31", {"one", "two", "three"}),
        ("?since=9999-12-31", set()),
        ("?until=2000-01-01", set()),
        ("?since=yesterday&until=2026-02-30", {"one", "two", "three"}),
        ("?action=delete", {"three"}),
        ("?action=nonsense", {"one", "two", "three"}),
        ("?model=tw", {"two"}),
        ("?model=id-three", {"three"}),
        ("?who=rui&action=delete&model=three", {"three"}),
        ("?who=nobody", set()),
        ("?before=99999999999999999999&after=x", {"one", "two", "three"}),
        ("?before=-1&who=%00&model=%ED%A0%80", set()),
    ],
)
def test_filters_apply_to_the_page_and_to_both_exports(connected, query, found):
    row(model_name="one", model_id="id-one", outcome="unknown")
    row(model_name="two", model_id="id-two", username="rui")
    row(model_name="three", model_id="id-three", username="rui", action="delete")
    page = connected.get(URL + query)
    assert page.status_code == 200
    exported = json.loads(_body(connected.get("/activity/export.json" + query)))
    assert {item["model_name"] for item in exported["activity"]} == found
    lines = list(csv.DictReader(io.StringIO(_body(connected.get("/activity/export.csv" + query)))))
    assert {line["model_name"] for line in lines} == found
    for name in ("one", "two", "three"):
        assert (f"id-{name}" in page.content.decode().partition("<table")[2]) == (name in found)


def test_it_has_pages_of_older_and_newer_rows(connected):
    for number in range(60):
        row(model_name=f"model-{number:03}")

    def shown(answer) -> list[str]:
        return re.findall(r"model-\d{3}(?=</a>)", answer.content.decode())

    def link(answer, label) -> str:
        found = re.search(rf'href="([^"]*)">{label}<', answer.content.decode())
        return html.unescape(found[1]) if found else ""

    first = connected.get(URL)
    assert shown(first) == [f"model-{number:03}" for number in range(59, 34, -1)]
    second = connected.get(link(first, "Older"))
    assert shown(second) == [f"model-{number:03}" for number in range(34, 9, -1)]
    third = connected.get(link(second, "Older"))
    assert shown(third) == [f"model-{number:03}" for number in range(9, -1, -1)]
    assert (link(first, "Newer"), link(third, "Older")) == ("", "")
    assert shown(connected.get(link(third, "Newer"))) == shown(second)
    row(model_name="model-060")
    assert shown(connected.get(link(third, "Newer"))) == shown(second)  # a new row moves nothing
    assert shown(connected.get(link(second, "Newer")))[0] == "model-059"


def test_pages_of_several_projects_are_one_order(connected):
    connect(connected, "acme-prod", KEYS["acme-prod"])
    for number in range(60):
        row(model_name=f"model-{number:03}", project=("proj_ABC123", "acme-prod")[number % 2])
    names = re.findall(r"model-\d{3}(?=</a>)", connected.get(URL).content.decode())
    assert names == [f"model-{number:03}" for number in range(59, 34, -1)]


@pytest.mark.parametrize("query", ["модель", "МОДЕЛЬ русская", "модел"])
def test_a_search_for_a_model_ignores_case_and_accents(connected, query):
    row(model_name="МОДЕЛЬ-русская")
    row(model_name="other", model_id="other")
    found = connected.get(URL, {"model": query}).content.decode()
    assert "МОДЕЛЬ-русская" in found
    assert "other" not in found.partition("<tbody")[2]


def test_a_search_finds_many_models_and_names_that_a_model_had_before(connected):
    row(model_name="Café old", model_id="renamed")
    row(model_name="new", model_id="renamed")
    for number in range(30):
        row(model_name=f"many-{number}", model_id=f"many-{number}")
    assert "new</a>" in connected.get(URL, {"model": "cafe"}).content.decode()
    found = json.loads(_body(connected.get("/activity/export.json", {"model": "many"})))
    assert len(found["activity"]) == 30


def test_days_separate_the_rows(connected):
    old = row(model_name="old")
    Activity.objects.filter(pk=old.pk).update(created_at=datetime(2024, 1, 24, 23, 59, tzinfo=UTC))
    row(model_name="new")
    text = words(connected.get(URL))
    assert "Wednesday, 24 January 2024 old" in text
    assert "old" not in words(connected.get(URL, {"since": "2024-01-25"})).partition("Undo")[2]
    assert "24 January 2024 old" in words(connected.get(URL, {"until": "2024-01-24"}))


def test_an_export_holds_every_row_in_order(connected, monkeypatch):
    monkeypatch.setattr("models_admin.services.activity_search.EXPORTED_AT_ONCE", 7)
    for number in range(20):
        row(model_name=f"model-{number:03}")
    found = json.loads(_body(connected.get("/activity/export.json")))["activity"]
    assert [item["model_name"] for item in found] == [f"model-{number:03}" for number in range(19, -1, -1)]


def test_a_full_page_of_rows_costs_few_queries(connected, django_assert_max_num_queries):
    for _ in range(50):
        row()
    with django_assert_max_num_queries(10):  # one of them for the role in this project
        connected.get(URL)


def test_cells_of_the_csv_are_inert(connected):
    row(
        model_name="=HYPERLINK(1)",
        field="description",
        changes=[{"field": "description", "before": "+1", "after": "@SUM(A1)", "before_known": True}],
    )
    line = next(csv.DictReader(io.StringIO(_body(connected.get("/activity/export.csv")))))
    assert (line["model_name"], line["before"], line["after"]) == ("'=HYPERLINK(1)", "'+1", "'@SUM(A1)")


def test_what_others_wrote_is_text_on_every_page(connected):
    evil = "<img src=x onerror=alert(1)>\u202e"
    row(
        username=evil[:20],
        model_name=evil,
        message=evil,
        api_request_id=evil,
        outcome="refused",
        changes=[{"field": "description", "before": evil, "after": evil, "before_known": True}],
    )
    for url in (URL, f"/projects/proj_ABC123/models/{EXAMPLE_ID}/history/"):
        page = connected.get(url).content.decode()
        assert "<img" not in page
        assert "\u202e" not in page


def test_it_never_holds_a_key(connected, sandbox):
    sandbox.fault("status", route="update", status=400, code="invalid_request", message=f"bad {KEY} key")
    save(connected, "description", "x")
    save(connected, "description", "y")
    for url in (
        URL,
        "/activity/export.csv",
        "/activity/export.json",
        f"/projects/proj_ABC123/models/{EXAMPLE_ID}/history/",
    ):
        assert KEY not in _body(connected.get(url))
    assert KEY not in json.dumps(list(Activity.objects.values()), default=str)


def test_an_empty_activity_says_what_will_be_there(connected):
    assert "No changes yet" in words(connected.get(URL))
    row()
    assert "No changes match these filters" in words(connected.get(URL + "?who=nobody"))


@pytest.mark.parametrize("url", ["/activity/rows/", f"/projects/proj_ABC123/models/{EXAMPLE_ID}/history/"])
def test_fragments_have_one_root_and_refuse_other_methods(connected, url):
    row()
    text = connected.get(url, headers=HTMX).content.decode().strip()
    assert text.startswith("<div id=")
    assert text.endswith("</div>")
    assert "<html" not in text
    assert connected.post(url).status_code == 405


def test_the_history_of_a_model_holds_its_rows_only(connected):
    row(model_id="another", model_name="another-model", username="zoe")
    row(username="rui")
    text = words(connected.get(f"/projects/proj_ABC123/models/{EXAMPLE_ID}/history/"))
    assert "rui changed context length" in text
    assert "zoe" not in text
    for _ in range(9):
        row()
    assert "All changes to this model" in words(
        connected.get(f"/projects/proj_ABC123/models/{EXAMPLE_ID}/history/")
    )


def test_a_person_without_a_role_or_a_connection_sees_nothing(client, person, signed_in):
    row()
    assert signed_in.get(URL)["Location"].startswith("/connect/")
    assert client.__class__().get(URL)["Location"].startswith("/sign-in/")
    nobody = sign_in(client.__class__(), person(None))
    assert nobody.get(URL).status_code == 403
