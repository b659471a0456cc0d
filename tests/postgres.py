"""A PostgreSQL of the tests' own: `python -m tests.postgres` starts one and runs the tests on it.

Without words of its own it runs those that depend on the database. Tests that start consoles bring their own database.

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

# What depends on the database, see docs/decisions.md. Everything else runs on SQLite only.
CHOSEN = [
    # Locks, transactions and constraints: what many do at once, and what is rolled back.
    "tests/faults/test_ours.py::test_a_locked_database_is_reported_in_time",
    "tests/faults/test_ours.py::test_many_clicks_at_once_send_one_change",
    "tests/oidc/test_sign_in.py",
    "tests/services/test_approval.py",
    "tests/services/test_attempts.py",
    "tests/services/test_deleting.py",
    "tests/services/test_editing.py::test_a_save_in_progress_is_a_conflict_for_another",
    "tests/services/test_editing.py::test_a_save_that_landed_between_reading_and_sending_is_found",
    "tests/services/test_editing.py::test_of_many_who_save_at_once_one_wins_and_the_others_are_asked",
    "tests/services/test_editing.py::test_one_form_sent_many_times_at_once_is_sent_once",
    "tests/services/test_protection.py",
    "tests/services/test_revalidating.py",
    "tests/services/test_second_factor_at_once.py",
    "tests/views/test_deleting.py::test_fifty_parallel_submits_send_one_delete",
    "tests/views/test_passkeys.py::test_an_answer_counts_once",
    "tests/views/test_revalidating.py::test_fifty_parallel_presses_send_one_post",
    "tests/views/test_second_factor.py::test_a_code_counts_once",
    "tests/views/test_status.py::test_the_end_is_recorded_by_whoever_reads_next_and_only_once",
    # Jobs.
    "tests/services/test_jobs.py",
    "tests/views/test_checks.py::test_the_selected_proposals_become_one_job_with_a_value_for_each_field",
    "tests/views/test_jobs.py::test_a_colleague_sees_and_continues_the_job_and_another_project_does_not",
    "tests/views/test_jobs.py::test_the_activity_shows_a_job_as_one_row_that_opens",
    "tests/views/test_jobs.py::test_the_whole_way_without_javascript",
    # Sessions.
    "tests/console/test_sessions.py",
    "tests/test_connections.py",
    "tests/views/test_isolation.py",
    "tests/views/test_session.py",
    "tests/views/test_sessions_page.py",
    # Queries: search, order, pages, JSON, upper and lower case, what a column can't hold.
    "tests/security/test_fuzz.py::test_hostile_requests_are_answered_without_a_failure[Administrator]",
    "tests/test_activity.py",
    "tests/test_project_roles.py",
    "tests/test_roles.py",
    "tests/views/test_activity.py",
    "tests/views/test_resolving.py",
    "tests/views/test_team.py",
    "tests/views/test_team_projects.py",
    # The audit stream, and pruning.
    "tests/audit/test_events.py",
    "tests/audit/test_pruning.py",
    "tests/audit/test_receivers.py::test_a_receiver_that_refuses_gets_everything_later",
    "tests/audit/test_receivers.py::test_events_are_sent_in_order_in_signed_batches",
    # Every page and every operation, once.
    "tests/security/test_every_address.py::test_headers_on_every_route",
    "tests/security/test_role_matrix.py::test_an_administrator_may_everything",
    # Whole ways, once.
    "tests/views/test_approval.py",
    "tests/views/test_passkeys.py::test_it_signs_in_after_the_password",
    "tests/views/test_second_factor.py::test_a_recovery_code_signs_in_once",
    "tests/views/test_second_factor.py::test_secrets_move_to_a_new_key_before_the_old_one_is_removed",
    "tests/views/test_second_factor.py::test_the_code_signs_in_with_a_new_session_and_a_vault_cookie",
    "tests/views/test_undo.py::test_the_message_after_a_save_carries_an_undo_that_works",
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
        arguments = [*arguments, *CHOSEN]
    with cluster() as address:
        environment = {**os.environ, "DATABASE_URL": f"{address}/postgres"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
