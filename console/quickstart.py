"""`make run`: the console and a sandbox API on loopback, as in production except for TLS, with a ready account.

Secrets, database and logs stay in `.run/`, so that a second run continues with them.
"""

import argparse
import contextlib
import ctypes
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

HOST = "127.0.0.1"
HOME = Path(__file__).resolve().parent.parent
FOLDER = HOME / ".run"  # --folder puts it elsewhere
ACCOUNT = "admin"
PROJECT, KEY = "proj_ABC123", "xero_myproject_your_api_key"  # the sandbox's first, as in the API's document
START_TIMEOUT = 60  # seconds until both must answer
GRACE = 2  # seconds in which both must have ended by themselves
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG

BANNER = """
  Xerotier Console   http://localhost:{port}/
  Account            {account}
  Password           {password}
  Project ID         {project}
  API key            {key}

  The sandbox API is at {api}. Its models are made up, and changes are lost when it stops.
  Logs are in {folder}/. Ctrl-C stops both."""


class Stop(Exception):
    """A signal asked this process to end."""


def main() -> int:
    options = _options()
    port, api_port = options.port, options.port + 1
    for wanted in (port, api_port):
        if _is_busy(wanted):
            return _fail(f"Port {wanted} is busy. Choose another one: make run PORT={port + 10}")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    _die_with_parent()
    options.folder.mkdir(mode=0o700, exist_ok=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        return _serve(started, folder=options.folder, port=port, api_port=api_port)
    except Stop:
        print("\nStopped.")
        return 0
    finally:
        _end(started)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Console and sandbox on this machine.")
    parser.add_argument(
        "--port", type=int, default=8000, help="the console's; the sandbox takes the next one"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder for secrets, database and logs")
    options = parser.parse_args()
    if not 1 <= options.port <= 65534:
        parser.error("PORT must be a number from 1 to 65534")
    return options


def _serve(started: list[subprocess.Popen[bytes]], *, folder: Path, port: int, api_port: int) -> int:
    environment = _environment(folder, port=port, api_url=f"http://{HOST}:{api_port}")
    print("Preparing database and static files", flush=True)
    for command in (["migrate"], ["demo_admin", ACCOUNT], ["collectstatic", "--noinput"]):
        if (code := _manage(command, environment)) != 0:
            return code
    sandbox = [sys.executable, "-m", "sandbox", "--port", str(api_port)]
    sandbox += ["--endpoints", "on", "--sharing", "on", "--versions", "on", "--uploads", "on"]
    console = [sys.executable, "-m", "gunicorn", "-b", f"{HOST}:{port}", "--graceful-timeout", "1"]
    started.append(_start(sandbox, folder / "sandbox.log", environment))
    started.append(_start([*console, "console.wsgi"], folder / "console.log", environment))
    if not _await_ready(started, port=port, api_port=api_port):
        return _fail(f"The console did not start. The last lines of the logs:\n{_last_lines(folder)}")
    print(_banner(environment, folder, port), flush=True)
    while all(process.poll() is None for process in started):
        time.sleep(0.5)
    return _fail(
        f"The console or the sandbox has stopped. The last lines of the logs:\n{_last_lines(folder)}"
    )


def _banner(environment: dict[str, str], folder: Path, port: int) -> str:
    return BANNER.format(
        port=port,
        account=ACCOUNT,
        password=environment["DEMO_ADMIN_PASSWORD"],
        project=PROJECT,
        key=KEY,
        api=environment["XEROTIER_API_URL"],
        folder=folder.name,
    )


def _environment(folder: Path, *, port: int, api_url: str) -> dict[str, str]:
    """The shell's variables with the console's own set or removed; DATABASE_URL is kept where it is given."""
    mine = {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}
    for name in ("ALLOWED_HOSTS", "BASE_PATH", "CSRF_TRUSTED_ORIGINS", "GUNICORN_CMD_ARGS", "PROXY_COUNT"):
        mine.pop(name, None)
    mine.setdefault("DATABASE_URL", f"sqlite:///{folder.resolve() / 'db.sqlite3'}")
    return mine | {
        "DEBUG": "0",
        "INSECURE_HTTP": "1",
        "COOKIE_SUFFIX": str(port),  # browsers send cookies to every port of a host
        "STATIC_ROOT": str(folder / "static"),
        "XEROTIER_API_URL": api_url,
        "SECRET_KEY": _secret(folder / "secret_key", secrets.token_urlsafe(48)),
        "VAULT_KEYS": _secret(folder / "vault_key", secrets.token_urlsafe(48)),
        "DEMO_ADMIN_PASSWORD": _secret(folder / "password", secrets.token_urlsafe(12)),
    }


def _secret(path: Path, fresh: str) -> str:
    """A secret made by the first run and read by later ones. Only this user can read the file."""
    with (
        contextlib.suppress(FileExistsError),
        open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file,
    ):
        file.write(fresh)
    return path.read_text().strip()


def _manage(command: list[str], environment: dict[str, str]) -> int:
    done = subprocess.run(
        [sys.executable, "manage.py", *command, "--verbosity", "0"], cwd=HOME, env=environment, check=False
    )
    return done.returncode


def _start(command: list[str], log_path: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with open(log_path, "wb") as log:
        return subprocess.Popen(
            command, cwd=HOME, env=environment, stdout=log, stderr=log, preexec_fn=_die_with_parent
        )


def _await_ready(started: list[subprocess.Popen[bytes]], *, port: int, api_port: int) -> bool:
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end and all(process.poll() is None for process in started):
        if _is_busy(api_port) and _answers(port):
            return True
        time.sleep(0.1)
    return False


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SystemExit(f"Port {port} needs permissions that this user does not have.") from None
        except OSError:
            return True
    return False


def _last_lines(folder: Path) -> str:
    logs = (folder / f"{name}.log" for name in ("sandbox", "console"))
    return "\n".join(
        "\n".join(log.read_text(errors="replace").splitlines()[-5:]) for log in logs if log.exists()
    )


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    """Ask both to end, then kill what is left, so that nothing stays behind."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for process in started:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in started:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    """On Linux, end when the parent process is gone, even if it was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stop


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
