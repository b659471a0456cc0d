"""Only an ID that is safe in one path segment gets into a path: tens of thousands of others never reach a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_admin.xerotier import errors, ids
from models_admin.xerotier.errors import Outcome
from models_admin.xerotier.secret import Secret
from tests.xerotier.conftest import CALLS, Pair
from tests.xerotier.servers import KEY, MODEL_ID, answer, model, says

Against = Callable[..., Pair]

PARTS = [
    "",
    ".",
    "..",
    "/",
    "\\",
    "%2f",
    "%2e%2e",
    "?",
    "#",
    "&",
    ";",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\x00",
    "@",
    ":",
    "é",
]
PARTS += [
    "\u202e",
    "\uff11\uff12",
    "\ud800",
    "a",
    MODEL_ID,
    "-a",
    "_a",
    "*",
    "'",
    '"',
    "<b>",
    "{}",
    "http://evil.example",
]
HOSTILE = sorted(
    {"".join(parts) for parts in product(PARTS, repeat=2)}
    | {f"{MODEL_ID}{part}x" for part in PARTS}
    | {chr(code) for code in range(0x3000)}
    | {f"a{chr(code)}b" for code in range(0x3000)}
    | {"a" * 129, "a" * 100_000}
)
HOSTILE = [text for text in HOSTILE if not ids.MODEL_ID.fullmatch(text)]


def test_hostile_ids_never_reach_a_socket(against: Against) -> None:
    pair = against(says(model()))
    refused = 0
    for text in HOSTILE:
        for more in ({"model_id": text}, {"project": text}):
            with pytest.raises(errors.InvalidRequest) as caught:
                pair.call("delete_model", **more)
            assert caught.value.outcome is Outcome.NOT_SENT
            refused += 1
    assert refused > 40_000
    assert pair.server.connections == 0


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a\n", None, 7, b"a"])
def test_every_operation_checks_its_ids(against: Against, name: str, text: object) -> None:
    pair = against(says(model()))
    with pytest.raises(errors.InvalidRequest):
        pair.call(name, project=text)
    if "model_id" in CALLS[name]:
        with pytest.raises(errors.InvalidRequest):
            pair.call(name, model_id=text)
    assert pair.server.connections == 0


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "a" * 257,
        "with space",
        "line\nbreak12",
        "cr\rlf12345",
        "nul\x001234",
        "umlautéabc",
        "tab\tabcdef",
    ],
)
def test_every_operation_checks_its_key_and_does_not_repeat_it(against: Against, name: str, key: str) -> None:
    pair = against(says(model()))
    with pytest.raises(errors.InvalidRequest) as caught:
        pair.call(name, key=Secret(key))
    assert not key or key not in str(caught.value)
    assert pair.server.connections == 0


def test_a_key_that_is_no_secret_is_refused(against: Against) -> None:
    with pytest.raises(errors.InvalidRequest):
        against(says(model())).call("get_model", key=KEY)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "ready"},
        {"id": "x"},
        {"description": 1.5},
        {"is_shared": True},
        {"context_length": True},
        {"description": ["x"]},
        {"description": {"a": 1}},
        {"description": "\ud800"},
        {7: "x"},
    ],
)
def test_only_the_ten_fields_are_sent_and_only_plain_values(against: Against, changes: dict) -> None:
    pair = against(says(model()))
    with pytest.raises(errors.InvalidRequest) as caught:
        pair.call("update_model", changes=changes)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert pair.server.connections == 0


def test_values_arrive_as_they_were_given(against: Against) -> None:
    pair = against(says(model()))
    text = 'Zeilen\n"quoted" \u202e <b> \\ é \U0001f600'
    pair.call("update_model", changes={"description": text, "context_length": 2**53, "license": None})
    assert json.loads(pair.server.asked[0].body) == {
        "description": text,
        "context_length": 2**53,
        "license": None,
    }


@given(st.text())
def test_no_id_has_a_character_that_means_something_in_a_path(text: str) -> None:
    if ids.is_model_id(text) or ids.is_project_id(text):
        assert text.isascii()
        assert not set(text) & set("/\\?#%;&<>\"'` ")
        assert set(text) != {"."}


@pytest.mark.parametrize("text", ["qwen2.5-7b", "42", "llama3:8b", "a@b", "v1.0", "_x", "a..b"])
def test_an_id_that_is_safe_in_one_path_segment_is_opened(against: Against, text: str) -> None:
    pair = against(says(model(id=text)))
    assert pair.call("get_model", model_id=text).id == text
    assert pair.server.asked[0].target.partition("?")[0] == f"/proj_ABC123/v1/models/{quote(text, safe='')}"


def test_an_id_may_be_a_number(against: Against) -> None:
    assert against(says(model(id=42))).call("get_model", model_id="42").id == "42"


@pytest.mark.parametrize("text", ["org/name", "../x", "a b", "ünï", "x" * 200, "a?b", ".hidden"])
def test_an_id_that_is_not_safe_in_a_path_is_listed_and_cannot_be_opened(against: Against, text: str) -> None:
    found = against(says({"models": [model(id=text), model()]})).call("list_models")
    assert [item.id for item in found.models] == [text, MODEL_ID]
    assert found.complete
    assert not ids.is_model_id(text)
    assert ids.why_no_page(text)
    assert not ids.why_no_page(MODEL_ID)


def test_entries_without_an_id_are_left_out_and_said(against: Against) -> None:
    entries = [
        model(),
        model(id=" "),
        model(id=""),
        model(id=[7]),
        model(id="a\0b"),  # no database takes it
        {"name": "no id"},
        "text",
        None,
        model(id="b"),
    ]
    found = against(lambda c, a: c.sendall(answer({"models": entries}))).call("list_models")
    assert [item.id for item in found.models] == [MODEL_ID, "b"]
    assert not found.complete
    assert "7" in found.note
