"""The compose file for each test, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.running import Running
from tests.compose.services import Compose


@pytest.fixture
def compose(sandbox: Running, tmp_path: Path) -> Compose:
    """With the variables that docs/deployment.md exports, and the sandbox as the API."""
    return Compose(tmp_path, {"CONSOLE_HOST": "localhost", "XEROTIER_API_URL": sandbox.url})
