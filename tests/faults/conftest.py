"""The way between the console and the API, with a place where it can be broken; and consoles that can be killed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models_admin.services.client import client as api_client
from models_admin.xerotier.deadline import Deadline
from models_admin.xerotier.transport import ApiRequest, Transport
from sandbox.running import Running
from tests.browser.server import console_prepared
from tests.faults.kinds import Fault
from tests.faults.serving import Serving
from tests.sandbox_fixture import sandbox_started
from tests.xerotier.servers import Server
from tests.xerotier.test_isolation import certificate

SHORT = 0.25  # seconds: what the call that meets the fault gets, in place of twenty


def route_of(request: ApiRequest) -> str:
    path = request.path.partition("?")[0]
    last = path.rpartition("/")[2]
    if "/v1/uploads" in path:
        return {"uploads": "uploads", "cancel": "upload_cancel"}.get(last, "upload")
    if request.method == "GET":
        return {
            "catalog-info": "catalog",
            "endpoints": "endpoints",
            "models": "list",
            "versions": "versions",
        }.get(last, "get")
    if request.method == "POST":
        return {"versions": "version_add"}.get(last, last)
    return {"PATCH": "update", "DELETE": "delete"}[request.method]


class Road:
    """Wraps the client's transport. The calls of one route get a short deadline, or go to another address."""

    def __init__(
        self, transport: Transport, route: str, *, short_deadline: bool, elsewhere: Transport | None
    ) -> None:
        self.transport, self.route, self.short_deadline, self.elsewhere = (
            transport,
            route,
            short_deadline,
            elsewhere,
        )

    def send(self, request: ApiRequest, *, key: Any, deadline: Deadline) -> Any:
        if route_of(request) != self.route:
            return self.transport.send(request, key=key, deadline=deadline)
        if self.short_deadline:
            deadline.shorten(SHORT)
        return (self.elsewhere or self.transport).send(request, key=key, deadline=deadline)

    def close(self) -> None:
        self.transport.close()


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses where no server listens, and where one does with a certificate that no authority signed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
    context: ssl.SSLContext = certificate(tmp_path_factory.mktemp("tls"))
    with Server(lambda connection, asked: False, tls=context) as server:
        yield {"closed": closed, "tls": server.url}


@pytest.fixture
def break_at(
    sandbox: Running, roads: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Fault, str], Callable[[], None]]]:
    """`break_at(fault, route)`: every call of that route meets the fault, until what it returns is called."""
    opened: list[Transport] = []

    def begin(fault: Fault, route: str) -> Callable[[], None]:
        client = api_client()
        transport = client._transport
        elsewhere = Transport(roads[fault.road], pool_size=2) if fault.road else None
        opened.extend([elsewhere] if elsewhere else [])
        monkeypatch.setattr(
            client, "_transport", Road(transport, route, short_deadline=fault.holds, elsewhere=elsewhere)
        )
        if not fault.road:
            sandbox.fault(fault.kind, route=route, times=None, **fault.detail)

        def end() -> None:
            monkeypatch.setattr(client, "_transport", transport)
            sandbox.clear_faults()

        return end

    yield begin
    for transport in opened:
        transport.close()


@pytest.fixture(scope="session")
def api() -> Iterator[Running]:
    """The sandbox of `serving`."""
    with sandbox_started(validation=3600) as running:
        yield running


@pytest.fixture(scope="session")
def prepared(api: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("serving")
    found = Serving(console_prepared(api_url=api.url, folder=folder), folder)
    yield found
    found.stop()


@pytest.fixture
def serving(prepared: Serving, api: Running) -> Iterator[Serving]:
    """A console on SQLite, without activity and jobs. What a test kills, the next one starts again."""
    api.reset()
    for table in ("jobitem", "activity", "job"):
        prepared.sql(f"DELETE FROM models_admin_{table}")
    yield prepared
    api.clear_faults()
