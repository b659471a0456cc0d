"""A PostgreSQL of the tests' own: `python -m tests.postgres` starts one and runs the tests on it.

Without words of its own it runs all but those that touch no database, or bring their own.

The server programs are the system's (`tests.machine` installs them); the cluster lies in a temporary folder, listens
on a free port of loopback, and is gone with the command. PostgreSQL refuses to run as root, so root starts it as
`postgres`, or as `nobody` where there is no such account.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.machine import postgresql

# What a real installation would never do; here the machine may fail and nothing is lost.
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200"

# What does not depend on the database, and what brings a console of its own.
LEFT_OUT = [
    "tests/bench",
    "tests/browser",
    "tests/checks/test_rules.py",
    "tests/compose",
    "tests/console/test_base_path.py",
    "tests/console/test_deploy.py",
    "tests/console/test_environment.py",
    "tests/console/test_fixtures.py",
    "tests/console/test_gunicorn.py",
    "tests/console/test_headers.py",
    "tests/console/test_machines.py",
    "tests/console/test_messages.py",
    "tests/console/test_metrics.py",
    "tests/console/test_quickstart.py",
    "tests/console/test_static.py",
    "tests/console/test_storage.py",
    "tests/contract",
    "tests/files",
    "tests/image",
    "tests/sandbox",
    "tests/xerotier",
    "tests/test_context.py",
    "tests/test_converters.py",
    "tests/test_explain.py",
    "tests/test_folding.py",
    "tests/test_formats.py",
    "tests/test_forms.py",
    "tests/test_house.py",
    "tests/test_lint.py",
    "tests/test_pictures.py",
    "tests/test_selecting.py",
    "tests/upgrade",
    "tests/faults/test_killed.py",
    "tests/faults/test_matrix.py",  # what it asks of the database, `test_ours` and the views' tests ask too
    "tests/faults/test_two_consoles.py",
    "tests/oidc/test_canary.py",
    "tests/security/test_canary.py",
    "tests/security/test_every_address.py",
    "tests/security/test_hostile_values.py",  # what PostgreSQL cannot hold is in `tests/test_activity.py`
    "tests/security/test_page.py",
    "tests/security/test_role_matrix.py",
    "tests/views/test_charts.py",
    "tests/views/test_export.py",
    "tests/views/test_palette.py",
    # Pages and services of the API, which read and write single rows by their keys.
    "tests/console/test_errors.py",
    "tests/console/test_requests.py",
    "tests/faults/test_optional.py",
    "tests/oidc/test_hostile_provider.py",
    "tests/services/test_capabilities.py",
    "tests/services/test_endpoints.py",
    "tests/test_problems.py",
    "tests/test_semver.py",
    "tests/test_style.py",
    "tests/test_tokens.py",
    "tests/test_vault.py",
    "tests/views/test_about.py",
    "tests/views/test_checks.py",
    "tests/views/test_connect.py",
    "tests/views/test_detail.py",
    "tests/views/test_edit_all.py",
    "tests/views/test_endpoints.py",
    "tests/views/test_fields.py",
    "tests/views/test_listing.py",
    "tests/views/test_sharing.py",
    "tests/views/test_uploads.py",
    "tests/views/test_versions.py",
]


@contextmanager
def cluster(*more: str) -> Iterator[str]:
    """A running server; gives its address without a database: `postgres://console@127.0.0.1:PORT`.

    `more`: options of its own, which go above the usual ones.
    """
    programs = postgresql()
    assert programs, "PostgreSQL is not on this machine: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="console-postgres-"))
    account = _account()
    if account:
        shutil.chown(folder, account)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = folder / "data"
    how: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    how |= {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []} if account else {}
    initdb = [programs / "initdb", "-D", data, "-U", "console", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, **how)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} {QUICK}"
    options = " ".join([options, *more])
    control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **how)
    try:
        yield f"postgres://console@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **{**how, "check": False})
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    """Who it runs as, where we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def main(arguments: list[str]) -> int:
    if not any(word.startswith("tests/") for word in arguments):
        arguments = [*arguments, *(f"--ignore={path}" for path in LEFT_OUT)]
    with cluster() as address:
        environment = {**os.environ, "DATABASE_URL": f"{address}/postgres"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
