"""Readers of environment variables. A missing or malformed value stops the start with one line that names it.

Each reader takes the variable's name. django-environ supplies `NAME_FILE`, a file that holds the value (Docker and
Kubernetes secrets, systemd credentials) and takes precedence over `NAME`, and the parser of database addresses.
Values are never printed: they may be secrets.
"""

import ipaddress
import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import SplitResult, urlsplit

from environ import Env
from environ.fileaware_mapping import FileAwareMapping

# Gunicorn takes this exit code as "the worker cannot boot" and stops; with any other one it tries for ever.
CANNOT_START = 3
MIN_SECRET_LENGTH = 32  # characters: 128 bits in hexadecimal
MIN_SECRET_CHARACTERS = 8  # different ones, so that a secret is not a pattern
SAMPLES = ("django-insecure", "change-me", "changeme", "change_me", "replace-me", "your-secret", "not-a-")
MAKE_ONE = "Make one with: openssl rand -hex 32"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
API_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
API_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
BASE_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")

Source = Literal["set", "file", "default"]

_read: dict[str, Source] = {}


def configuration() -> dict[str, Source]:
    """The variables read so far, by name, and where each value comes from. No values: they may be secrets."""
    return dict(sorted(_read.items()))


def fail(name: str, reason: str) -> NoReturn:
    """Stop the start. One line on stderr and no traceback: it is read in a terminal or a service log."""
    print(f"{name}: {reason}", file=sys.stderr)
    raise SystemExit(CANNOT_START)


def env_text(name: str, default: str = "") -> str:
    """The value without surrounding blanks (files end in a newline)."""
    _read[name] = "file" if f"{name}_FILE" in os.environ else "set" if name in os.environ else "default"
    try:
        return str(FileAwareMapping().get(name, default)).strip()
    except (OSError, UnicodeDecodeError) as exc:
        fail(f"{name}_FILE", f"cannot be read ({type(exc).__name__})")


def env_bool(name: str, default: bool = False) -> bool:
    value = env_text(name, "1" if default else "0").lower()
    if value in TRUE | FALSE:
        return value in TRUE
    fail(name, "must be 1 or 0")


def env_int(name: str, default: int, *, least: int, most: int) -> int:
    value = env_text(name, str(default))
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    fail(name, f"must be a whole number from {least} to {most}")


def env_list(name: str) -> list[str]:
    """A comma-separated list; blanks and empty entries do not count."""
    return [item.strip() for item in env_text(name).split(",") if item.strip()]


def env_secret(name: str, *, sample: str = "", required: bool = True) -> str:
    """One secret, which may contain commas. `sample` replaces a missing one in development.

    "" where there is none and none is required.
    """
    found = _checked(name, [value] if (value := env_text(name)) else [], sample, required=required)
    return found[0] if found else ""


def env_secrets(name: str, *, sample: str = "", required: bool = True) -> list[str]:
    """Comma-separated secrets, the one in use first. `sample` replaces a missing one in development."""
    return _checked(name, env_list(name), sample, required=required)


def _checked(name: str, found: list[str], sample: str, *, required: bool) -> list[str]:
    if not found and sample:
        return [sample]
    if required and not found:
        fail(name, f"is required (or set DEBUG=1 on your own machine). {MAKE_ONE}")
    if len(set(found)) != len(found):
        fail(name, "names the same secret twice")
    for secret in found:
        if any(known in secret.lower() for known in SAMPLES):
            fail(name, f"is a sample value. {MAKE_ONE}")
        if len(secret) < MIN_SECRET_LENGTH:
            fail(name, f"is too short: at least {MIN_SECRET_LENGTH} characters. {MAKE_ONE}")
        if len(set(secret)) < MIN_SECRET_CHARACTERS:
            fail(name, f"is too easy to guess. {MAKE_ONE}")
    return found


def env_database(name: str, default: str) -> dict[str, Any]:
    """Django's DATABASES entry for a URL of SQLite or PostgreSQL."""
    url = env_text(name) or default
    if url.partition("://")[0] not in {"sqlite", "postgres", "postgresql"}:
        fail(name, "must begin with sqlite:///, postgres:// or postgresql://")
    try:
        config: dict[str, Any] = dict(Env.db_url_config(url))
    except Exception as exc:  # the parser raises many kinds; all that helps is the variable's name
        fail(name, f"is not a database address ({type(exc).__name__})")
    if not config.get("NAME"):
        fail(name, "names no database")
    return config


def env_api_url(name: str, default: str, *, plain_http: bool) -> str:
    """The API's origin, maybe with a path prefix; https, or http where that is allowed or the host is loopback."""
    address = (env_text(name) or default).rstrip("/")
    parts = web_address(name, address, example="https://api.xerotier.ai")
    if parts.path.endswith("/v1"):
        fail(name, "must not contain a project or /v1: the console adds them")
    if not (API_PATH.fullmatch(parts.path) and API_HOST.fullmatch(parts.netloc)) or parts.port == 0:
        fail(name, "must have only letters, digits, dots, hyphens and underscores in its host and path")
    if not (plain_http or is_secure(parts)):
        fail(name, "must use https, which keeps keys private on the network (INSECURE_HTTP=1 permits http)")
    return address


def env_webhook(name: str, *, plain_http: bool) -> str:
    """The address of a receiver, "" for none; https, or http where that is allowed or the host is loopback."""
    address = env_text(name)
    if address:
        parts = web_address(name, address, example="https://audit.example.com/console", query=True)
        if not (plain_http or is_secure(parts)):
            fail(name, "must use https (INSECURE_HTTP=1 permits http)")
    return address


def web_address(name: str, address: str, *, example: str, query: bool = False) -> SplitResult:
    """The parts of a web address. `query`: whether it may have one."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # raises ValueError where it is not a number
    except ValueError:
        fail(name, "is not a web address")
    if parts.scheme not in {"https", "http"} or not host or any(c.isspace() for c in address):
        fail(name, f"must be an address such as {example}")
    if parts.username is not None or parts.password is not None or "#" in address:
        fail(name, "must not contain a user, a password or a fragment")
    if "?" in address and not query:
        fail(name, "must not contain a query")
    return parts


def is_secure(parts: SplitResult) -> bool:
    """Whether nobody on the network can read along: by https, or because it stays on this machine."""
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def env_origins(name: str) -> list[str]:
    """Web origins, scheme included, as Django expects them in CSRF_TRUSTED_ORIGINS."""
    found = env_list(name)
    if any(not origin.startswith(("https://", "http://")) for origin in found):
        fail(name, "takes addresses with their scheme, such as https://console.example.com")
    return found


def env_hosts(name: str, *, debug: bool) -> list[str]:
    """Host names that the console answers to: loopback only when none is named, and in development always.

    An IPv6 address gets the brackets that a Host header has.
    """
    found = [f"[{host}]" if _is_ipv6(host) else host for host in env_list(name)]
    if any(re.search(r"[/\s]|:(?!.*\])", host) for host in found):
        fail(name, "takes host names without scheme, port or path, such as console.example.com")
    if debug and not all(is_loopback(host) for host in found):
        fail("DEBUG", "shows internals, for loopback only; unset it or remove other names from ALLOWED_HOSTS")
    return found or list(LOOPBACK_NAMES)


def env_base_path(name: str) -> str:
    """The path below which the console is mounted, such as /tools/console; "" for the root of the host."""
    path = env_text(name).rstrip("/")
    if path and not BASE_PATH.fullmatch(path):
        fail(name, "must be a path such as /tools/console")
    return path


def env_word(name: str) -> str:
    """Letters, digits, hyphens and underscores; "" where there is none."""
    value = env_text(name)
    if not re.fullmatch("[A-Za-z0-9_-]{0,32}", value):
        fail(name, "takes letters, digits, hyphens and underscores, at most 32")
    return value


def env_folder(name: str, default: Path) -> Path:
    value = env_text(name)
    return Path(value).expanduser().resolve() if value else default


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    bare = host.strip("[]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def bind_check(addresses: list[str], *, debug: bool) -> None:
    """Refuse to listen beyond loopback in development. `addresses` are host:port, [host]:port, :port or unix:path."""
    for address in addresses if debug else []:
        host = address.rpartition(":")[0] if ":" in address else address
        if not address.startswith(("unix:", "fd://")) and not is_loopback(host):
            fail("DEBUG", f"shows internals, for loopback only; the console must not listen on {address}")


def bind_addresses(argv: list[str]) -> list[str]:
    """The addresses to listen on in the command line of runserver or gunicorn."""
    found = [after for word, after in pairwise(argv) if word in {"-b", "--bind"}]
    found += [word.partition("=")[2] for word in argv if word.startswith("--bind=")]
    if "runserver" in argv:
        rest = [word for word in argv[argv.index("runserver") + 1 :] if not word.startswith("-")]
        found += [word if ":" in word else f"127.0.0.1:{word}" for word in rest[:1]]
    return found
