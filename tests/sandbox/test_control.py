"""Starting, controlling and stopping the sandbox: in process, over HTTP, from the command line."""

import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import requests

from sandbox.running import Running
from tests.sandbox.conftest import TIMEOUT, Caller
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT, sandbox_started


def test_it_is_steered_over_http_from_another_process(sandbox: Running, call: Caller) -> None:
    def steer(method: str, path: str, **body: Any) -> Any:
        response = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return response.json()

    steer("POST", "settings", dialect="openai", validation_s=0)
    assert steer("GET", "settings")["dialect"] == "openai"
    steer("POST", "faults", kind="status", status=503, route="list", times=2)
    assert steer("GET", "faults")["faults"][0]["detail"] == {"status": 503}
    assert call("GET").status_code == 503
    steer("DELETE", "faults")
    assert call("GET").json()["object"] == "list"
    assert [seen["status"] for seen in steer("GET", "requests")["requests"]] == [503, 200]
    assert steer("GET", f"attached?project={PROJECT}&model={EXAMPLE_ID}")["workers"] == 10
    call("DELETE", f"/{EXAMPLE_ID}")
    steer("POST", "reset")
    assert call("GET").json()["models"][0]["id"] == EXAMPLE_ID


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults", {"kind": "earthquake"}, 400),
        ("faults", {"kind": "empty", "colour": "red"}, 400),
        ("faults", {"kind": "empty", "route": "no-such-route"}, 400),
        ("settings", {"dialect": "klingon"}, 400),
        ("tea", {}, 404),
    ],
)
def test_an_unknown_control_request_is_refused(
    sandbox: Running, path: str, body: dict[str, Any], status: int
) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
    assert response.status_code == status


def test_a_reset_forgets_settings_faults_and_requests(sandbox: Running, call: Caller) -> None:
    sandbox.set(dialect="openai", models=3)
    sandbox.fault("empty", times=None)
    call("GET")
    sandbox.reset()
    assert (sandbox.requests, sandbox.settings.dialect) == ([], "document")
    assert len(call("GET").json()["models"]) == 44


def test_stopping_lets_go_of_callers_ends_the_threads_and_frees_the_port() -> None:
    before = set(threading.enumerate())
    failures: list[Exception] = []

    def held() -> None:
        try:
            Caller(running)("GET")
        except requests.RequestException as exc:
            failures.append(exc)

    with sandbox_started() as running:
        running.fault("timeout_before", seconds=60)
        caller = threading.Thread(target=held)
        caller.start()
        while not running.requests:
            time.sleep(0.01)
    started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in started)
    assert len(failures) == 1
    with sandbox_started(port=running.port):
        pass


def test_the_command_starts_it_and_prints_where_it_is_and_its_keys() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--dialect", "openai", "--models", "3"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(6)]
        url = lines[0].split()[-1]
        answer = requests.get(
            f"{url}/{PROJECT}/v1/models", headers={"Authorization": f"Bearer {KEY}"}, timeout=TIMEOUT
        )
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        process.stdout.close()
    assert process.returncode == 0
    assert f"key {KEY}" in lines[1]
    assert len(answer.json()["data"]) == 3


def test_the_command_says_when_its_port_is_taken(sandbox: Running) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", str(sandbox.port)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("sandbox: ")
