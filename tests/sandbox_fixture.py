"""The sandbox API for tests: started once for each run on a free port, reset before each test.

from tests.sandbox_fixture import api_url, sandbox, sandbox_running  # noqa: F401, in conftest.py
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.running import Running
from sandbox.seed import NO_SCOPE_KEY, PROJECTS, REVOKED_KEY
from sandbox.seed_models import EXAMPLE_ID
from sandbox.server import start

__all__ = [
    "EMPTY",
    "EXAMPLE_ID",
    "KEY",
    "KEYS",
    "LARGE",
    "NO_SCOPE_KEY",
    "PROJECT",
    "REVOKED_KEY",
    "sandbox",
    "sandbox_running",
    "sandbox_started",
]

KEYS = {project.id: project.key for project in PROJECTS}
PROJECT, KEY = PROJECTS[0].id, PROJECTS[0].key
EMPTY, LARGE = "proj_EMPTY", "proj_LARGE"
VALIDATION = 0.3  # seconds: long enough to be seen under way, short enough to wait for


@contextmanager
def sandbox_started(**options: Any) -> Iterator[Running]:
    """A separate sandbox, for tests that need other settings or stop it."""
    running = start(**{"port": 0, "validation": VALIDATION} | options)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def sandbox_running() -> Iterator[Running]:
    with sandbox_started() as running:
        yield running


@pytest.fixture
def sandbox(sandbox_running: Running) -> Iterator[Running]:
    """The live sandbox, reset. After the test it releases every call that a fault still holds."""
    sandbox_running.reset()
    yield sandbox_running
    sandbox_running.clear_faults()
