"""Addresses: what is no model id or field never reaches a view."""

from __future__ import annotations

import re

import pytest
from django.urls import Resolver404, resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.ids import is_model_id

ID = "00000000-1111-0000-1111-000000000000"


@given(text=st.one_of(st.text(max_size=140), st.from_regex(r"[A-Za-z0-9_./%-]{0,140}", fullmatch=True)))
def test_only_a_model_id_resolves_to_a_model(text):
    try:
        match = resolve(f"/projects/proj_ABC123/models/{text}/")
    except Resolver404:
        return
    if match.url_name == "model":
        assert is_model_id(match.kwargs["model_id"])


@pytest.mark.parametrize("text", ["", ".", "..", "-a", ".a", "a/b", "a%2Fb", "a b", "é", "a\n", "x" * 129])
def test_what_is_no_model_id_is_not_found(text):
    with pytest.raises(Resolver404):
        resolve(f"/projects/proj_ABC123/models/{text}/delete/")


@pytest.mark.parametrize("text", ["qwen2.5-7b", "42", "llama3:8b", "_a"])
def test_an_id_that_is_safe_in_one_path_segment_has_a_page(text: str) -> None:
    address = reverse("model", args=["proj_ABC123", text])
    assert resolve(address).kwargs["model_id"] == text


@pytest.mark.parametrize(
    "name", ["models-rows", "models-statuses", "models-export-csv", "models-export-json"]
)
def test_the_consoles_own_words_are_no_models(name):
    assert resolve(reverse(name, args=["proj_ABC123"])).url_name == name


def test_the_ten_fields_have_an_address_and_nothing_else_has():
    for field in FIELDS:
        assert resolve(f"/projects/proj_ABC123/models/{ID}/fields/{field.name}/").url_name == "model-field"
    for wrong in ("name", "status", "id", "description2", "Description", "", "__class__"):
        with pytest.raises(Resolver404):
            resolve(f"/projects/proj_ABC123/models/{ID}/fields/{wrong}/")


def test_an_address_made_from_an_id_is_that_ids_own():
    assert re.fullmatch(rf"/projects/proj_ABC123/models/{ID}/", reverse("model", args=["proj_ABC123", ID]))
