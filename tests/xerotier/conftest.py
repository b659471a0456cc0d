"""A client against a server of the test's own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from models_admin.xerotier.client import Client
from models_admin.xerotier.secret import Secret
from tests.xerotier.servers import KEY, MODEL_ID, Script, Server

CALLS: dict[str, dict[str, Any]] = {
    "list_models": {},
    "check": {},
    "get_model": {"model_id": MODEL_ID},
    "update_model": {"model_id": MODEL_ID, "changes": {"description": "new"}},
    "delete_model": {"model_id": MODEL_ID},
    "revalidate_model": {"model_id": MODEL_ID},
    "get_catalog_info": {"model_id": MODEL_ID},
}
READS = ("list_models", "check", "get_model", "get_catalog_info")
CHANGES = ("update_model", "delete_model", "revalidate_model")


class Pair(NamedTuple):
    client: Client
    server: Server

    def call(self, name: str, **more: Any) -> Any:
        arguments = {"project": "proj_ABC123", "key": Secret(KEY), **CALLS[name], **more}
        return getattr(self.client, name)(**arguments)


@pytest.fixture
def against() -> Iterator[Callable[..., Pair]]:
    """`against(script)`: a server that runs the script, and a client of it. Both end with the test."""
    with ExitStack() as stack:

        def make(script: Script, *, tls: ssl.SSLContext | None = None, **options: Any) -> Pair:
            server = stack.enter_context(Server(script, tls=tls))
            client = Client(server.url, **options)
            stack.callback(client.close)
            return Pair(client, server)

        yield make


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> float:
    """The deadline of a whole call, shortened to this many seconds."""
    monkeypatch.setattr("models_admin.xerotier.client.CALL_DEADLINE", 0.3)
    return 0.3
