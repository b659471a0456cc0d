"""`gunicorn console.wsgi` serves as recommended, and stops with one line when a setting is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.test_environment import GOOD, HOME

GUNICORN = str(Path(sys.executable).parent / "gunicorn")


def gunicorn(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GUNICORN, *arguments, "console.wsgi"],
        cwd=HOME,
        env={"PATH": "/usr/bin:/bin", **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("named", [[], ["-c", "console/gunicorn.py"]])
def test_the_recommended_settings_are_used_with_and_without_naming_the_file(named: list[str]) -> None:
    done = gunicorn(*named, "--print-config", **GOOD, WEB_THREADS="48", BIND="127.0.0.1:8127")
    said = {
        name.strip(): value.strip()
        for name, _, value in (row.partition("=") for row in done.stdout.splitlines())
    }
    assert (said["worker_class"], said["threads"], said["bind"]) == ("gthread", "48", "['127.0.0.1:8127']")
    assert (said["preload_app"], said["max_requests"]) == ("True", "0")
    assert said["forwarded_allow_ips"] in {"127.0.0.1,::1", "['127.0.0.1', '::1']"}


def test_it_serves_with_good_settings(tmp_path: Path) -> None:
    done = gunicorn("--check-config", **GOOD, STATIC_ROOT=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_setting_stops_the_server_with_one_line() -> None:
    done = gunicorn("-b", "127.0.0.1:8127", **GOOD | {"VAULT_KEYS": "short"})
    assert done.returncode == 3
    assert done.stderr.startswith("VAULT_KEYS: is too short")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("given", [{"BIND": "0.0.0.0:8127"}, {"GUNICORN_CMD_ARGS": "--bind=0.0.0.0:8127"}])
def test_development_is_not_served_beyond_this_machine(given: dict[str, str]) -> None:
    done = gunicorn(DEBUG="1", **given)
    assert done.returncode == 3
    assert done.stderr.startswith("DEBUG: ")
