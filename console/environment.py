"""Readers of the environment. A missing or malformed value stops the start with one line that names the variable.

Each reader takes the variable's name. `NAME_FILE` names a file that holds the value instead (Docker and
Kubernetes secrets, systemd credentials); it wins over `NAME`. Values are never printed: they may be secrets.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from environ.fileaware_mapping import FileAwareMapping

# Gunicorn takes this exit code as "the worker cannot boot" and stops, where another one makes it try for ever.
CANNOT_START = 3
SHORTEST_SECRET = 32  # characters: 128 bits in hexadecimal
FEWEST_CHARACTERS = 8  # different ones, in a secret that is not a pattern
SAMPLES = ("django-insecure", "change-me", "changeme", "change_me", "replace-me", "your-secret", "not-a-")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def refuse(name: str, why: str) -> NoReturn:
    """Stop the start. One line on stderr, no traceback: whoever reads it is at a terminal or a service log."""
    print(f"{name}: {why}", file=sys.stderr)
    raise SystemExit(CANNOT_START)


def text(name: str, default: str = "") -> str:
    """The value without surrounding blanks (files end in a newline)."""
    try:
        return str(FileAwareMapping(os.environ).get(name, default)).strip()
    except (OSError, UnicodeDecodeError) as exc:
        refuse(f"{name}_FILE", f"cannot be read ({type(exc).__name__})")


def switch(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in TRUE | FALSE:
        return value in TRUE
    refuse(name, "must be 1 or 0")


def number(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name, str(default))
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    refuse(name, f"must be a whole number from {least} to {most}")


def words(name: str) -> list[str]:
    """A comma-separated list; blanks and empty entries do not count."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def secret(name: str, *, sample: str = "") -> str:
    """One secret, taken whole: it may hold commas. `sample` stands in for a missing one in development."""
    return _secrets_checked(name, [text(name).strip()] if text(name).strip() else [], sample, required=True)[
        0
    ]


def secrets(name: str, *, sample: str = "", required: bool = True) -> list[str]:
    """Comma-separated secrets, the first being the one in use. `sample` stands in for a missing one in development."""
    return _secrets_checked(name, words(name), sample, required=required)


def _secrets_checked(name: str, found: list[str], sample: str, *, required: bool) -> list[str]:
    found = found or ([sample] if sample else [])
    if required and not found:
        refuse(name, "is required (or set DEBUG=1 on your own machine). Make one with: openssl rand -hex 32")
    if len(set(found)) != len(found):
        refuse(name, "names the same secret twice")
    for secret in found:
        if secret != sample:
            _secret_check(name, secret)
    return found


def _secret_check(name: str, secret: str) -> None:
    if any(sample in secret.lower() for sample in SAMPLES):
        refuse(name, "is a sample value. Make one with: openssl rand -hex 32")
    if len(secret) < SHORTEST_SECRET:
        refuse(
            name, f"is too short: {SHORTEST_SECRET} characters or more. Make one with: openssl rand -hex 32"
        )
    if len(set(secret)) < FEWEST_CHARACTERS:
        refuse(name, "is too easy to guess. Make one with: openssl rand -hex 32")


def database(name: str, default: str) -> dict[str, Any]:
    """Django's DATABASES entry for a URL of SQLite or PostgreSQL."""
    url = text(name) or default
    scheme = url.partition("://")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        refuse(name, "must begin with sqlite:///, postgres:// or postgresql://")
    try:
        config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except Exception as exc:  # whatever the parser trips over, the person needs the variable's name
        refuse(name, f"is not a database address ({type(exc).__name__})")
    if not config.get("NAME"):
        refuse(name, "names no database")
    return config


def api_address(name: str, default: str, *, plain_http: bool) -> str:
    """The API's origin, maybe with a path prefix; https, or http where that is allowed or the host is loopback."""
    address = (text(name) or default).rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port  # raises for a port that is none
    except ValueError:
        refuse(name, "is not a web address")
    if parts.scheme not in {"https", "http"} or not host or any(c.isspace() for c in address):
        refuse(name, "must be an address such as https://api.xerotier.ai")
    if parts.username is not None or parts.password is not None or "?" in address or "#" in address:
        refuse(name, "must not carry a user, a password, a query or a fragment")
    if parts.path.endswith("/v1"):
        refuse(name, "goes without project and without /v1: the console adds them")
    if parts.scheme == "http" and not (plain_http or is_loopback(host)):
        refuse(name, "must use https: a key would travel in the clear (INSECURE_HTTP=1 permits it)")
    return address


def origins(name: str) -> list[str]:
    """Web origins, scheme included, as Django wants them in CSRF_TRUSTED_ORIGINS."""
    found = words(name)
    if any(not origin.startswith(("https://", "http://")) for origin in found):
        refuse(name, "takes addresses with their scheme, such as https://console.example.com")
    return found


def hosts(name: str, *, debug: bool) -> list[str]:
    """Host names the console answers to; loopback alone when none is named, and in development always."""
    found = words(name)
    if any("/" in host or " " in host for host in found):
        refuse(name, "takes host names without scheme or path, such as console.example.com")
    if debug and not all(is_loopback(host) for host in found):
        refuse(
            "DEBUG",
            "shows internals and is for loopback alone; unset it, or take other names out of ALLOWED_HOSTS",
        )
    return found or list(LOOPBACK_NAMES)


def folder(name: str, default: Path) -> Path:
    value = text(name)
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


def bind_check(addresses: list[str], *, debug: bool) -> None:
    """Refuse to listen beyond loopback in development. `addresses` are host:port, [host]:port, :port or unix:path."""
    for address in addresses if debug else []:
        host = address.rpartition(":")[0] if ":" in address else address
        if not address.startswith(("unix:", "fd://")) and not is_loopback(host):
            refuse("DEBUG", f"shows internals and is for loopback alone; it must not serve on {address}")


def addresses_asked(argv: list[str]) -> list[str]:
    """The addresses that runserver's or gunicorn's command line asks to listen on."""
    found = [after for word, after in pairwise(argv) if word in {"-b", "--bind"}]
    found += [word.partition("=")[2] for word in argv if word.startswith("--bind=")]
    if "runserver" in argv:
        rest = [word for word in argv[argv.index("runserver") + 1 :] if not word.startswith("-")]
        found += [word if ":" in word else f"127.0.0.1:{word}" for word in rest[:1]]
    return found
