"""Reading the URL, and choosing and ordering models by it."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_admin.screens.models.filtering import NOT_REPORTED, select
from models_admin.screens.models.query import SORTS, Query
from models_admin.xerotier.model_list import ModelList

DAY = "2026-01-15T00:00:00Z"


def model(id: str, **fields: object) -> dict[str, object]:
    return {"id": id, **fields}


MODELS = ModelList(
    (
        model("a", name="Llama", status="ready", format="gguf", size_bytes=5, workload_type="chat"),
        model("b", name="qwen", status="error", format="gguf", architecture="LlamaForCausalLM", size_bytes=1),
        model("c", name=None, status="ready", format="safetensors", workload_type="chat, code"),
        model("d", name="bge", status=None, description="Text EMBEDDINGS", size_bytes=5, created=DAY),
    )
)


def ids(**query: object) -> str:
    return "".join(found.id for found in select(MODELS, Query(**query)).models)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [("llama", "ab"), ("LLAMA", "ab"), ("embed text", "d"), ("c", "bc"), ("zzz", ""), ("llama qwen", "b")],
)
def test_every_word_is_searched_in_name_description_architecture_and_id(text, found):
    assert sorted(ids(q=text)) == sorted(found)


def test_what_has_no_value_comes_last_both_ways_and_equals_keep_their_order():
    assert ids(sort="size") == "badc"
    assert ids(sort="-size") == "adbc"
    assert ids(sort="name") == "dabc"
    assert ids(sort="-name") == "badc"
    assert ids(sort="created") == "dabc"
    assert ids(sort="-created") == "dabc"


def test_a_filter_takes_one_of_several_workloads_and_what_is_not_reported():
    assert ids(workload="code") == "c"
    assert ids(workload="chat") == "ac"
    assert ids(workload=NOT_REPORTED) == "db"
    assert ids(status=NOT_REPORTED) == "d"
    assert ids(status="gone") == ""


def test_a_count_tells_what_choosing_it_leaves():
    facets = select(MODELS, Query(q="llama", format="gguf", status="error")).facets
    assert (facets["status"].total, dict(facets["status"].counts)) == (2, {"ready": 1, "error": 1})
    assert (facets["format"].total, dict(facets["format"].counts)) == (1, {"gguf": 1})
    whole = select(MODELS, Query()).facets["workload"]
    assert (whole.total, whole.counts["chat"], whole.counts["code"], whole.counts["-"]) == (4, 2, 1, 2)


def test_protected_models_are_filtered_where_there_are_any():
    found = select(MODELS, Query(protected="yes", format="gguf"), protected={"a", "c", "gone"})
    assert [model.id for model in found.models] == ["a"]
    assert (found.facets["protected"].total, found.facets["protected"].counts["yes"]) == (2, 1)
    assert dict(found.facets["format"].counts) == {"gguf": 1, "safetensors": 1}
    assert select(MODELS, Query(protected="yes")).models == []
    assert "protected" not in select(MODELS, Query(), protected={"gone"}).facets


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({}, Query()),
        ({"page": "abc", "sort": "colour"}, Query()),
        ({"page": "0"}, Query()),
        ({"page": "-3"}, Query()),
        ({"page": "٣"}, Query()),
        ({"page": "9" * 5000}, Query()),
        ({"page": "7", "sort": "-size"}, Query(page=7, sort="-size")),
        ({"sort": "size_bytes"}, Query(sort="size")),
        ({"sort": "-created_at"}, Query(sort="-created")),
        ({"sort": "--size"}, Query()),
        ({"status": " Ready "}, Query(status="ready")),
        ({"protected": "yes"}, Query(protected="yes")),
        ({"protected": "1"}, Query()),
        ({"q": "  two   words\0 "}, Query(q="two words")),
    ],
)
def test_what_the_address_gets_wrong_falls_back(params, query):
    assert Query.read(params) == query


def test_only_what_is_not_at_its_default_stands_in_the_address():
    assert Query().encode() == ""
    assert Query(protected="yes").encode() == "?protected=yes"
    assert Query(q="a b&c", sort="-size", page=2).encode() == "?q=a+b%26c&sort=-size&page=2"
    assert Query(q="x", page=3).with_(status="ready") == Query(q="x", status="ready")


@given(st.dictionaries(st.sampled_from(["q", "status", "format", "workload", "sort", "page"]), st.text()))
def test_no_address_breaks_the_selection(params):
    query = Query.read(params)
    selection = select(MODELS, query)
    number, page = selection.page(query.page)
    assert number >= 1
    assert set(page) <= set(range(len(MODELS)))
    query.encode()


@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_every_column_orders_every_model(sort):
    assert sorted(ids(sort=sort)) == list("abcd")


def test_ten_thousand_models_are_searched_and_sorted_in_well_under_a_second():
    models = ModelList(tuple(model(f"m{place}", name=f"model {place % 977}") for place in range(10_000)))
    began = perf_counter()
    assert select(models, Query(q="model 12", sort="-name")).positions
    assert perf_counter() - began < 0.5
