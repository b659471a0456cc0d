"""What is handed to operators is at least read by the programs it is for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.test import Client

from console import healthcheck

HOME = Path(__file__).resolve().parents[2]
README = (HOME / "README.md").read_text()


@pytest.fixture
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((HOME / "compose.yaml").read_text())


def test_the_compose_file_defines_everything_it_refers_to(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= compose["secrets"].keys(), name
        assert set(service["networks"]) <= compose["networks"].keys(), name
        assert set(service.get("depends_on", {})) <= compose["services"].keys(), name


def test_the_compose_files_variables_are_documented(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    for name in compose["services"]["console"]["environment"]:
        assert f"`{name.removesuffix('_FILE')}`" in README, name


def test_only_the_proxy_is_reachable_from_outside(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_the_image_holds_what_the_console_needs_and_nothing_else() -> None:
    dockerfile = (HOME / "Dockerfile").read_text()
    ignored = (HOME / ".dockerignore").read_text().splitlines()
    copied = {line.split()[1] for line in dockerfile.splitlines() if re.match(r"COPY (?!--)", line)}
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    assert all((HOME / name).exists() for name in copied)
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER (?!root)", dockerfile, re.M)


def accepted(program: str, *arguments: str) -> str:
    """What the program says against the file; nothing where it is not on this machine."""
    if not shutil.which(program):
        return ""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def test_caddy_accepts_its_file() -> None:
    path = HOME / "deploy/Caddyfile"
    text = path.read_text()
    assert text.count("{") == text.count("}")
    assert "reverse_proxy {$CONSOLE_UPSTREAM:console:8000}" in text
    assert accepted("caddy", "validate", "--adapter", "caddyfile", "--config", str(path)) == ""


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = (HOME / "deploy/xerotier-console.service").read_text()
    for section in ("[Unit]", "[Service]", "[Install]"):
        assert f"\n{section}\n" in unit
    here = tmp_path / "xerotier-console.service"
    here.write_text(re.sub(r"/opt/xerotier-console/\.venv/bin/\w+", sys.executable, unit))
    assert "xerotier-console.service" not in accepted("systemd-analyze", "verify", str(here))


def test_the_liveness_command_uses_an_allowed_host_name(
    live_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIND", str(live_server).removeprefix("http://"))
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,other.example")
    assert healthcheck.main() == 0


def test_the_liveness_command_fails_without_a_console(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv("BIND", "127.0.0.1:9")
    assert healthcheck.main() == 1


def test_the_documented_files_are_there() -> None:
    text = (HOME / "docs/deployment.md").read_text() + README
    for path in re.findall(r"\]\(([^)#:]+)", text):
        assert (HOME / path).exists() or (HOME / "docs" / path).exists(), path
    for path in re.findall(r"deploy/[\w.-]+\w", text):
        assert (HOME / path).exists(), path
