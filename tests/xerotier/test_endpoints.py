"""The optional list of endpoints: every format that its documentation leaves open, and what is not an endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from models_admin.xerotier.endpoints import endpoints_from_json
from models_admin.xerotier.errors import BadAnswer

FACTS = {"slug": "chat", "region": "eu-west", "tier": "gpu_nvidia_shared_nvl", "provisioning_state": "active"}


@pytest.mark.parametrize("name", ["data", "endpoints", "items"])
@pytest.mark.parametrize(
    "model",
    [
        {"model": "m-1"},
        {"model_id": "m-1"},
        {"modelId": "m-1"},
        {"model": {"id": "m-1", "name": "Llama"}},
        {"model": {"name": "Llama"}},
        {"model_name": "Llama"},
    ],
)
def test_an_endpoint_is_found_by_the_id_or_the_name_of_its_model(name: str, model: dict[str, Any]) -> None:
    found = endpoints_from_json({name: [FACTS | model, FACTS | {"model": "m-2"}]})
    assert found.complete
    (endpoint,) = found.serving(model_id="m-1", name="Llama")
    assert (endpoint.slug, endpoint.region, endpoint.tier, endpoint.state) == (
        "chat",
        "eu-west",
        "gpu_nvidia_shared_nvl",
        "active",
    )


def test_a_model_without_a_name_is_found_by_its_id_alone() -> None:
    found = endpoints_from_json({"data": [FACTS | {"model": {"name": None, "id": "m-1"}}, FACTS]})
    assert len(found.serving(model_id="m-1", name=None)) == 1
    assert found.unassigned == 1


@pytest.mark.parametrize("entry", [{}, {"slug": None, "region": 7, "model": []}, {"model": {"id": None}}])
def test_an_endpoint_without_a_readable_model_is_counted_as_unassigned(entry: dict[str, Any]) -> None:
    assert endpoints_from_json({"data": [entry]}).unassigned == 1


@pytest.mark.parametrize(
    "more",
    [
        {"has_more": True},
        {"total": 9},
        {"next": "/v1/endpoints?page=2"},
        {"next_offset": 1},
        {"next": None, "next_cursor": "abc"},
        {"pagination": {"total": 250}},
        {"meta": {"hasNext": True}},
        {"data": [FACTS] * 100},
        {"data": [FACTS] * 100, "count": 100},
    ],
)
def test_a_list_that_goes_on_is_incomplete(more: dict[str, Any]) -> None:
    assert not endpoints_from_json({"data": [FACTS], **more}).complete


@pytest.mark.parametrize(
    "end", [{"has_more": False}, {"total": 1}, {"next": None}, {}, {"data": [FACTS] * 100, "has_more": False}]
)
def test_a_list_that_ends_is_complete(end: dict[str, Any]) -> None:
    assert endpoints_from_json({"data": [FACTS], **end}).complete


def test_an_entry_that_is_no_object_makes_the_list_incomplete() -> None:
    assert not endpoints_from_json({"data": [FACTS, "chat"]}).complete


def test_null_is_an_empty_list() -> None:
    assert endpoints_from_json({"endpoints": None}).endpoints == ()


@pytest.mark.parametrize("data", [{}, {"data": {}}, {"error": "no"}])
def test_an_answer_without_a_list_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        endpoints_from_json(data)
