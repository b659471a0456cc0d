"""Style, types and templates: `make lint`, and one of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff": ["ruff", "check", "--quiet", "."],
    "ruff-format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "--no-error-summary"],
    "djade": ["djade", "--check", "--target-version", "5.2"],
}


def run(name: str) -> subprocess.CompletedProcess[str]:
    """One check; its findings are in `stdout` and `stderr`."""
    command = list(CHECKS[name])
    if name == "djade":
        command += sorted(str(path) for path in HOME.glob("templates/**/*.html"))
    program = str(Path(sys.executable).parent / command[0])
    environment = {**os.environ, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "console.settings"}
    return subprocess.run(
        [program, *command[1:]], cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )


def main() -> int:
    failed = 0
    for name in CHECKS:
        done = run(name)
        failed |= done.returncode
        print(
            f"{name}: {'clean' if not done.returncode else 'findings'}\n{done.stdout}{done.stderr}".strip(),
            flush=True,
        )
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
