"""What is measured, as it is served: the console, Django admin's changelist, the API behind both, nginx."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from tempfile import mkdtemp
from typing import Any

from sandbox.seed import PROJECTS
from tests import machine
from tests.bench.processes import HOST, children, environment_bare, port_free, python, running

PROJECT, KEY = PROJECTS[0].id, PROJECTS[0].key
LIST_PATH = f"/{PROJECT}/v1/models?extended=true&limit=100&offset=0"
PAGE_PATH, FRESH_PATH = "/projects/proj_ABC123/models/", "/projects/proj_ABC123/models/?fresh=1"
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "console/gunicorn.py")
NGINX = """
worker_processes 2; error_log {folder}/nginx.log; pid {folder}/nginx.pid; daemon off;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream api {{ server 127.0.0.1:{api}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{ proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: Popen[bytes]
    cookies: tuple[str, ...] = ()

    @property
    def workers(self) -> list[int]:
        return children(self.process)

    def tell(self, path: str, body: dict | None = None) -> None:
        """Steer the stub or the sandbox."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        connection.request("POST", path, json.dumps(body or {}), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200, path
        connection.close()

    def asked(self, path: str) -> Any:
        """What the sandbox says of itself."""
        return json.loads(self.ask(path))

    def ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        connection.request("GET", path)
        body = connection.getresponse().read()
        connection.close()
        return body


@contextmanager
def stub(folder: Path, *, models: int = 100, dialect: str = "openai") -> Iterator[Server]:
    port = port_free()
    command = [sys.executable, "-m", "tests.bench.stub", "--port", str(port)]
    command += ["--models", str(models), "--dialect", dialect]
    with running(command, port=port, log=folder / f"stub-{port}.log") as process:
        yield Server(port, process)


@contextmanager
def sandbox(folder: Path, *, models: int = 1000, dialect: str = "openai") -> Iterator[Server]:
    port = port_free()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--models", str(models)]
    command += ["--dialect", dialect, "--validation", "600"]
    with running(command, port=port, log=folder / f"sandbox-{port}.log") as process:
        yield Server(port, process)


@contextmanager
def console(folder: Path, *, api: Server, people: int = 1, **variables: str) -> Iterator[Server]:
    """The console as `console/gunicorn.py` serves it, with its own database and signed-in, connected people."""
    port = port_free()
    home = Path(mkdtemp(prefix="console-", dir=folder))
    environment = environment_bare() | {
        "SECRET_KEY": "bench-4b1f0f2f8c2d4f0e9a7c6d5e4b3a2918",
        "VAULT_KEYS": "bench-vault-7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d",
        "ALLOWED_HOSTS": HOST,
        "INSECURE_HTTP": "1",
        "DATABASE_URL": f"sqlite:///{home / 'console.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "XEROTIER_API_URL": f"http://{HOST}:{api.port}",
        "BIND": f"{HOST}:{port}",
        "DJANGO_SETTINGS_MODULE": "console.settings",
        **variables,
    }
    python("manage.py", "migrate", "--verbosity", "0", environment=environment)
    if not (folder / "static").exists():
        python("manage.py", "collectstatic", "--noinput", "--verbosity", "0", environment=environment)
    words = ("-m", "tests.bench.prepare", "--people", str(people), "--project", PROJECT, "--key", KEY)
    cookies = tuple(json.loads(python(*words, environment=environment).splitlines()[-1]))
    command = [*GUNICORN, "console.wsgi"]
    with running(command, port=port, log=home / "console.log", environment=environment) as process:
        server = Server(port, process, cookies)
        server.ask("/healthz")  # gunicorn listens before it has a worker
        yield server


@contextmanager
def admin(folder: Path, *, models: int = 100) -> Iterator[Server]:
    """Django admin's changelist of the same rows, under the same gunicorn settings."""
    port = port_free()
    home = Path(mkdtemp(prefix="admin-", dir=folder))
    environment = environment_bare() | {
        "BENCH_FOLDER": str(home),
        "BIND": f"{HOST}:{port}",
        "DJANGO_SETTINGS_MODULE": "tests.bench.adminsite.settings",
    }
    python("-m", "django", "migrate", "--run-syncdb", "--verbosity", "0", environment=environment)
    python("-m", "django", "collectstatic", "--noinput", "--verbosity", "0", environment=environment)
    words = ("-m", "tests.bench.adminsite.fill", str(models))
    cookie = python(*words, environment=environment).split()[-1]
    command = [*GUNICORN, "tests.bench.adminsite.wsgi"]
    with running(command, port=port, log=home / "admin.log", environment=environment) as process:
        server = Server(port, process, (f"sessionid={cookie}",))
        server.ask("/admin/login/")
        yield server


@contextmanager
def nginx(folder: Path, *, api: Server) -> Iterator[Server | None]:
    """nginx in front of the same API; None where the machine has no nginx."""
    program = machine.nginx()
    if not program:
        yield None
        return
    port = port_free()
    configuration = folder / f"nginx-{port}.conf"
    configuration.write_text(NGINX.format(folder=folder, api=api.port, port=port))
    command = [program, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "nginx.log")]
    with running(command, port=port, log=folder / f"nginx-{port}.log") as process:
        yield Server(port, process)
