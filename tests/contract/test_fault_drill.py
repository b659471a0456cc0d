"""Every fault the sandbox knows, on every operation: one kind of error, in time, nothing sent twice, no wrong claim."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from models_admin.xerotier import errors
from models_admin.xerotier.errors import Outcome
from sandbox.faults import KINDS
from tests.contract.conftest import CALLS, CHANGES, Console
from tests.sandbox_fixture import EXAMPLE_ID

DEADLINE, GRACE = 0.5, 1.0  # seconds
FAULTS: list[tuple[str, dict[str, Any]]] = [
    *((kind, {}) for kind in KINDS if kind not in ("status", "redirect", "huge", "slow", "not_object")),
    ("slow", {"seconds": 0.1}),
    ("huge", {"size_mb": 400}),
    ("huge", {"size_mb": 400, "declared": True, "after": True}),
    *(("not_object", {"value": value}) for value in ("list", "null", "string", "number")),
    *((kind, {"ids": True}) for kind in ("wrong_types", "nulls", "missing_keys")),
    *(("redirect", {"status": status}) for status in (301, 302, 303, 307, 308)),
    ("redirect", {"endless": True, "after": True}),
    *(("status", {"status": status}) for status in (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)),
    *(
        ("status", {"status": 500, "after": True, "envelope": envelope})
        for envelope in ("html", "empty", "message")
    ),
    *(("status", {"status": 429, "retry_after": form}) for form in ("number", "date", None)),
]
HARMLESS = {"slow", "extra_keys", "duplicate_ids", "set_cookie"}  # the answer is good in spite of it
SENT_TWICE = {
    "reset_before",
    "reset_after",
    "reset_middle",
    "truncated",
}  # a connection that broke: reads only


def name_of(fault: tuple[str, dict[str, Any]]) -> str:
    return "-".join([fault[0], *(f"{name}={value}" for name, value in fault[1].items())])


@pytest.fixture(params=FAULTS, ids=name_of)
def fault(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param


@pytest.mark.parametrize("name", [name for name in CALLS if name != "check"])  # `check` is a list of one
def test_a_fault_is_one_clear_error_in_time(
    console: Console, short_deadline: Callable[[float], None], fault: tuple[str, dict[str, Any]], name: str
) -> None:
    kind, detail = fault
    short_deadline(DEADLINE)
    console.sandbox.fault(kind, times=None, **detail)
    began = time.monotonic()
    error = None
    try:
        console.call(name)
    except errors.ApiError as caught:
        error = caught
    assert time.monotonic() - began < DEADLINE + GRACE
    if kind in HARMLESS:
        assert error is None
    calls = len(console.sandbox.requests)
    if name in CHANGES or kind not in SENT_TWICE:
        assert calls == 1 or (name == "list_models" and error is None)  # a list has pages
    if name in CHANGES and error:
        refused = kind == "status" and detail["status"] < 500
        assert error.outcome is (Outcome.REFUSED if refused else Outcome.UNKNOWN)
    if error:
        assert error.message.strip().endswith((".", "…")) or kind == "status"
        assert type(error) is not errors.ApiError


def test_a_deletion_is_claimed_only_where_it_was_answered_so(
    console: Console, short_deadline: Callable[[float], None], fault: tuple[str, dict[str, Any]]
) -> None:
    """Whatever comes in between: deleted means deleted, refused means still there."""
    kind, detail = fault
    short_deadline(DEADLINE)
    console.sandbox.fault(kind, route="delete", **detail)
    try:
        console.call("delete_model")
        outcome = None
    except errors.ApiError as error:
        outcome = error.outcome
    console.sandbox.clear_faults()
    short_deadline(20)
    there = EXAMPLE_ID in {item.id for item in console.call("list_models").models}
    if outcome is None:
        assert not there
    elif outcome is not Outcome.UNKNOWN:
        assert there


def test_after_any_fault_the_next_call_is_as_before(
    console: Console, short_deadline: Callable[[float], None], fault: tuple[str, dict[str, Any]]
) -> None:
    """Nothing of a broken answer stays in a kept connection."""
    before = console.call("get_model")
    short_deadline(0.3)
    console.sandbox.fault(fault[0], **fault[1])
    with suppress(errors.ApiError):
        console.call("get_model")
    console.sandbox.clear_faults()
    short_deadline(20)
    assert console.call("get_model") == before


def test_the_service_gone_is_told_and_its_return_noticed(console: Console) -> None:
    console.call("get_model")
    console.sandbox.fault("reset_before", times=2)
    with pytest.raises(errors.ConnectionBroken):
        console.call("get_model")
    assert console.call("get_model").id == EXAMPLE_ID
