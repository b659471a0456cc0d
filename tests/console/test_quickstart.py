"""`make run` on a fresh folder: it says how to sign in, that works, and nothing is left running afterwards."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

HOME = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
pytestmark = pytest.mark.slow


def free_ports() -> int:
    """A port that is free, and so is the next."""
    for port in range(20000 + os.getpid() % 20000, 60000, 2):
        if not listening(port) and not listening(port + 1):
            return port
    raise AssertionError("no free ports")


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(port: int, folder: Path) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DEBUG": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "console.quickstart", "--port", str(port), "--folder", str(folder)],
        cwd=HOME,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def banner(process: subprocess.Popen[str]) -> dict[str, str]:
    """What it printed until it was ready, as name -> value."""
    said: dict[str, str] = {}
    assert process.stdout
    for line in process.stdout:
        if match := re.match(r"  (\S.*?)  +(\S+)$", line):
            said[match[1]] = match[2]
        if "Ctrl-C" in line:
            return said
    raise AssertionError(f"it ended with {process.wait()}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all tests but one, so that only the first to use it makes secrets and a database there."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def running(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with started(folder) as (port, process):
        yield port, process


@contextmanager
def started(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_ports()
    process = run(port, folder)
    yield port, process
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=PATIENCE)


def wait_until_gone(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while listening(port) or listening(port + 1):
        assert time.monotonic() < end, "something still listens"
        time.sleep(0.1)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with started(tmp_path) as (port, process):
        yield port, process


def test_a_fresh_start_leads_to_the_list_of_models(fresh: tuple[int, subprocess.Popen[str]]) -> None:
    port, process = fresh
    said = banner(process)
    site = f"http://localhost:{port}"
    assert said["Xerotier Console"] == f"{site}/"
    with requests.Session() as person:
        person.trust_env = False
        send(person, f"{site}/sign-in/", username=said["Account"], password=said["Password"])
        send(person, f"{site}/connect/", project_id=said["Project ID"], api_key=said["API key"])
        models = person.get(f"{site}/models/")
        assert "my-custom-model" in models.text
        stylesheet = person.get(site + re.findall(r'href="(/static/css/[^"]+)"', models.text)[0])
        assert "immutable" in stylesheet.headers["Cache-Control"]
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    wait_until_gone(port)


def send(person: requests.Session, address: str, **fields: str) -> None:
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', person.get(address).text)[0]
    answer = person.post(address, data=fields | {"csrfmiddlewaretoken": token}, allow_redirects=False)
    assert answer.status_code == 302, answer.text


def test_it_stops_within_three_seconds_while_pages_are_open(
    running: tuple[int, subprocess.Popen[str]],
) -> None:
    """Browsers keep connections open, and one request has not arrived whole."""
    port, process = running
    banner(process)
    idle = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(6)]
    for connection in idle:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    idle[0].sock.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    wait_until_gone(port)
    assert time.monotonic() - start < 3
    for connection in idle:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind(running: tuple[int, subprocess.Popen[str]], number: signal.Signals) -> None:
    port, process = running
    banner(process)
    process.send_signal(number)
    process.wait(PATIENCE)
    wait_until_gone(port)


def test_a_second_run_keeps_the_password_and_the_database(folder: Path) -> None:
    passwords = []
    for _ in range(2):
        process = run(free_ports(), folder)
        passwords.append(banner(process)["Password"])
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert passwords[0] == passwords[1]


def test_a_busy_port_is_named_with_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said, _ = (process := run(port, tmp_path)).communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said == f"Port {port} is busy. Choose another one: make run PORT={port + 10}\n"
