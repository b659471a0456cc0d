"""A client for the sandbox's routes, for the tests in this folder."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.running import Running
from tests.sandbox_fixture import KEYS, PROJECT

TIMEOUT = 10  # seconds


class Caller:
    """Calls one project's routes with one key, over one kept-alive connection."""

    def __init__(self, running: Running, project: str = PROJECT, key: str = "") -> None:
        self.base = f"{running.url}/{project}/v1/models"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key or KEYS[project]}"

    def __call__(self, method: str, path: str = "", **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=TIMEOUT, **options)


@pytest.fixture
def call(sandbox: Running) -> Iterator[Caller]:
    caller = Caller(sandbox)
    yield caller
    caller.session.close()
