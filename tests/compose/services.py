"""Starts the services of compose.yaml as processes of this machine, with what that file says of each.

Environment, command, secrets and mounts come from the file. What an image brings (its user, its command, its
environment) comes from the Dockerfile, or from IMAGES for those of others. A name of a service becomes an address of
loopback, and a path inside a container one in a temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.browser.server import ROOT, port_free, wait
from tests.machine import postgresql
from tests.postgres import cluster

CONSOLE_PORT = 8000  # inside, as the Dockerfile's EXPOSE has it
# What the images of others do by themselves, as their documentation says.
CADDY_COMMAND = ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
CADDY_ENVIRONMENT = {"XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data"}
VARIABLE = r"\$\{(\w+)(?::([-?])([^}]*))?\}"
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")

needs_caddy = pytest.mark.skipif(
    not shutil.which("caddy"),
    reason="caddy is not on this machine, so the proxy of compose.yaml was NOT tested: apt-get install caddy",
)
needs_postgresql = pytest.mark.skipif(
    not postgresql(),
    reason="PostgreSQL is not on this machine, so compose.yaml was NOT tested: apt-get install postgresql",
)


@dataclass
class Service:
    """A started service. `ports` maps those inside to those of loopback."""

    name: str
    ports: dict[int, int]
    log: Path
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL, to the first process and to those that it has started: as when a container is killed."""
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def has_connection(self, port: int) -> bool:
        """Whether one of its processes has the connection that comes from this port of loopback."""
        inodes = _sockets_from(port)
        for pid in self.pids():
            links = (os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir())
            if any(link[8:-1] in inodes for link in links if link.startswith("socket:[")):
                return True
        return False


@dataclass
class Compose:
    """The file with its variables filled in, and where everything of it is on this machine."""

    folder: Path
    variables: dict[str, str]
    file: dict[str, Any] = field(init=False)
    addresses: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.file = self._filled(yaml.safe_load((ROOT / "compose.yaml").read_text()))
        for name in self.consoles:
            self.addresses[f"{name}:{CONSOLE_PORT}"] = f"127.0.0.1:{port_free()}"
        (self.folder / "secrets").mkdir()

    def _filled(self, part: Any) -> Any:
        """The file's variables are filled in after YAML is read, as Compose does it: an empty one stays a text."""
        if isinstance(part, dict):
            return {name: self._filled(value) for name, value in part.items()}
        if isinstance(part, list):
            return [self._filled(value) for value in part]
        return re.sub(VARIABLE, self._variable, part) if isinstance(part, str) else part

    def _variable(self, found: re.Match[str]) -> str:
        name, kind, words = found.groups()
        value = self.variables.get(name, "")
        assert value or kind != "?", f"{name}: {words}"
        return value or (words if kind == "-" else "")

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        services: dict[str, dict[str, Any]] = self.file["services"]
        return services

    @property
    def consoles(self) -> list[str]:
        """The services that serve the console: those of our image with its own command."""
        return [name for name, one in self.services.items() if "build" in one and "command" not in one]

    def secret_write(self, name: str, text: str) -> None:
        assert self.file["secrets"][name] == {"file": f"./secrets/{name}"}
        (self.folder / "secrets" / name).write_text(text + "\n")

    def environment(self, name: str) -> dict[str, str]:
        """What the file gives to a service, with addresses and paths of this machine."""
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        given = self.services[name]["environment"]
        named = {f"/run/secrets/{secret}" for secret in self.services[name].get("secrets", [])}
        assert {value for value in given.values() if value.startswith("/run/secrets/")} <= named
        return kept | {variable: self._here(value) for variable, value in given.items()}

    def _here(self, value: str) -> str:
        value = value.replace("/run/secrets/", f"{self.folder}/secrets/")
        return " ".join(self.addresses.get(word, word) for word in value.split(" "))

    def command(self, name: str) -> list[str]:
        """A service's own command, or the image's."""
        words = self.services[name].get("command") or _dockerfile_command()
        programs = {"python": [sys.executable], "gunicorn": [sys.executable, "-m", "gunicorn"]}
        return [*programs[words[0]], *words[1:]]


def _dockerfile_command() -> list[str]:
    found = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)
    assert found
    words: list[str] = json.loads(found[1])
    return words


@contextmanager
def database_started(compose: Compose) -> Iterator[str]:
    """The database of the file, and the secrets that name it, as docs/deployment.md makes them. Gives its address."""
    settings = compose.services["database"]["environment"]
    program, *options = compose.services["database"]["command"]
    assert program == "postgres"
    with cluster(*options) as address:
        server = address.removeprefix("postgres://console@")
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {settings['POSTGRES_DB']}")
        for name in ("secret_key", "vault_keys", "database_password"):
            compose.secret_write(name, secrets.token_hex(32))
        password = (compose.folder / "secrets/database_password").read_text().strip()
        url = f"postgres://{settings['POSTGRES_USER']}:{password}@{server}/{settings['POSTGRES_DB']}"
        compose.secret_write("database_url", url)
        yield url


def prepare_run(compose: Compose) -> None:
    """The service that migrates; and collected static files, which the image's build makes."""
    environment = compose.environment("prepare")
    done = subprocess.run(
        compose.command("prepare"), cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    static = {"DEBUG": "1", "STATIC_ROOT": str(compose.folder / "static")}
    subprocess.run(collect, cwd=ROOT, env=environment | static, check=True)


@contextmanager
def console_started(compose: Compose, name: str) -> Iterator[Service]:
    """One console of the file."""
    address = compose.addresses[f"{name}:{CONSOLE_PORT}"]
    environment = compose.environment(name) | {
        "BIND": address,  # the image's BIND has the same port in every container
        "STATIC_ROOT": str(compose.folder / "static"),
    }
    ports = {CONSOLE_PORT: int(address.rpartition(":")[2])}
    with _started(compose, name, compose.command(name), environment, ports) as service:
        wait(f"http://{address}/healthz", service.process, service.log)
        yield service


@contextmanager
def proxy_started(compose: Compose) -> Iterator[Service]:
    """Caddy with the very file that is mounted into its container. Only the published ports are others."""
    service = compose.services["proxy"]
    mounts = dict(mount.split(":")[:2] for mount in service["volumes"])
    inside = {there: ROOT / here for here, there in mounts.items() if here.startswith("./")}
    ports = {int(there): port_free() for there in (entry.split(":")[1] for entry in service["ports"])}
    paths = {name: f"{compose.folder}/caddy{path}" for name, path in CADDY_ENVIRONMENT.items()}
    assert paths["XDG_DATA_HOME"].removeprefix(f"{compose.folder}/caddy") in mounts.values()
    elsewhere = {
        "CONSOLE_HTTP_PORT": str(ports[80]),
        "CONSOLE_HTTPS_PORT": str(ports[443]),
        "CADDY_ADMIN": f"127.0.0.1:{port_free()}",
    }
    command = [str(inside.get(word, word)) for word in CADDY_COMMAND]
    environment = compose.environment("proxy") | paths | elsewhere
    with _started(compose, "proxy", command, environment, ports) as started:
        _wait_for_certificate(ports[443], started, host=environment["CONSOLE_HOST"])
        yield started


@contextmanager
def _started(
    compose: Compose, name: str, command: list[str], environment: dict[str, str], ports: dict[int, int]
) -> Iterator[Service]:
    path = compose.folder / f"{name}.log"
    with path.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield Service(name, ports, path, process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=40)


def _wait_for_certificate(port: int, service: Service, *, host: str) -> None:
    """Until a TLS connection succeeds: Caddy listens before it has made its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    until = time.monotonic() + 20
    while time.monotonic() < until and service.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                context.wrap_socket(connection, server_hostname=host).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{service.name} did not start: {service.log.read_text()[-2000:]}")


def _sockets_from(port: int) -> set[str]:
    """Inodes of this machine's TCP sockets with that local port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {words[9] for words in lines if int(words[1].split(":")[1], 16) == port}
