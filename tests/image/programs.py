"""Runs the programs that the tests of the image need, each within a limit of time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

LIMIT = 600  # seconds that one program may take


def run(*command: str | Path, limit: float = LIMIT, text: str = "", **variables: str) -> str:
    """What the program printed. `text` is its input. An AssertionError has the end of what a failed one said."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        input=text,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
        env={**os.environ, **variables},
    )
    assert done.returncode == 0, f"{words[:4]} failed: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout
