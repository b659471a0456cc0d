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
from models_admin.services import editing_all
from sandbox.seed_models import TEAM
from tests.editing import MODEL, elsewhere, messages_of, patches, save, words
from tests.sandbox_fixture import PROJECT

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


def in_focus(answer: Any) -> list[str]:
    """The names of the controls that get the focus when the page opens."""
    page = answer.content.decode()
    main = page[page.index("<main") : page.index("</main")]
    return [re.findall(r'name="([^"]+)"', tag)[0] for tag in re.findall(r"<[^>]*\sautofocus[^>]*>", main)]


def upload(client: Any, name: str, content: Any, form: dict[str, Any] | None = None) -> Any:
    data = content if isinstance(content, str) else json.dumps(content)
    return client.post(f"{EDIT}files/", (form or {}) | {"files": [SimpleUploadedFile(name, data.encode())]})


def test_one_patch_carries_only_what_changed(connected, sandbox):
    form = form_of(connected.get(EDIT))
    answer = connected.post(EDIT, form | {"license": "MIT", "hidden_size": "4,096"})
    assert answer.status_code == 302, words(answer)
    assert [json.loads(body) for body in patches(sandbox)] == [{"license": "MIT", "hidden_size": 4096}]
    row = Activity.objects.get()
    assert [entry["field"] for entry in row.changes] == ["license", "hidden_size"]


@pytest.mark.parametrize("kind", ["nulls", "wrong_types", "missing_keys"])
def test_an_answer_without_the_models_name_is_not_believed(connected, sandbox, kind):
    sandbox.fault(kind, route="update")
    messages_of(connected, connected.post(EDIT, form_of(connected.get(EDIT)) | {"description": "Mine"}))
    row = Activity.objects.get()
    assert (row.outcome, row.changes[0]["after"], row.message) == ("done", "Mine", "")


def test_nothing_is_sent_where_nothing_changed(connected, sandbox):
    connected.post(EDIT, form_of(connected.get(EDIT)))
    assert patches(sandbox) == []
    assert not Activity.objects.exists()


def test_a_doubtful_value_that_was_left_alone_is_not_sent(connected, sandbox):
    save(connected, "license", "MIT")
    sandbox.fault("reset_after", route="update")
    save(connected, "license", "Apache-2.0")  # its result is unknown, so "MIT" is in doubt
    form = form_of(connected.get(EDIT))
    assert form["license"] == ["MIT"]
    connected.post(EDIT, form | {"description": "Mine"})
    assert json.loads(patches(sandbox)[-1]) == {"description": "Mine"}


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
    assert "Nothing has been saved. Correct the fields that are marked" in words(answer)
    assert in_focus(answer) == ["hidden_size"]


def test_a_conflict_is_decided_for_each_field_before_anything_is_sent(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine", "context_length": "1024"}
    elsewhere(sandbox, description="Theirs")
    answer = connected.post(EDIT, form)
    assert answer.status_code == 409
    assert "Theirs" in words(answer)
    assert in_focus(answer) == ["decide-description"]
    assert patches(sandbox) == []
    decided = form_of(answer) | {"decide-description": "keep"}
    answer = connected.post(EDIT, decided)
    assert [json.loads(body) for body in patches(sandbox)] == [{"context_length": 1024}]
    assert "Left unchanged: Description." in messages_of(connected, answer)


def test_a_conflict_without_a_decision_sends_nothing(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine", "context_length": "1024"}
    elsewhere(sandbox, description="Theirs")
    undecided = form_of(connected.post(EDIT, form))
    assert "decide-description" not in undecided
    answer = connected.post(EDIT, undecided)
    assert answer.status_code == 409
    assert form_of(answer)["description"] == "Mine"
    assert patches(sandbox) == []


def test_a_decision_counts_only_for_the_value_that_was_shown(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "Mine"}
    elsewhere(sandbox, description="Theirs")
    decided = form_of(connected.post(EDIT, form)) | {"decide-description": "save"}
    elsewhere(sandbox, description="Theirs again")
    answer = connected.post(EDIT, decided)
    assert answer.status_code == 409
    assert "Theirs again" in words(answer)
    assert patches(sandbox) == []


def test_a_save_that_came_first_is_a_conflict_of_its_own_fields_only(connected, sandbox, monkeypatch):
    form = form_of(connected.get(EDIT)) | {"license": "MIT", "context_length": "1024"}
    entry = {"field": "license", "before": None, "after": "Theirs", "before_known": True}
    real = editing_all._read

    def read(access: Any, model_id: str) -> Any:
        now = real(access, model_id)
        Activity.objects.create(
            project=PROJECT, model_id=model_id, action="edit", field="license", changes=[entry], token="other"
        )
        monkeypatch.setattr(editing_all, "_read", real)
        return now

    monkeypatch.setattr(editing_all, "_read", read)
    answer = connected.post(EDIT, form)
    assert answer.status_code == 409
    assert re.findall(r'name="decide-(\w+)" value="keep"', answer.content.decode()) == ["license"]
    assert "Current value: Theirs" in words(answer)
    assert patches(sandbox) == []


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
    decided = form_of(connected.post(EDIT, form)) | {"decide-description": "keep"}
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


def test_the_address_for_files_leads_back_to_the_form(connected):
    assert connected.get(f"{EDIT}files/").url == EDIT


def test_only_texts_that_are_not_the_current_values_are_marked_as_changed(connected):
    def marked(answer: Any) -> list[str]:
        return re.findall(r'id="field-(\w+)" data-changed', answer.content.decode())

    opened = connected.get(EDIT)
    assert marked(opened) == []
    assert marked(connected.post(EDIT, form_of(opened) | {"hidden_size": "many"})) == ["hidden_size"]


@pytest.mark.parametrize("files", [{}, {"files": [SimpleUploadedFile("config.json", b"{")]}])
def test_unreadable_files_are_explained_and_change_nothing(connected, sandbox, files):
    answer = connected.post(f"{EDIT}files/", files)
    assert "Choose at least one file" in words(answer) or "valid JSON" in words(answer)
    assert patches(sandbox) == []


def test_filling_from_files_keeps_what_was_typed(connected, sandbox):
    typed = form_of(connected.get(EDIT)) | {"description": "Typed", "hidden_size": "99"}
    config = {"hidden_size": 77, "vocab_size": 88}
    answer = upload(connected, "config.json", config, typed)
    form = form_of(answer)
    assert (form["description"], form["hidden_size"], form["vocab_size"]) == ("Typed", ["99"], ["88"])
    assert form["take"] == ["vocab_size"]
    assert "hidden_size in config.json says “77”." in words(answer)
    connected.post(EDIT, form)
    sent = {"description": "Typed", "hidden_size": 99, "vocab_size": 88}
    assert [json.loads(body) for body in patches(sandbox)] == [sent]


def test_a_value_that_changed_since_the_form_was_opened_is_still_a_conflict_after_filling(connected, sandbox):
    typed = form_of(connected.get(EDIT)) | {"description": "Mine"}
    elsewhere(sandbox, description="Theirs")
    form = form_of(upload(connected, "config.json", {"vocab_size": 88}, typed))
    assert connected.post(EDIT, form).status_code == 409
    assert patches(sandbox) == []


def other_model(sandbox: Any, **facts: Any) -> Any:
    """Another model of the project, with these values."""
    models = sandbox.store.project(PROJECT).models.values()
    model = next(model for model in models if model.facts["name"] == TEAM[1]["name"])
    model.change(facts)
    return model


@pytest.mark.parametrize("way", ["address", "name", "id", "pick", "enter"])
def test_values_of_another_model_are_proposed_and_only_ticked_ones_are_sent(connected, sandbox, way):
    other = other_model(sandbox, context_length=4096, architecture="OtherModel")
    typed = form_of(connected.get(EDIT)) | {"description": "Typed"}
    name = other.facts["name"]
    if way == "address":
        answer = connected.get(f"{EDIT}?from={other.id}")
        typed = {"description": form_of(answer)["description"]}
    else:
        asked = {
            "name": {"from": name, "fill": "1"},
            "id": {"from": other.id, "fill": "1"},
            "pick": {"pick": other.id},
            "enter": {"from": name, "enter": "1"},
        }
        answer = connected.post(EDIT, typed | asked[way])
    assert answer.status_code == 200, words(answer)
    form = form_of(answer)
    assert "take" not in form
    assert form["architecture"] == ["OtherModel"]
    assert form["description"] == typed["description"]
    assert f"Use the value of {name}" in words(answer)
    assert patches(sandbox) == []
    connected.post(EDIT, form | {"take": ["context_length"], "description": ""})
    assert json.loads(patches(sandbox)[0])["context_length"] == 4096
    assert "architecture" not in json.loads(patches(sandbox)[0])


def test_several_models_that_match_are_offered_and_nothing_typed_is_lost(connected, sandbox):
    typed = form_of(connected.get(EDIT)) | {"description": "Typed"}
    answer = connected.post(EDIT, typed | {"from": "assistant", "fill": "1"})
    page = answer.content.decode()
    assert len(re.findall(r'name="pick" value=', page)) > 1
    assert form_of(answer)["description"] == "Typed"
    fragment = connected.get(f"{EDIT}models/?from=assistant").content.decode()
    assert len(re.findall(r'name="pick" value=', fragment)) == len(re.findall(r'name="pick" value=', page))


@pytest.mark.parametrize(("text", "said"), [("", "Enter the name or ID"), ("no such", "No model matches")])
def test_a_search_without_a_match_is_explained(connected, sandbox, text, said):
    typed = form_of(connected.get(EDIT)) | {"description": "Typed"}
    answer = connected.post(EDIT, typed | {"from": text, "fill": "1"})
    assert answer.status_code == 422
    assert said in words(answer)
    assert form_of(answer)["description"] == "Typed"


def test_models_that_cannot_be_listed_are_explained_and_everything_typed_is_kept(connected, sandbox):
    typed = form_of(connected.get(EDIT)) | {"description": "Typed"}
    sandbox.fault("reset_before", route="list", times=None)
    fragment = words(connected.get(f"{EDIT}models/?from=assistant"))
    answer = connected.post(EDIT, typed | {"from": "assistant", "fill": "1"})
    sandbox.clear_faults()
    assert "Models couldn't be loaded" in fragment
    assert answer.status_code >= 500
    assert form_of(answer)["description"] == "Typed"


def test_the_message_after_saving_undoes_all_fields(connected, sandbox):
    form = form_of(connected.get(EDIT)) | {"description": "New", "context_length": "1024"}
    page = connected.get(connected.post(EDIT, form)["Location"]).content.decode()
    toast = page[page.index("Saved: Description, Context length.") :]
    address = re.search(r'<form method="post" action="([^"]*/undo/)"', toast)[1]
    token = html.unescape(re.search(r'name="token" value="([^"]*)"', toast)[1])
    answer = connected.post(address, {"token": token})
    assert set(json.loads(patches(sandbox)[1])) == {"description", "context_length"}
    assert "Undone: Description, Context length." in messages_of(connected, answer)


def test_the_way_back_has_the_name_of_the_model(connected):
    crumbs = re.search(r'aria-label="Breadcrumb".*?</nav>', connected.get(EDIT).content.decode(), flags=re.S)[
        0
    ]
    assert TEAM[0]["name"] in crumbs
