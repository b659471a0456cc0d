"""JSON to values: both dialects, values written in other ways, and values that cannot be read."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.model_list import DETAILS, ModelList
from models_admin.xerotier.parsing import FIELD_OF_KEY, READERS, id_of, model_from_json
from models_admin.xerotier.schemas import status_key
from tests.xerotier.servers import MODEL_ID, model

UTC = timezone.utc

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["2026-01-15T10:30:00Z", "2026-01-15", "ready", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
plausible = {
    **{key: st.none() | st.text() for key in FIELD_OF_KEY if key != "id"},
    **{
        key: st.none() | st.integers(0, 2**65)
        for key in ("size_bytes", "sizeBytes", "contextLength", "num_layers")
    },
    **{key: st.none() | st.booleans() for key in ("is_latest", "isShared")},
    "created": st.none() | st.integers(-(2**64), 2**64),
    "createdAt": st.none() | st.datetimes().map(datetime.isoformat),
}
good_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
entries = st.fixed_dictionaries({"id": good_ids}, optional=plausible)
wild = st.dictionaries(
    st.sampled_from([*FIELD_OF_KEY, "object", "x", "pipeline_tag"]) | st.text(max_size=5), json_values
)


@given(st.lists(entries | wild, max_size=8))
def test_a_column_has_what_the_models_have(items: list[Any]) -> None:
    usable = tuple(item for item in items if id_of(item))
    found = ModelList(usable)
    for name in READERS:
        assert found.column(name) == [item.value(name) for item in found.models]
    assert found.detailed == any(set(DETAILS) & item.reported for item in found.models)


@given(wild, good_ids)
def test_any_object_with_an_id_is_a_model_of_the_right_types(entry: dict[str, Any], model_id: str) -> None:
    found = model_from_json({**entry, "id": model_id})
    assert found.id == model_id
    for name, reader in READERS.items():
        value = found.value(name)
        if value is None:
            continue
        wanted = {"time_of": datetime, "flag_of": bool, "count_of": int, "text_of": str}[reader.__name__]
        assert type(value) is wanted
        assert wanted is not int or 0 <= value < 2**63
    assert found.created_at is None or found.created_at.tzinfo is UTC
    assert found.reported <= set(READERS)
    json.dumps([found.sent, found.other])
    assert pickle.loads(pickle.dumps(found)) == found


@given(json_values)
def test_anything_else_is_a_bad_answer_and_nothing_worse(value: Any) -> None:
    if not id_of(value):
        with pytest.raises(BadAnswer):
            model_from_json(value)


def test_the_documents_extended_example() -> None:
    found = model_from_json(model(), request_id="req_1")
    assert found.created_at == datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)
    numbers = [found.value(name) for name in ("size_bytes", "context_length", "parameter_count")]
    assert numbers == [4294967296, 32768, 7000000000]
    assert (found.is_latest, found.is_shared, found.catalog_role) == (True, False, None)
    assert "catalog_role" in found.reported
    assert "license" not in found.reported
    assert found.other == {}
    assert found.label == "my-custom-model"
    assert model_from_json({"id": "m"}).label == "m"


def test_the_documents_list_example() -> None:
    entry = {
        "id": MODEL_ID,
        "name": "my-custom-model",
        "format": "safetensors",
        "sizeBytes": 4294967296,
        "status": "ready",
        "createdAt": "2026-01-15T10:30:00Z",
    }
    found = model_from_json(entry)
    assert found.created_at == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    assert found.reported == {"id", "name", "format", "size_bytes", "status", "created_at"}


def test_camel_and_snake_case_are_read_alike() -> None:
    snake = {key: value for key, value in model().items() if key != "object"}
    camel = {
        "".join(w.capitalize() if i else w for i, w in enumerate(k.split("_"))): v for k, v in snake.items()
    }
    assert model_from_json(camel) == model_from_json(snake)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-01-15T10:30:00Z", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T12:30:00+02:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00.250000Z", datetime(2026, 1, 15, 10, 30, 0, 250000, tzinfo=UTC)),
        (1706123456, datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        (1706123456000, datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        (1706123456000000, datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        (1706123456.5, datetime(2024, 1, 24, 19, 10, 56, 500000, tzinfo=UTC)),
        ("1706123456", datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        (" 1706123456000 ", datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        ("2026-01-15T10:30:00.1234567Z", datetime(2026, 1, 15, 10, 30, 0, 123456, tzinfo=UTC)),
        ("2026-01-15T16:00:00+0530", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00z", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("20260115", datetime(2026, 1, 15, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        (0, None),
        ("0", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        (1e300, None),
        (10**30, None),
        (True, None),
        ("yesterday", None),
        ("", None),
        ([], None),
    ],
)
def test_dates(sent: Any, read: datetime | None) -> None:
    found = model_from_json({"id": "m", "created": sent})
    assert found.created_at == read
    assert found.understood("created_at") == (read is not None)
    assert found.current("created_at") == (sent if read is None else read)


def test_of_two_keys_for_one_field_the_usable_one_counts() -> None:
    assert model_from_json({"id": "m", "sizeBytes": "4 GB", "size_bytes": 5}).size_bytes == 5
    assert model_from_json({"id": "m", "size_bytes": "4 GB", "sizeBytes": 5}).sent["size_bytes"] == 5
    assert model_from_json({"id": "m", "sizeBytes": None, "size_bytes": 5}).size_bytes == 5
    found = model_from_json({"id": "m", "created": 0, "created_at": "1970-01-02T00:00:00Z"})
    assert found.created_at == datetime(1970, 1, 2, tzinfo=UTC)


def test_a_whole_number_may_come_with_a_point() -> None:
    assert model_from_json({"id": "m", "context_length": 4096.0}).value("context_length") == 4096
    assert model_from_json({"id": "m", "context_length": 4096.5}).value("context_length") is None


def test_unknown_keys_are_kept_and_their_nesting_is_cut() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    found = model_from_json({"id": "m", "tags": ["a"], "big": 10**400, "deep": deep, "quantization": deep})
    assert found.other["tags"] == ["a"]
    assert found.other["big"] == 10**400
    for kept in (found.other["deep"], found.current("quantization")):
        assert json.dumps(kept).count("[") == 20


@pytest.mark.parametrize(
    ("key", "sent", "name", "read"),
    [
        ("size_bytes", "4294967296", "size_bytes", 4294967296),
        ("contextLength", " 131072 ", "context_length", 131072),
        ("contextLength", "131072\x1f", "context_length", 131072),  # white space to Python, but not to int()
        ("is_shared", "true", "is_shared", True),
        ("isLatest", "False", "is_latest", False),
        ("is_shared", 1, "is_shared", True),
        ("version", 2, "version", "2"),
        ("name", 7.5, "name", "7.5"),
        ("status", " READY ", "status", " READY "),
    ],
)
def test_a_value_written_in_another_way_is_read(key: str, sent: Any, name: str, read: Any) -> None:
    found = model_from_json({"id": "m", key: sent})
    assert (found.value(name), found.current(name), found.understood(name)) == (read, read, True)
    assert found.sent[name] == sent
    assert type(found.value(name)) is type(read)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("parameter_count", "8.03B"),
        ("context_length", "128k"),
        ("context_length", 1000000000000000019884624838656),
        ("context_length", 1e30),
        ("context_length", True),
        ("parameter_count", "NaN"),
        ("size_bytes", -1),
        ("size_bytes", "-1"),
        ("size_bytes", "١٢٣"),
        ("architecture", ["LlamaForCausalLM", "Foo"]),
        ("architecture", []),
        ("quantization", {"method": "fp8"}),
        ("description", False),
        ("is_shared", "maybe"),
        ("is_shared", 2),
        ("created_at", "0001-01-01T00:00:00Z"),
        ("created_at", {"seconds": 5}),
    ],
)
def test_a_value_that_cannot_be_read_is_kept_as_sent(name: str, sent: Any) -> None:
    found = model_from_json({"id": "m", name: sent})
    assert found.value(name) is None
    assert found.current(name) == sent
    assert not found.understood(name)
    assert name in found.reported
    assert ModelList(({"id": "m", name: sent},)).column(name) == [None]


def test_null_and_absent_are_understood_and_have_no_value() -> None:
    found = model_from_json({"id": "m", "license": None})
    assert found.sent == {"id": "m", "license": None}
    for name in ("license", "architecture"):
        assert found.current(name) is None
        assert found.understood(name)


def test_two_models_with_different_odd_values_differ() -> None:
    assert model_from_json({"id": "m", "architecture": ["A"]}) != model_from_json(
        {"id": "m", "architecture": ["B"]}
    )


@pytest.mark.parametrize("status", ["ready", "READY", " ready ", "\tReady\n"])
def test_statuses_are_compared_without_case_and_white_space(status: str) -> None:
    assert status_key(status) == "ready"
    assert status_key(None) == ""


def test_a_model_is_frozen_and_can_be_pickled() -> None:
    found = model_from_json(model())
    with pytest.raises((FrozenInstanceError, TypeError)):
        found.name = "other"  # type: ignore[misc]
    assert replace(found, name="other").name == "other"
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("method", ["mxfp4", "rtn", "inc", "petit_nvfp4", "cpu_awq", "awq", "squeezellm"])
def test_the_quantization_methods_of_vllm_are_known(method: str) -> None:
    assert method in BY_NAME["quantization"].suggestions
