"""deploy/Caddyfile in front of two servers of the test: what the proxy repeats, and whom it passes over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from tests.compose.services import CONSOLE_PORT, Compose, Service, needs_caddy, proxy_started

pytestmark = [pytest.mark.slow, needs_caddy]


class Stub(ThreadingHTTPServer):
    """In place of a console. `cuts` requests are read and answered with nothing, as by a killed process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []
        self.checks: list[str] = []  # the Host header of each health check
        self.cuts = 0
        self.healthy = True
        Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.server.checks.append(self.headers["Host"])
            return self._answer(200 if self.server.healthy else 503)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.command)
        if self.server.cuts:
            self.server.cuts -= 1
            self.close_connection = True
            return None
        return self._answer(200)

    do_POST = do_GET

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def stubs(compose: Compose) -> Iterator[list[Stub]]:
    with ExitStack() as stack:
        made = [Stub() for _ in compose.consoles]
        for name, stub in zip(compose.consoles, made, strict=True):
            stack.callback(stub.close)
            compose.addresses[f"{name}:{CONSOLE_PORT}"] = f"127.0.0.1:{stub.server_address[1]}"
        yield made


@pytest.fixture
def proxy(compose: Compose, stubs: list[Stub]) -> Iterator[Service]:
    with proxy_started(compose) as started:
        yield started


@pytest.fixture
def send(compose: Compose, proxy: Service) -> Callable[[str], requests.Response]:
    """`send("POST")`: the proxy's response, over HTTPS with a certificate of its own authority."""
    authority = compose.folder / "caddy/data/caddy/pki/authorities/local/root.crt"

    def send(method: str) -> requests.Response:
        url = f"https://localhost:{proxy.ports[443]}/anywhere/"
        data = {"field": "value"} if method == "POST" else None
        return requests.request(method, url, data=data, verify=str(authority), timeout=30)

    return send


def test_a_change_that_has_reached_a_console_is_not_sent_again(
    send: Callable[[str], requests.Response], stubs: list[Stub]
) -> None:
    for stub in stubs:
        stub.cuts = 1
    answer = send("POST")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/plain; charset=utf-8")
    assert "check the activity first" in answer.text
    assert [method for stub in stubs for method in stub.seen] == ["POST"]


def test_a_page_whose_console_dies_is_read_from_the_other(
    send: Callable[[str], requests.Response], stubs: list[Stub]
) -> None:
    stubs[0].cuts = 1
    assert [send("GET").status_code for _ in range(2)] == [200] * 2
    assert stubs[0].cuts == 0


def test_a_console_that_is_gone_is_passed_over(
    send: Callable[[str], requests.Response], stubs: list[Stub], proxy: Service
) -> None:
    """Pages at once; changes when its health check has failed, because Caddy up to 2.11.1 loses the body of a
    request whose first connection is refused (caddyserver/caddy#7546)."""
    stubs[0].close()
    assert [send("GET").status_code for _ in range(4)] == [200] * 4
    gone = f"127.0.0.1:{stubs[0].server_address[1]}"
    _until(
        lambda: any("health_checker" in line and gone in line for line in proxy.log.read_text().splitlines())
    )
    assert [send("POST").status_code for _ in range(4)] == [200] * 4
    assert (stubs[0].seen, stubs[1].seen) == ([], ["GET"] * 4 + ["POST"] * 4)


def test_a_console_that_fails_its_health_check_gets_no_requests(
    send: Callable[[str], requests.Response], stubs: list[Stub]
) -> None:
    stubs[1].healthy = False
    checks = len(stubs[1].checks)
    # Then the proxy has had the answer to the one before the last.
    _until(lambda: len(stubs[1].checks) >= checks + 2)
    assert [send("POST").status_code for _ in range(4)] == [200] * 4
    assert (len(stubs[0].seen), len(stubs[1].seen)) == (4, 0)
    assert set(stubs[1].checks) == {"localhost"}  # a console refuses other host names


def _until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)
