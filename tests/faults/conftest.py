"""The way between the console and the API, with a place where it can be broken."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models_admin.services.client import client as api_client
from models_admin.xerotier.deadline import Call
from models_admin.xerotier.transport import Ask, Door
from sandbox.running import Running
from tests.faults.kinds import Fault
from tests.xerotier.servers import Server
from tests.xerotier.test_isolation import certificate

HURRIED = 0.25  # seconds: what the call that meets the fault gets, in place of twenty


def route_of(ask: Ask) -> str:
    path = ask.path.partition("?")[0]
    if ask.method == "GET":
        return "catalog" if path.endswith("/catalog-info") else "list" if path.endswith("/models") else "get"
    return {"PATCH": "update", "DELETE": "delete", "POST": "revalidate"}[ask.method]


class Road:
    """Stands before the client's one door. The calls of one route are hurried, or led to another address."""

    def __init__(self, door: Door, route: str, *, hurried: bool, elsewhere: Door | None) -> None:
        self.door, self.route, self.hurried, self.elsewhere = door, route, hurried, elsewhere

    def exchange(self, ask: Ask, *, key: Any, call: Call) -> Any:
        if route_of(ask) != self.route:
            return self.door.exchange(ask, key=key, call=call)
        if self.hurried:
            call.hurry(HURRIED)
        return (self.elsewhere or self.door).exchange(ask, key=key, call=call)

    def close(self) -> None:
        self.door.close()


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses where nobody listens, and where somebody does whose certificate nobody vouches for."""
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
    opened: list[Door] = []

    def begin(fault: Fault, route: str) -> Callable[[], None]:
        client = api_client()
        door = client._door
        elsewhere = Door(roads[fault.road], pool_size=2) if fault.road else None
        opened.extend([elsewhere] if elsewhere else [])
        monkeypatch.setattr(client, "_door", Road(door, route, hurried=fault.holds, elsewhere=elsewhere))
        if not fault.road:
            sandbox.fault(fault.kind, route=route, times=None, **fault.detail)

        def end() -> None:
            monkeypatch.setattr(client, "_door", door)
            sandbox.clear_faults()

        return end

    yield begin
    for door in opened:
        door.close()
