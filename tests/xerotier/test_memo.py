"""What was worked out before is found again by what it came from, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models_admin.xerotier.client import Client
from models_admin.xerotier.memo import Memo
from models_admin.xerotier.secret import Secret
from tests.sandbox_fixture import KEY, PROJECT


def test_it_finds_what_was_put() -> None:
    memo: Memo[str] = Memo(10)
    assert memo.get("a") is None
    assert memo.put("a", "A") == "A"
    assert memo.get("a") == "A"


def test_it_drops_the_longest_unused_first() -> None:
    memo: Memo[str] = Memo(3)
    for key in "abc":
        memo.put(key, key)
    memo.get("a")
    memo.put("d", "d", weight=2)
    assert [key for key in "abcd" if memo.get(key)] == ["a", "d"]


def test_what_is_too_heavy_is_not_kept_and_drops_nothing() -> None:
    memo: Memo[str] = Memo(3)
    memo.put("a", "a")
    memo.put("b", "b", weight=4)
    assert memo.get("b") is None
    assert memo.get("a") == "a"


def test_putting_again_counts_once() -> None:
    memo: Memo[str] = Memo(3)
    for _ in range(5):
        memo.put("a", "a", weight=2)
    memo.put("b", "b")
    assert memo.get("a") == "a"
    assert memo.get("b") == "b"


def _lists(sandbox: Any, change: Callable[[], object]) -> tuple[Any, Any]:
    client = Client(sandbox.url)
    try:
        first = client.list_models(project=PROJECT, key=Secret(KEY))
        change()
        return first, client.list_models(project=PROJECT, key=Secret(KEY))
    finally:
        client.close()


def test_the_same_list_is_read_once_and_asked_for_each_time(sandbox: Any) -> None:
    first, second = _lists(sandbox, lambda: None)
    assert all(one is other for one, other in zip(first.models, second.models, strict=True))
    assert first.digest == second.digest != b""
    assert len(sandbox.requests) == 2
    assert first.request_id != second.request_id


def test_a_list_with_one_change_is_another_list(sandbox: Any) -> None:
    def change() -> None:
        client = Client(sandbox.url)
        listed = client.list_models(project=PROJECT, key=Secret(KEY)).models
        model = next(model for model in listed if model.status == "ready")
        client.revalidate_model(project=PROJECT, key=Secret(KEY), model_id=model.id)
        client.close()

    first, second = _lists(sandbox, change)
    assert first.digest != second.digest
    states = [[model.status for model in listed.models] for listed in (first, second)]
    assert states[1].count("validating") == states[0].count("validating") + 1
