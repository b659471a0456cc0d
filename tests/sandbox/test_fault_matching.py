"""Which call a fault waits for, and when it is over."""

import pytest

from sandbox.running import Running
from tests.sandbox.conftest import Caller
from tests.sandbox_fixture import EXAMPLE_ID


def test_a_fault_waits_for_its_call_and_then_is_over(sandbox: Running, call: Caller) -> None:
    sandbox.fault("status", status=503, method="patch", route="update", times=2)
    assert call("GET").status_code == 200
    assert [call("PATCH", f"/{EXAMPLE_ID}", json={"license": "MIT"}).status_code for _ in range(3)] == [
        503,
        503,
        200,
    ]
    assert [seen.fault for seen in sandbox.requests] == [None, "status", "status", None]


def test_a_fault_may_wait_for_one_model_or_for_a_later_call(sandbox: Running, call: Caller) -> None:
    sandbox.fault("status", status=500, model=EXAMPLE_ID)
    sandbox.fault("status", status=502, route="list", skip=1, times=None)
    assert [call("GET").status_code for _ in range(3)] == [200, 502, 502]
    assert call("GET", f"/{EXAMPLE_ID}").status_code == 500
    sandbox.clear_faults()
    assert call("GET").status_code == 200


def test_a_fault_that_does_not_exist_is_refused_at_once(sandbox: Running, call: Caller) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        sandbox.fault("earthquake")
    with pytest.raises(ValueError, match="no detail colour"):
        sandbox.fault("status", colour="red")
