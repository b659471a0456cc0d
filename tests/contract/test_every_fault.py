"""Every fault the sandbox knows, on every operation: one kind of error, in time, nothing sent twice, no wrong claim."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from models_admin.errors.explain import explain
from models_admin.xerotier import errors
from models_admin.xerotier.errors import Outcome
from sandbox.faults import DETAILS
from tests.contract.conftest import CALLS, CHANGES, Console
from tests.faults.kinds import FAULTS, Fault
from tests.sandbox_fixture import EXAMPLE_ID

# Seconds. Only a fault that keeps the caller waiting meets the short one, which is long enough for the call to arrive.
DEADLINE, PLENTY, GRACE = 0.5, 8.0, 1.0
# A connection that broke: a read is tried once more, a change never.
READ_TWICE = {"reset_before", "reset_after", "reset_middle", "truncated"}
OUTCOMES = {"refused": Outcome.REFUSED, "lost": Outcome.UNKNOWN}
# Faults on the way to the API, such as a closed port, are in `tests/xerotier`.
ANSWERED = [fault for fault in FAULTS if not fault.road]
CASES = [
    ("document", name)
    for name in CALLS
    if name != "check"  # `check` reads a list of one model
] + [("openai", "list_models")]

BARE_LISTS = ("list_versions", "list_endpoints", "list_uploads")

faulty = pytest.mark.parametrize("fault", ANSWERED, ids=str)
document = pytest.mark.parametrize("console", ["document"], indirect=True)


def test_the_list_of_faults_is_complete() -> None:
    assert {fault.kind for fault in ANSWERED} == set(DETAILS)


# Whose headers or body drip is decided for all calls in one place; a read, a list and two changes stand for them.
DRIPPED = ("get_model", "list_models", "update_model", "delete_model")


@pytest.mark.parametrize(
    ("fault", "console", "name"),
    [
        (fault, dialect, name)
        for fault in ANSWERED
        for dialect, name in CASES
        if not fault.name.startswith("drip") or name in DRIPPED
    ],
    indirect=["console"],
    ids=str,
)
def test_a_fault_is_one_clear_error_in_time(
    console: Console, short_deadline: Callable[[float], None], fault: Fault, name: str
) -> None:
    deadline = DEADLINE if fault.holds else PLENTY
    short_deadline(deadline)
    console.sandbox.fault(fault.kind, times=None, **fault.detail)
    began = time.monotonic()
    error = None
    try:
        console.call(name)
    except errors.ApiError as caught:
        error = caught
    assert time.monotonic() - began < deadline + GRACE
    calls = len(console.sandbox.requests)
    if name in CHANGES or fault.kind not in READ_TWICE:
        assert calls == 1 or (name == "list_models" and error is None)  # a list has pages
    not_in_catalog = fault.name == "404" and name == "get_catalog_info"  # the usual case, and no error
    bare_list = fault.name == "json-list" and name in BARE_LISTS  # one of their formats
    if fault.title == "" or not_in_catalog or bare_list:
        assert error is None
    elif fault.title is not None:
        assert error is not None
        assert explain(error).title == fault.title
        assert bool(error.retry_after) is bool(fault.detail.get("retry_after"))
    if error:
        assert error.message.strip().endswith((".", "…")) or fault.kind == "status"
        assert type(error) is not errors.ApiError
        if name in CHANGES:
            assert error.outcome is OUTCOMES.get(fault.effect, Outcome.UNKNOWN)


@document
@faulty
def test_a_deletion_is_claimed_only_where_it_was_answered_so(
    console: Console, short_deadline: Callable[[float], None], fault: Fault
) -> None:
    """Whatever comes in between: deleted means deleted, refused means still there."""
    short_deadline(DEADLINE if fault.holds else PLENTY)
    console.sandbox.fault(fault.kind, route="delete", **fault.detail)
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


@document
@faulty
def test_after_any_fault_the_next_call_is_as_before(
    console: Console, short_deadline: Callable[[float], None], fault: Fault
) -> None:
    """Nothing of a broken answer stays in a kept connection."""
    before = console.call("get_model")
    short_deadline(DEADLINE)
    console.sandbox.fault(fault.kind, **fault.detail)
    with suppress(errors.ApiError):
        console.call("get_model")
    console.sandbox.clear_faults()
    short_deadline(20)
    assert console.call("get_model") == before


@document
def test_a_service_that_was_away_is_used_again_when_it_returns(console: Console) -> None:
    console.call("get_model")
    console.sandbox.fault("reset_before", times=2)
    with pytest.raises(errors.ConnectionBroken):
        console.call("get_model")
    assert console.call("get_model").id == EXAMPLE_ID
