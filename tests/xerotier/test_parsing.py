"""JSON to values: both dialects, any nonsense, and the fast way through a list gives what the careful one gives."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_admin.xerotier.columns import models_from_json
from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.parsing import KEYS, READERS, model_from_json
from models_admin.xerotier.schemas import Model
from tests.xerotier.servers import MODEL_ID, model

UTC = timezone.utc

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-01-15T10:30:00Z", "2026-01-15", "ready", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
plausible = {
    **{key: st.none() | st.text() for key in KEYS if key != "id"},
    **{
        key: st.none() | st.integers(0, 2**65)
        for key in ("size_bytes", "sizeBytes", "contextLength", "num_layers")
    },
    **{key: st.none() | st.booleans() for key in ("is_latest", "isShared")},
    "created": st.none() | st.integers(-(2**40), 2**40),
    "createdAt": st.none() | st.datetimes().map(datetime.isoformat),
}
good_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
entries = st.fixed_dictionaries({"id": good_ids}, optional=plausible)
wild = st.dictionaries(
    st.sampled_from([*KEYS, "object", "x", "pipeline_tag"]) | st.text(max_size=5), json_values
)


def carefully(items: list[Any]) -> list[Model]:
    found = []
    for item in items:
        try:
            found.append(model_from_json(item, request_id="r"))
        except BadAnswer:
            continue
    return found


@given(st.lists(entries | wild | json_values, max_size=8))
def test_the_fast_way_gives_what_the_careful_one_gives(items: list[Any]) -> None:
    models, left_out = models_from_json(items * 2, request_id="r")
    expected = carefully(items * 2)
    assert models == expected
    assert [item.reported for item in models] == [item.reported for item in expected]
    assert [item.request_id for item in models] == ["r"] * len(models)
    assert left_out == 2 * len(items) - len(models)


@given(wild, good_ids)
def test_any_object_with_an_id_is_a_model_of_the_right_types(entry: dict[str, Any], model_id: str) -> None:
    found = model_from_json({**entry, "id": model_id})
    assert found.id == model_id
    for item in fields(Model):
        value = getattr(found, item.name)
        if value is None or item.name in ("other", "reported"):
            continue
        wanted = {"created_at": datetime, "is_latest": bool, "is_shared": bool}.get(
            item.name, int if READERS[item.name].__name__ == "count_of" else str
        )
        assert type(value) is wanted
        assert wanted is not int or abs(value) < 2**63
    assert found.created_at is None or found.created_at.tzinfo is UTC
    assert found.reported <= set(READERS)
    json.dumps(found.other, allow_nan=False)
    hash(found.reported)
    assert pickle.loads(pickle.dumps(found)) == found


@given(json_values)
def test_anything_else_is_a_bad_answer_and_nothing_worse(value: Any) -> None:
    if not (isinstance(value, dict) and is_model_id(value.get("id"))):
        with pytest.raises(BadAnswer):
            model_from_json(value)


def test_the_documents_extended_example() -> None:
    found = model_from_json(model(), request_id="req_1")
    assert found.created_at == datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)
    assert (found.size_bytes, found.context_length, found.parameter_count) == (4294967296, 32768, 7000000000)
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
    found = models_from_json([entry])[0][0]
    assert found.created_at == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    assert found.reported == {"id", "name", "format", "size_bytes", "status", "created_at"}


def test_camel_and_snake_case_are_read_alike() -> None:
    snake = {key: value for key, value in model().items() if key != "object"}
    camel = {
        "".join(w.capitalize() if i else w for i, w in enumerate(k.split("_"))): v for k, v in snake.items()
    }
    assert model_from_json(camel) == model_from_json(snake)
    assert models_from_json([camel])[0] == models_from_json([snake])[0]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-01-15T10:30:00Z", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T12:30:00+02:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00.250000Z", datetime(2026, 1, 15, 10, 30, 0, 250000, tzinfo=UTC)),
        (1706123456, datetime(2024, 1, 24, 19, 10, 56, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        (1e300, None),
        (10**30, None),
        (True, None),
        ("yesterday", None),
        ("", None),
        ([], None),
    ],
)
def test_dates(told: Any, read: datetime | None) -> None:
    for found in (
        model_from_json({"id": "m", "created": told}),
        models_from_json([{"id": "m", "created": told}])[0][0],
    ):
        assert found.created_at == read
        assert ("created_at" in found.reported) == (read is not None)


def test_of_two_keys_for_one_field_the_usable_one_counts() -> None:
    assert model_from_json({"id": "m", "sizeBytes": "4", "size_bytes": 5}).size_bytes == 5
    assert model_from_json({"id": "m", "sizeBytes": None, "size_bytes": 5}).size_bytes == 5
    assert model_from_json(
        {"id": "m", "created": 0, "created_at": "1970-01-02T00:00:00Z"}
    ).created_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_whole_number_may_come_with_a_point() -> None:
    assert model_from_json({"id": "m", "context_length": 4096.0}).context_length == 4096
    assert model_from_json({"id": "m", "context_length": 4096.5}).context_length is None


def test_what_is_not_known_is_kept_and_made_safe_to_print() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    found = model_from_json({"id": "m", "tags": ["a"], "score": float("inf"), "big": 10**400, "deep": deep})
    assert found.other["tags"] == ["a"]
    assert found.other["score"] is None
    assert found.other["big"] == str(10**400)
    assert json.dumps(found.other["deep"]).count("[") == 20


def test_a_model_of_a_list_is_as_frozen_as_any() -> None:
    for found in (model_from_json(model()), models_from_json([model()])[0][0]):
        assert type(found) is Model
        with pytest.raises((FrozenInstanceError, TypeError)):
            found.name = "other"  # type: ignore[misc]
        assert replace(found, name="other").name == "other"
        assert pickle.loads(pickle.dumps(found)) == found


def test_entries_share_nothing_that_can_be_changed() -> None:
    first, second = models_from_json([model(id="a"), model(id="b")])[0]
    assert first.other is not second.other
