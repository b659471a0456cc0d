"""A client of the live sandbox, in each of the two dialects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from models_admin.xerotier.client import Client
from models_admin.xerotier.secret import Secret
from sandbox.running import Running
from sandbox.seed import records
from sandbox.uploads import SEED
from sandbox.versions import add
from tests.sandbox_fixture import EXAMPLE_ID, KEYS, PROJECT

UPLOAD = SEED[0][0]
SHARED_ID = next(record.id for record in records(PROJECT, "", None) if record.facts["is_shared"])
CALLS: dict[str, dict[str, Any]] = {
    "list_models": {},
    "check": {},
    "get_model": {"model_id": EXAMPLE_ID},
    "update_model": {"model_id": EXAMPLE_ID, "changes": {"description": "new", "context_length": 4096}},
    "delete_model": {"model_id": EXAMPLE_ID},
    "revalidate_model": {"model_id": EXAMPLE_ID},
    "get_catalog_info": {"model_id": EXAMPLE_ID},
    "share_model": {"model_id": EXAMPLE_ID},
    "unshare_model": {"model_id": SHARED_ID},
    "list_versions": {"model_id": EXAMPLE_ID},
    "create_version": {"model_id": EXAMPLE_ID, "version": "9.0.0", "notes": "New"},
    "promote_version": {"model_id": EXAMPLE_ID, "version": "0.9.0"},
    "list_endpoints": {},
    "list_uploads": {},
    "get_upload": {"upload_id": UPLOAD},
    "cancel_upload": {"upload_id": UPLOAD},
}
CHANGES = (
    "update_model",
    "delete_model",
    "revalidate_model",
    "share_model",
    "unshare_model",
    "create_version",
    "promote_version",
    "cancel_upload",
)


class Console(NamedTuple):
    """What the console does: calls through the client, on a project with that project's key."""

    client: Client
    sandbox: Running

    def call(self, name: str, *, project: str = PROJECT, key: str = "", **more: Any) -> Any:
        """Project-wide operations take no model id; it is left out there."""
        arguments = {**CALLS[name], **more}
        return getattr(self.client, name)(project=project, key=Secret(key or KEYS[project]), **arguments)


@pytest.fixture(params=["document", "openai"])
def console(sandbox: Running, request: pytest.FixtureRequest) -> Iterator[Console]:
    sandbox.set(dialect=request.param, sharing="on", versions="on", endpoints="on", uploads="on")
    add(sandbox.store, sandbox.store.project(PROJECT), EXAMPLE_ID, {"version": "0.9.0"})
    client = Client(sandbox.url)
    yield Console(client, sandbox)
    client.close()


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def to(seconds: float) -> None:
        monkeypatch.setattr("models_admin.xerotier.client.CALL_DEADLINE", seconds)

    return to
