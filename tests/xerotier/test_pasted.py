"""Keys and project IDs as people paste them."""

from __future__ import annotations

from typing import Any

import pytest

from models_admin.xerotier.pasted import key_clean, project_clean

KEY = "xero_myproject_your_api_key"


@pytest.mark.parametrize(
    ("pasted", "removed"),
    [
        (KEY, ()),
        (f"  {KEY}\n", ()),
        (f'"{KEY}"', ("quotes",)),
        (f"'{KEY}'", ("quotes",)),
        (f"\u201c{KEY}\u201d", ("quotes",)),
        (f"Bearer {KEY}", ("the word Bearer",)),
        (f"authorization: bearer {KEY}", ("the word Bearer",)),
        (f"XEROTIER_API_KEY={KEY}", ("the variable's name",)),
        (f'export XEROTIER_API_KEY="{KEY}"', ("the variable's name", "quotes")),
        (f'"Authorization: Bearer {KEY}"', ("quotes", "the word Bearer")),
        (f"\u200b{KEY}\ufeff", ("hidden characters",)),
        (f"{KEY[:9]}\u200b{KEY[9:]}", ("hidden characters",)),
    ],
)
def test_a_key_is_found_in_what_was_pasted(pasted: str, removed: tuple[str, ...]) -> None:
    assert key_clean(pasted) == (KEY, removed)


@pytest.mark.parametrize(
    "key", ["abcdefgh==", "a=b=c=d=e", "ere_x_1234567", "bearerbearer", "", "two words", "ABC="]
)
def test_a_key_that_only_looks_like_one_of_these_is_left_alone(key: str) -> None:
    assert key_clean(key) == (key, ())


@pytest.mark.parametrize(
    "pasted",
    [
        "proj_ABC123",
        " proj_ABC123 ",
        "'proj_ABC123'",
        "proj_\u200bABC123",
        "XEROTIER_PROJECT=proj_ABC123",
        "/proj_ABC123/",
        "https://api.xerotier.ai/proj_ABC123",
        "https://api.xerotier.ai/proj_ABC123/v1",
        "https://api.xerotier.ai/proj_ABC123/v1/models?extended=true",
        "api.xerotier.ai/proj_ABC123/v1/models",
        "https://host.example/prefix/proj_ABC123/v1/models/00000000-1111-0000-1111-000000000000",
        "https://dashboard.example/projects/proj_ABC123/keys#new",
    ],
)
def test_a_project_is_found_in_what_was_pasted(pasted: str) -> None:
    found = project_clean(pasted)
    assert found.text == "proj_ABC123"
    assert bool(found.removed) == (pasted.strip() != "proj_ABC123")


@pytest.mark.parametrize(
    "text", ["", "acme-prod", "https://api.xerotier.ai/", "https://host.example/a/b/c", "a b", "../admin"]
)
def test_a_text_without_a_project_is_left_alone(text: str) -> None:
    assert project_clean(text) == (text, ())


@pytest.mark.parametrize("clean", [key_clean, project_clean])
def test_a_text_that_is_far_too_long_is_left_alone(clean: Any) -> None:
    pasted = '"' * 900_000  # quotes are removed pair by pair
    assert clean(pasted) == (pasted, ())
