"""The exports: the filtered set, all pages, exact values, inert in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest

from models_admin.models import Protection
from models_admin.screens.models.export import cell_inert, csv_lines, models_json
from models_admin.xerotier.schemas import Model
from sandbox.record import Record
from sandbox.seed_models import EXAMPLE_ID
from tests.conftest import connect, sign_in

DIALECTS = pytest.mark.parametrize("dialect", ["document", "openai"])


def body(answer) -> str:
    assert answer.streaming
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def table(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer))))


def put(sandbox, model_id: str, **facts) -> None:
    project = sandbox.store.project("proj_ABC123")
    project.models[model_id] = Record(model_id, {**project.models[EXAMPLE_ID].facts, **facts})


@DIALECTS
def test_all_pages_are_in_it(client, person, api_url, sandbox, dialect):
    sandbox.set(dialect=dialect)
    connect(sign_in(client, person("Viewer")), "proj_LARGE", "xero_large_sandbox_key_0004")
    assert len(table(client.get("/projects/proj_LARGE/models/export.csv?page=3"))) == 1000
    assert json.loads(body(client.get("/projects/proj_LARGE/models/export.json")))["count"] == 1000


def test_values_are_exact(connected, sandbox):
    sandbox.set(dialect="openai")
    (row,) = table(connected.get("/projects/proj_ABC123/models/export.csv?q=my-custom-model"))
    assert row["id"] == EXAMPLE_ID
    assert (row["size_bytes"], row["context_length"]) == ("4294967296", "32768")
    assert (row["created_at"], row["is_latest"]) == ("2024-01-24T19:10:56Z", "true")
    assert (row["license"], row["catalog_role"]) == ("", "")


def test_json_tells_null_from_not_reported(connected, sandbox):
    sandbox.set(dialect="openai")
    answer = json.loads(
        body(connected.get("/projects/proj_ABC123/models/export.json?q=my-custom-model&sort=-size"))
    )
    (model,) = answer.pop("models")
    assert model["catalog_role"] is None
    assert "license" not in model
    assert model["size_bytes"] == 4294967296
    assert answer["filters"] == {"q": "my-custom-model"}
    assert (answer["project"], answer["sort"], answer["complete"]) == ("proj_ABC123", "-size", True)


def test_the_filters_and_the_order_of_the_page_hold(connected):
    every = table(connected.get("/projects/proj_ABC123/models/export.csv"))
    some = table(connected.get("/projects/proj_ABC123/models/export.csv?status=ready&format=gguf&sort=-size"))
    assert 0 < len(some) < len(every) == 44
    assert {(row["status"], row["format"]) for row in some} == {("ready", "gguf")}
    sizes = [int(row["size_bytes"]) for row in some]
    assert sizes == sorted(sizes, reverse=True)


@pytest.fixture
def protected(connected):
    """One model is protected, with a reason that a spreadsheet would take for a formula."""
    facts = {
        "project": "proj_ABC123",
        "model_id": EXAMPLE_ID,
        "username": "mia",
        "reason": "=Serves the demo",
    }
    return Protection.objects.create(**facts)


def test_protection_and_its_reason_are_in_both(connected, protected):
    rows = table(connected.get("/projects/proj_ABC123/models/export.csv"))
    found = {row["id"]: (row["protected"], row["protected_reason"]) for row in rows}
    assert found.pop(EXAMPLE_ID) == ("true", "'=Serves the demo")
    assert set(found.values()) == {("false", "")}
    models = json.loads(body(connected.get("/projects/proj_ABC123/models/export.json")))["models"]
    facts = {model["id"]: (model["protected"], model.get("protected_reason")) for model in models}
    assert facts.pop(EXAMPLE_ID) == (True, "=Serves the demo")
    assert set(facts.values()) == {(False, None)}


def test_the_filter_for_protected_models_applies_to_exports_and_selections(connected, protected):
    models = "/projects/proj_ABC123/models/"
    assert [row["id"] for row in table(connected.get(f"{models}export.csv?protected=yes"))] == [EXAMPLE_ID]
    answer = json.loads(body(connected.get(f"{models}export.json?protected=yes")))
    assert (answer["count"], answer["filters"]) == (1, {"protected": "yes"})
    form = {"all": "1", "protected": "yes", "action": "export"}
    (row,) = table(connected.post(f"{models}selection/", form))
    assert (row["id"], row["protected"]) == (EXAMPLE_ID, "true")


def test_no_match_is_a_file_with_a_heading(connected):
    assert body(connected.get("/projects/proj_ABC123/models/export.csv?q=zzz")).startswith("id,name,status,")
    assert json.loads(body(connected.get("/projects/proj_ABC123/models/export.json?q=zzz")))["models"] == []


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_file_has_a_safe_name_and_is_not_kept(connected, ending):
    answer = connected.get(f"/projects/proj_ABC123/models/export.{ending}")
    disposition = answer["Content-Disposition"]
    assert disposition.startswith('attachment; filename="models-proj_ABC123-2')
    assert disposition.endswith(f'.{ending}"')
    assert "no-store" in answer["Cache-Control"]


def test_a_list_that_was_cut_short_has_it_in_its_name(connected, sandbox):
    sandbox.set(dialect="openai", models=250)
    sandbox.fault("status", route="list", status=500, times=None, skip=1)
    connected.get("/projects/proj_ABC123/models/?fresh=1")
    assert "-partial-" in connected.get("/projects/proj_ABC123/models/export.csv")["Content-Disposition"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "  =", "\n=", "＝"])  # noqa: RUF001
def test_a_cell_that_begins_like_a_formula_is_made_inert(connected, sandbox, start):
    sandbox.set(dialect="openai")
    put(sandbox, "formula", name="formula", description=f"{start}HYPERLINK(1)")
    (row,) = [
        row
        for row in table(connected.get("/projects/proj_ABC123/models/export.csv?q=formula"))
        if row["id"] == "formula"
    ]
    assert row["description"].startswith("'")


def test_only_text_is_made_inert():
    assert [cell_inert(value) for value in (-5, "-5", "a-b", "", None)] == [-5, "'-5", "a-b", "", None]


def test_what_no_encoding_takes_still_comes_through():
    model = Model(id="m", name="half \ud800 pair", other={"new": {"deep": ["\ud83d"]}}, sent={"id": "m"})
    text = b"".join(models_json([model], {"project": "p"}, {})).decode("utf-8")
    assert json.loads(text)["models"][0] == {
        "id": "m",
        "name": "half \ud800 pair",
        "other": {"new": {"deep": ["\ud83d"]}},
        "protected": False,
    }
    assert b"".join(csv_lines([["\ud800"]])).decode("utf-8-sig") == "\\ud800\r\n"


def test_quotes_commas_and_lines_stay_in_their_cell():
    (row,) = csv.reader(io.StringIO(b"".join(csv_lines([['a,"b"\nc', "ü"]])).decode("utf-8-sig")))
    assert row == ['a,"b"\nc', "ü"]


def test_a_failed_list_is_a_page_and_no_file(connected, sandbox):
    sandbox.fault("status", route="list", status=500)
    connected.get("/projects/proj_ABC123/models/?fresh=1")
    sandbox.fault("status", route="list", status=500)
    answer = connected.get("/projects/proj_ABC123/models/export.csv")
    if answer.status_code != 200:
        assert "Content-Disposition" not in answer


def test_a_csv_begins_with_a_byte_order_mark_and_json_does_not(connected):
    def start(ending: str) -> bytes:
        answer = connected.get(f"/projects/proj_ABC123/models/export.{ending}")
        return b"".join(answer.streaming_content)[:4]

    assert start("csv") == b"\xef\xbb\xbfi"
    assert start("json") == b"{\n  "


@pytest.mark.parametrize(
    ("fact", "value", "cell"),
    [
        ("size_bytes", "4294967296", "4294967296"),
        ("size_bytes", -1, "-1"),
        ("parameter_count", "8.03B", "8.03B"),
        ("parameter_count", float("nan"), "NaN"),
        ("context_length", 1000000000000000019884624838656, "1000000000000000019884624838656"),
        ("architecture", ["LlamaForCausalLM", "Foo"], '["LlamaForCausalLM", "Foo"]'),
        ("quantization", {"method": "fp8"}, '{"method": "fp8"}'),
    ],
)
def test_odd_values_are_exported_as_sent(connected, sandbox, fact, value, cell):
    sandbox.set(dialect="openai")
    put(sandbox, "odd-1", name="odd model", **{fact: value})
    (row,) = table(connected.get("/projects/proj_ABC123/models/export.csv?q=odd-1"))
    assert row[fact] == cell
    (model,) = json.loads(body(connected.get("/projects/proj_ABC123/models/export.json?q=odd-1")))["models"]
    assert model[fact] in (value, cell, 4294967296)
