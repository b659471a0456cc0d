"""The same calls through the client against the live sandbox, in both dialects."""

from __future__ import annotations

import time

import pytest

from models_admin.xerotier import errors
from models_admin.xerotier.errors import Outcome
from tests.contract.conftest import CALLS, CHANGES, Console
from tests.sandbox_fixture import EMPTY, EXAMPLE_ID, KEYS, LARGE, NO_SCOPE_KEY, PROJECT, REVOKED_KEY


def test_the_list_has_every_model_once(console: Console) -> None:
    found = console.call("list_models")
    ids = [item.id for item in found.models]
    assert len(ids) == len(set(ids)) >= 40
    assert EXAMPLE_ID in ids
    assert found.complete
    assert found.request_id
    assert found.detailed is (console.sandbox.settings.dialect == "openai")
    assert all(item.name and item.status and item.created_at for item in found.models)


@pytest.mark.parametrize(
    ("project", "count"), [(EMPTY, 0), ("ws_0a1b2c3d", 1), ("acme-prod", 12), (LARGE, 1000)]
)
def test_projects_of_every_size_and_name_are_read(console: Console, project: str, count: int) -> None:
    found = console.call("list_models", project=project)
    assert len(found.models) == count
    assert found.complete


@pytest.mark.parametrize("counters", ["total", "total_count", "nested", "none"])
def test_the_counters_may_have_any_name(console: Console, counters: str) -> None:
    console.sandbox.set(counters=counters)
    assert len(console.call("list_models", project=LARGE).models) == 1000


@pytest.mark.parametrize("case", ["snake", "camel"])
def test_a_model_is_read_with_all_its_facts(console: Console, case: str) -> None:
    console.sandbox.set(key_case=case)
    found = console.call("get_model")
    assert (found.id, found.name, found.format) == (EXAMPLE_ID, "my-custom-model", "safetensors")
    assert (found.size_bytes, found.size_formatted, found.status) == (4294967296, "4.00 GB", "ready")
    assert found.other == {}
    assert not {"license", "hidden_size", "num_layers", "vocab_size"} & found.reported
    assert found.request_id


def test_fields_that_are_mostly_write_only_are_read_where_they_are_told(console: Console) -> None:
    console.sandbox.set(writeonly_readable=True)
    console.call("update_model", changes={"license": "Apache-2.0", "num_layers": 32})
    found = console.call("get_model")
    assert (found.value("license"), found.value("num_layers")) == ("Apache-2.0", 32)
    assert {"license", "hidden_size", "num_layers", "vocab_size"} <= found.reported


def test_an_edit_is_answered_with_the_model_as_it_is_now(console: Console) -> None:
    changed = console.call("update_model", changes={"description": "Zeilen\n<b> é", "context_length": 65536})
    assert (changed.value("description"), changed.value("context_length")) == ("Zeilen\n<b> é", 65536)
    assert console.call("get_model") == changed


@pytest.mark.parametrize(("switch", "kept"), [({"null_clears": True}, False), ({"null_clears": False}, True)])
def test_clearing_a_field_is_answered_as_the_service_does_it(
    console: Console, switch: dict, kept: bool
) -> None:
    console.sandbox.set(**switch)
    before = console.call("get_model").value("description")
    after = console.call("update_model", changes={"description": None}).value("description")
    assert after == (before if kept else None)


def test_a_deleted_model_is_gone(console: Console) -> None:
    done = console.call("delete_model")
    assert (done.deleted, done.model_id) == (True, EXAMPLE_ID)
    for name in ("get_model", "delete_model", "update_model", "revalidate_model"):
        with pytest.raises(errors.NotFound) as caught:
            console.call(name)
        assert caught.value.code == "model_not_found"
        assert caught.value.outcome is Outcome.REFUSED
    assert EXAMPLE_ID not in {item.id for item in console.call("list_models").models}


@pytest.mark.parametrize(("refusal", "kind"), [(409, errors.Conflict), (400, errors.BadRequest)])
def test_a_revalidation_runs_and_refuses_a_second_one(console: Console, refusal: int, kind: type) -> None:
    console.sandbox.set(revalidate_refusal=refusal)
    queued = console.call("revalidate_model")
    assert (queued.id, queued.status) == (EXAMPLE_ID, "validating")
    assert queued.message
    with pytest.raises(kind):
        console.call("revalidate_model")
    ends = time.monotonic() + 5
    while console.call("get_model").status == "validating":
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_catalog_and_the_normal_state_of_not_being_in_it(console: Console) -> None:
    info = console.call("get_catalog_info")
    assert (info.id, info.catalog_role, info.deployment_count) == (EXAMPLE_ID, "deployable", 5)
    others = [item.id for item in console.call("list_models").models if item.id != EXAMPLE_ID]
    assert console.call("get_catalog_info", model_id=others[0]) is None


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("project", "key", "kind", "code"),
    [
        (PROJECT, REVOKED_KEY, errors.KeyRefused, None),
        (PROJECT, "xero_nobody_ever_had_this", errors.KeyRefused, None),
        (PROJECT, NO_SCOPE_KEY, errors.Denied, "scope_insufficient"),
        ("acme-prod", KEYS[PROJECT], errors.Denied, "cross_project_access"),
    ],
)
def test_a_key_that_is_not_good_for_it(
    console: Console, name: str, project: str, key: str, kind: type[errors.ApiError], code: str | None
) -> None:
    with pytest.raises(kind) as caught:
        console.call(name, project=project, key=key)
    assert code is None or caught.value.code == code
    assert caught.value.request_id
    assert caught.value.message
    assert caught.value.outcome is Outcome.REFUSED


@pytest.mark.parametrize("envelope", ["error", "message", "html"])
def test_a_refusal_is_read_in_any_envelope(console: Console, envelope: str) -> None:
    console.sandbox.set(envelope=envelope)
    with pytest.raises(errors.NotFound) as caught:
        console.call("get_model", model_id="nobody")
    assert caught.value.message
    assert "<" not in caught.value.message


def test_what_is_wrong_with_a_value_is_told_with_its_field(console: Console) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        console.call("update_model", changes={"context_length": "many"})
    assert caught.value.param == "context_length"


def test_the_rate_limit_is_told_and_then_kept(console: Console) -> None:
    console.sandbox.set(rate_limit=3)
    found = console.call("list_models")
    assert (found.rate_limit.limit, found.rate_limit.remaining) == (3, 2)
    console.call("check")
    console.call("check")
    with pytest.raises(errors.RateLimited) as caught:
        console.call("get_model")
    assert 0 < (caught.value.retry_after or 0) <= 60


def test_connections_are_kept(console: Console) -> None:
    for _ in range(10):
        console.call("get_model")
    assert len({call.connection for call in console.sandbox.requests}) == 1


@pytest.mark.parametrize("name", CALLS)
def test_a_restarted_service_does_not_break_the_next_call(console: Console, name: str) -> None:
    """What waits in the pool is stale then; noticing it before sending keeps a change from an unknown outcome."""
    console.call("check")
    console.sandbox.close_connections()
    time.sleep(0.05)
    console.call(name)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_broke_after_it_was_done_is_unknown_and_not_repeated(
    console: Console, name: str
) -> None:
    console.sandbox.fault("reset_after")
    with pytest.raises(errors.ConnectionBroken) as caught:
        console.call(name)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(console.sandbox.requests) == 1
