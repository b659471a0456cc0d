"""A console as in production but for TLS: its own process, database and collected static files, on a free port."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"
ROLES = (
    "Viewer",
    "Editor",
    "Maintainer",
    "Administrator",
)  # "viewer-0", "viewer-1" ... have the first, and so on
# Accounts of each role: keys may be tried only a few times a minute, so each test is another person. Tests that
# need a certain one name one of the first NAMED; Maintainers from CONNECTED on are signed in from the start.
EACH, NAMED, CONNECTED = 500, 100, 250
PATIENCE = 60  # seconds until it answers
DATABASE = "console.sqlite3"

TEAM = (  # by name, for what is looked at; "acme" finds them all
    ("ana", "Ana", "Ruiz", "Administrator"),
    ("ben", "Ben", "Okafor", "Maintainer"),
    ("chen", "Chen", "Li", "Editor"),
    ("dora", "Dóra", "Novák", "Viewer"),
    ("fay", "Fay", "Lindqvist", "Maintainer"),
    ("gil", "Gil", "Haddad", "Viewer"),
)

PEOPLE = """
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
password = make_password({password!r})
for role in {roles!r}:
    names = [role.lower(), *(f"{{role.lower()}}-{{n}}" for n in range({each}))]
    people = User.objects.bulk_create(User(username=name, password=password) for name in names)
    Group.objects.get(name=role).user_set.add(*people)
for username, first, last, role in {team!r}:
    mail = f"{{username}}@acme.example"
    person = User(username=username, first_name=first, last_name=last, email=mail, password=password)
    person.is_active = username != "gil"
    person.save()
    person.groups.set([Group.objects.get(name=role)])
"""


@dataclass(frozen=True, slots=True)
class Console:
    """Where it answers; the process, for tests that kill it; its database, for screens that need it damaged."""

    url: str
    process: subprocess.Popen[bytes]
    database: Path


@contextmanager
def console_started(*, api_url: str, folder: Path) -> Iterator[Console]:
    """Migrate, collect, make the people, serve; everything it writes is in `folder`."""
    with console_serving(console_prepared(api_url=api_url, folder=folder), folder=folder) as console:
        yield console


def console_prepared(*, api_url: str, folder: Path, **variables: str) -> dict[str, str]:
    """Migrate, collect, make the people; the environment to serve it with. `variables` go above the usual ones."""
    environment = console_migrated(api_url=api_url, folder=folder, **variables)
    people = PEOPLE.format(roles=ROLES, password=PASSWORD, each=EACH, team=TEAM)
    manage(environment, "shell", "--verbosity=0", "-c", people)
    return environment


def console_migrated(*, api_url: str, folder: Path, **variables: str) -> dict[str, str]:
    """`console_prepared` without the people, for a database that has its own."""
    environment = _environment(api_url, folder, port_free()) | variables
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    return environment


def people_connected(environment: dict[str, str], *, project: str, key: str) -> list[str]:
    """Cookie headers of Maintainers who are signed in and connected to a project: all from number CONNECTED on."""
    words = ["--people", str(EACH - CONNECTED), "--names", "maintainer", "--first", str(CONNECTED)]
    words += ["--project", project, "--key", key]
    command = [sys.executable, "-m", "tests.bench.prepare", *words]
    environment = environment | {"DJANGO_SETTINGS_MODULE": "console.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def console_copied(environment: dict[str, str], *, folder: Path, **variables: str) -> dict[str, str]:
    """The environment of another console in `folder`, whose database begins as a copy of what was prepared."""
    prepared = environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(prepared)) as source, closing(sqlite3.connect(folder / DATABASE)) as copy:
        source.backup(copy)
    own = {"DATABASE_URL": f"sqlite:///{folder / DATABASE}", "BIND": f"127.0.0.1:{port_free()}"}
    return environment | own | variables


@contextmanager
def console_serving(environment: dict[str, str], *, folder: Path) -> Iterator[Console]:
    """Serve what was prepared, until the end of the block; it may be killed meanwhile, and served again."""
    url = f"http://{environment['BIND']}"
    with (folder / "console.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "console/gunicorn.py", "console.wsgi"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            wait(f"{url}/healthz", process, folder / "console.log")
            yield Console(url, process, folder / DATABASE)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _environment(api_url: str, folder: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "SECRET_KEY": "browser-4b1f0f2f8c2d4f0e9a7c6d5e4b3a2918",
        "VAULT_KEYS": "browser-vault-7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",  # passkeys need a name
        "REAUTHENTICATE": "120",  # people are signed in once for all tests
        "INSECURE_HTTP": "1",
        "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "STATIC_ROOT": str(folder / "static"),
        "XEROTIER_API_URL": api_url,
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "16",
    }


def manage(environment: dict[str, str], *words: str) -> str:
    """What a management command printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def port_free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the console did not start: {log.read_text()[-2000:]}")


def worker_wait(console: Console) -> None:
    """Until the master has started another worker in place of one that was killed."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{console.url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("no worker came back")
