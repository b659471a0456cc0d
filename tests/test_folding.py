"""Texts made comparable for search and order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_admin.formatting.folding import fold, natural_key, search_terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Llama", "llama"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("ümlaut", "umlaut"),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("МОДЕЛЬ", "модель"),
        ("１３Ｂ", "13b"),  # noqa: RUF001  # full width
    ],
)
def test_case_accents_and_width_do_not_matter(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    "order",
    [
        ["7b-model", "8b-model", "70b-model"],
        ["model-v9", "model-v10"],
        ["ähnlich", "eclair", "Ünïcode", "zebra"],
        ["1", "1a", "a", "a1"],
    ],
)
def test_names_sort_in_natural_order(order):
    assert sorted(order, key=natural_key) == order


@given(st.lists(st.text()))
def test_any_texts_can_be_sorted(texts):
    assert len(sorted(texts, key=natural_key)) == len(texts)


def test_quotes_make_a_phrase_and_a_single_quote_is_a_character():
    assert search_terms('"Llama 8B" ready') == ["llama 8b", "ready"]
    assert search_terms('say "hi') == ["say", '"hi']
    assert search_terms('""') == ['""']
