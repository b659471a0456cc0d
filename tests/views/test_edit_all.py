"""Editing all fields with one form, and filling it from the model's own files."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from models_admin.models import Activity
from tests.editing import MODEL, elsewhere, patches, words

CASES = json.loads((Path(__file__).parent.parent / "files" / "model-files.json").read_text())
EDIT = f"{MODEL}edit/"


def form_of(answer: Any) -> dict[str, Any]:
    """What a browser would send if the form were saved as it is."""
    page = answer.content.decode()
    page = page[page.index(f'action="{EDIT}"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if not name or (re.search('type="(radio|checkbox)"', tag) and " checked" not in tag):
            continue
        found.setdefault(name[1], []).append(html.unescape(value[1] if value else ""))
    for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', page, flags=re.S):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', page, flags=re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def upload(client: Any, name: str, content: Any) -> Any:
    data = content if isinstance(content, str) else json.dumps(content)
    return client.post(f"{EDIT}files/", {"files": [SimpleUploadedFile(name, data.encode())]})


def test_one_patch_carries_only_what_changed(connected, sandbox):
    form = form_of(connected.get(EDIT))
    answer = connected.post(EDIT, form | {"license": "MIT", "hidden_size": "4,096"})
    assert answer.status_code == 302, words(answer)
    assert [json.loads(body) for body in patches(sandbox)] == [{"license": "MIT", "hidden_size": 4096}]
    row = Activity.objects.get()
    assert [entry["field"] for entry in row.changes] == ["license", "hidden_size"]


def test_nothing_is_sent_where_nothing_changed(connected, sandbox):
    connected.post(EDIT, form_of(connected.get(EDIT)))
    assert patches(sandbox) == []
    assert not Activity.objects.exists()


def test_a_form_counts_once(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"license": "MIT"}
    connected.post(EDIT, form)
    connected.post(EDIT, form)
    assert len(patches(sandbox)) == 1


def test_a_refused_text_keeps_everything_typed(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"license": "MIT", "hidden_size": "big"}
    answer = connected.post(EDIT, form)
    assert answer.status_code == 422
    assert form_of(answer)["license"] == ["MIT"]
    assert patches(sandbox) == []


def test_a_conflict_is_decided_for_each_field_before_anything_is_sent(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine", "context_length": "1024"}
    elsewhere(sandbox, description="Theirs")
    answer = connected.post(EDIT, form)
    assert answer.status_code == 409
    assert "Theirs" in words(answer)
    assert patches(sandbox) == []
    decided = form_of(answer)
    assert decided["decide-description"] == ["keep"]
    assert connected.post(EDIT, decided).status_code == 302
    assert [json.loads(body) for body in patches(sandbox)] == [{"context_length": 1024}]


def test_the_other_decision_overwrites(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine"}
    elsewhere(sandbox, description="Theirs")
    decided = form_of(connected.post(EDIT, form)) | {"decide-description": "save"}
    connected.post(EDIT, decided)
    assert [json.loads(body) for body in patches(sandbox)] == [{"description": "Mine"}]


def test_all_fields_are_undone_as_one(connected, sandbox):
    before = form_of(connected.get(EDIT))
    connected.post(EDIT, before | {"description": "New", "context_length": "1024"})
    row = Activity.objects.get()
    page = connected.get(f"/projects/proj_ABC123/activity/{row.pk}/").content.decode()
    token = re.search(r'undo/".*?name="token" value="([^"]*)"', page, flags=re.S)
    connected.post(f"/projects/proj_ABC123/activity/{row.pk}/undo/", {"token": html.unescape(token[1])})
    assert len(patches(sandbox)) == 2
    assert set(json.loads(patches(sandbox)[1])) == {"description", "context_length"}
    assert form_of(connected.get(EDIT))["description"] == before["description"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_files_fill_the_form_and_one_patch_saves_what_was_expected(connected, sandbox, case):
    elsewhere(sandbox, **dict.fromkeys(case["expect"], None))
    answer = upload(connected, case["file"], case["content"])
    assert answer.status_code == 200, words(answer)
    assert patches(sandbox) == []
    assert connected.post(EDIT, form_of(answer)).status_code == 302
    assert [json.loads(body) for body in patches(sandbox)] == [case["expect"]]


def test_a_proposal_without_its_tick_is_not_sent(connected, sandbox):
    form = form_of(upload(connected, "config.json", {"hidden_size": 77, "vocab_size": 99}))
    form["take"] = ["vocab_size"]
    connected.post(EDIT, form)
    assert [json.loads(body) for body in patches(sandbox)] == [{"vocab_size": 99}]


def test_a_refused_text_keeps_proposals_with_their_sources_and_ticks(connected, sandbox):
    form = form_of(upload(connected, "config.json", {"hidden_size": 77, "vocab_size": 99}))
    form |= {"take": ["vocab_size"], "context_length": "big"}
    answer = connected.post(EDIT, form)
    assert answer.status_code == 422
    kept = form | {"context_length": ["big"]}
    fresh = ("token", "csrfmiddlewaretoken")
    assert {name: value for name, value in form_of(answer).items() if name not in fresh} == {
        name: value for name, value in kept.items() if name not in fresh
    }
    connected.post(EDIT, form_of(answer) | {"context_length": "4096"})
    assert "hidden_size" not in json.loads(patches(sandbox)[0])


def test_a_value_left_to_someone_else_is_not_overwritten_after_a_failed_read(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine", "context_length": "1024"}
    elsewhere(sandbox, description="Theirs")
    decided = form_of(connected.post(EDIT, form))
    sandbox.fault("reset_before", route="get", times=None)
    answer = connected.post(EDIT, decided)
    sandbox.clear_faults()
    connected.post(EDIT, form_of(answer))
    assert [json.loads(body) for body in patches(sandbox)] == [{"context_length": 1024}]


@pytest.mark.parametrize("kind", ["reset_before", "html"])
def test_where_the_model_cannot_be_read_nothing_is_sent_and_everything_typed_is_kept(
    connected, sandbox, kind
):
    form = form_of(connected.get(EDIT)) | {"license": "MIT", "description": "Typed"}
    sandbox.fault(kind, route="get", times=None)
    answer = connected.post(EDIT, form)
    assert answer.status_code in (502, 503, 504)
    assert "Nothing was sent" in words(answer)
    assert patches(sandbox) == []
    sandbox.clear_faults()
    assert connected.post(EDIT, form_of(answer)).status_code == 302
    assert [json.loads(body) for body in patches(sandbox)] == [{"license": "MIT", "description": "Typed"}]


def test_a_refusal_by_the_api_lands_on_the_field_that_it_names(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"license": "X", "description": "Typed"}
    detail = {"status": 400, "code": "invalid_request", "param": "license", "message": "no such license"}
    sandbox.fault("status", route="update", **detail)
    answer = connected.post(EDIT, form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.findall(r'data-field="(\w+)"', page[: page.index("no such license")])[-1] == "license"
    assert form_of(answer)["description"] == "Typed"


@pytest.mark.parametrize("files", [{}, {"files": [SimpleUploadedFile("config.json", b"{")]}])
def test_unreadable_files_are_explained_and_change_nothing(connected, sandbox, files):
    answer = connected.post(f"{EDIT}files/", files)
    assert "Choose at least one file" in words(answer) or "valid JSON" in words(answer)
    assert patches(sandbox) == []
