"""What the client notes of the API: bounded, for each key, without IDs."""

from __future__ import annotations

import pytest

from models_admin.xerotier.observed import CALLS_KEPT, WORDS_KEPT, Observations, Observed, route_text
from models_admin.xerotier.secret import Secret

ONE, OTHER = Secret("xero_one_key"), Secret("xero_other_key")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/p/v1/models?extended=true", "/models"),
        ("/p/v1/models/abc", "/models/{id}"),
        ("/p/v1/models/abc/catalog-info", "/models/{id}/catalog-info"),
        ("/p/v1/models/abc/versions/2.0.0/promote", "/models/{id}/versions/{version}/promote"),
        ("/p/v1/endpoints", "/endpoints"),
        ("/p/v1/uploads/u1/cancel", "/uploads/{id}/cancel"),
    ],
)
def test_a_route_is_named_without_project_and_ids(path: str, text: str) -> None:
    assert route_text(path) == text


def test_each_key_has_its_own_notes() -> None:
    seen = Observations()
    seen.models(ONE, fields=["colour"], statuses=["thinking"], dialect="openai")
    seen.call(ONE, method="GET", path="/p/v1/models", seconds=0.1, status=200)
    assert seen.of(OTHER) == Observed()
    found = seen.of(ONE)
    assert (found.dialect, found.fields, found.statuses) == ("openai", ("colour",), ("thinking",))


def test_known_statuses_are_not_noted_in_any_case() -> None:
    seen = Observations()
    seen.models(ONE, fields=[], statuses=["ready", " READY ", "Validating", "error", "deleting", None, ""])
    assert seen.of(ONE).statuses == ()


def test_a_later_reading_without_a_list_keeps_the_dialect() -> None:
    seen = Observations()
    seen.models(ONE, fields=[], statuses=[], dialect="document")
    seen.models(ONE, fields=["a"], statuses=[])
    assert seen.of(ONE).dialect == "document"


def test_notes_are_bounded_and_the_newest_call_comes_first() -> None:
    seen = Observations()
    for number in range(100):
        seen.models(ONE, fields=[f"f{number}" + "x" * 500], statuses=[f"s{number}"])
        seen.call(ONE, method="GET", path="/p/v1/models", seconds=number, status=None)
    found = seen.of(ONE)
    assert len(found.fields) == len(found.statuses) == WORDS_KEPT
    assert max(map(len, found.fields)) == 100
    assert [call.seconds for call in found.calls] == list(range(99, 99 - CALLS_KEPT, -1))
