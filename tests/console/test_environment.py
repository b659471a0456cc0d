"""A missing or malformed value stops the start with one line that names the variable."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from console import single_sign_on
from console.environment import CANNOT_START, bind_addresses, bind_check, env_secret
from models_admin.access import permissions

HOME = Path(__file__).resolve().parents[2]
SECRET = "b1946ac92492d2347c6235b4d26111846f1ed002ab5595859014ebf0951522d9"
VAULT = "591785b794601e212b260e25925636fd"
COOKIES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "VAULT_COOKIE_NAME", "MESSAGES_COOKIE_NAME")
GOOD = {"SECRET_KEY": SECRET, "VAULT_KEYS": VAULT, "ALLOWED_HOSTS": "console.example.com"}

OIDC = {
    "OIDC_ISSUER": "https://login.example.com/realms/one",
    "OIDC_CLIENT_ID": "console",
    "OIDC_CLIENT_SECRET": "a-client-secret-of-the-provider",
    "OIDC_ROLES": "viewers=Viewer,admins=Administrator",
}

MALFORMED = [
    ("SECRET_KEY", {"SECRET_KEY": ""}),
    ("SECRET_KEY", {"SECRET_KEY": "shrt7"}),
    ("SECRET_KEY", {"SECRET_KEY": "ab" * 40}),
    ("SECRET_KEY", {"SECRET_KEY": "django-insecure-" + SECRET}),
    ("SECRET_KEY", {"SECRET_KEY": "changeme-" + SECRET}),
    ("SECRET_KEY_FILE", {"SECRET_KEY_FILE": "/nowhere/at/all"}),
    ("SECRET_KEY_FALLBACKS", {"SECRET_KEY_FALLBACKS": "shrt7"}),
    ("VAULT_KEYS", {"VAULT_KEYS": ""}),
    ("VAULT_KEYS", {"VAULT_KEYS": " , "}),
    ("VAULT_KEYS", {"VAULT_KEYS": f"{VAULT},short"}),
    ("VAULT_KEYS", {"VAULT_KEYS": f"{VAULT},{VAULT}"}),
    ("VAULT_KEYS", {"VAULT_KEYS": SECRET}),
    ("DEBUG", {"DEBUG": "maybe"}),
    ("DEBUG", {"DEBUG": "1"}),  # with the public host name of GOOD
    ("INSECURE_HTTP", {"INSECURE_HTTP": "2"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "https://console.example.com"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "console.example.com:8443"}),
    ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "::zz"}),
    ("BASE_PATH", {"BASE_PATH": "tools/console"}),
    ("BASE_PATH", {"BASE_PATH": "/tools//console"}),
    ("BASE_PATH", {"BASE_PATH": "/../console"}),
    ("BASE_PATH", {"BASE_PATH": "/tools?x=1"}),
    ("COOKIE_SUFFIX", {"COOKIE_SUFFIX": "a;b"}),
    ("CSRF_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": "console.example.com"}),
    ("DATABASE_URL", {"DATABASE_URL": "nonsense"}),
    ("DATABASE_URL", {"DATABASE_URL": "mysql://a:b@c/d"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgres://user:pass@host:port/name"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgres://user@host/"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "api.xerotier.ai"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "ftp://api.xerotier.ai"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "http://api.xerotier.ai"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://me:pw@api.xerotier.ai"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://api.xerotier.ai?x=1"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://api.xerotier.ai/proj_A/v1/"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://api.xerotier.ai:port"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://api.xerotier.ai:0"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://api.xerotier.ai/a%20b"}),
    ("XEROTIER_API_URL", {"XEROTIER_API_URL": "https://xérotier.example"}),
    ("API_MAX_CALLS", {"API_MAX_CALLS": "0"}),
    ("WEB_THREADS", {"WEB_THREADS": "many"}),
    ("SESSION_IDLE", {"SESSION_IDLE": "-5"}),
    ("SESSION_ABSOLUTE", {"SESSION_ABSOLUTE": "1e9"}),
    ("REAUTHENTICATE", {"REAUTHENTICATE": "-1"}),
    ("SECOND_FACTOR_REQUIRED", {"SECOND_FACTOR_REQUIRED": "Owner"}),
    ("REAUTHENTICATE", {"REAUTHENTICATE": "1441"}),
    ("PROXY_COUNT", {"PROXY_COUNT": "9"}),
    *((name, OIDC | {name: ""}) for name in OIDC),
    ("OIDC_ISSUER", {"OIDC_NAME": "Example SSO"}),
    ("OIDC_ISSUER", {"OIDC_GROUPS_CLAIM": "groups"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "login.example.com"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "http://login.example.com"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "https://me:pw@login.example.com"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "https://login.example.com?x=1"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "https://login.example.com:port"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": "https://login.example.com/.well-known/openid-configuration"}),
    ("OIDC_ISSUER", OIDC | {"OIDC_ISSUER": f"https://login.example.com/{'x' * 200}"}),
    ("OIDC_ROLES", OIDC | {"OIDC_ROLES": "viewers"}),
    ("OIDC_ROLES", OIDC | {"OIDC_ROLES": "viewers=Superuser"}),
    ("OIDC_ROLES", OIDC | {"OIDC_ROLES": "=Viewer"}),
    ("OIDC_ROLES", OIDC | {"OIDC_ROLES": "viewers=Viewer,viewers=Editor"}),
    ("OIDC_ROLES", OIDC | {"OIDC_ROLES": " , "}),
    ("OIDC_NAME", OIDC | {"OIDC_NAME": "x" * 41}),
    ("LOCAL_SIGN_IN", OIDC | {"LOCAL_SIGN_IN": "nobody"}),
    ("LOCAL_SIGN_IN", {"LOCAL_SIGN_IN": "administrators"}),
    ("LOCAL_SIGN_IN", {"LOCAL_SIGN_IN": "none"}),
    ("METRICS_TOKEN", {"METRICS_TOKEN": "short"}),
    ("AUDIT_LOG", {"AUDIT_LOG": "somewhere"}),
    ("AUDIT_LOG", {"AUDIT_LOG": "/nowhere/at/all.log"}),
    ("AUDIT_LOG", {"AUDIT_LOG": "syslog:log.example.com:port"}),
    ("AUDIT_WEBHOOK_URL", {"AUDIT_WEBHOOK_URL": "audit.example.com"}),
    ("AUDIT_WEBHOOK_URL", {"AUDIT_WEBHOOK_URL": "http://audit.example.com"}),
    ("AUDIT_WEBHOOK_URL", {"AUDIT_WEBHOOK_URL": "https://me:pw@audit.example.com"}),
    ("AUDIT_WEBHOOK_SECRET", {"AUDIT_WEBHOOK_URL": "https://audit.example.com"}),
]


def start(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """manage.py in an environment that holds the given variables and nothing else of ours."""
    return subprocess.run(
        [sys.executable, "manage.py", *(arguments or ("check",))],
        cwd=HOME,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [*os.environ]:
        if name.removesuffix("_FILE") in {name for name, _ in MALFORMED} | {"STATIC_ROOT"}:
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(("name", "given"), MALFORMED, ids=lambda value: str(value)[:60])
def test_a_wrong_value_stops_the_start_with_one_line_that_names_the_variable(
    name: str, given: dict[str, str], clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, value in (GOOD | given).items():
        clean.setenv(variable, value)
    with pytest.raises(SystemExit) as stopped:
        settings()
    said = capsys.readouterr().err
    assert stopped.value.code == CANNOT_START
    assert said.startswith(f"{name}: ")
    assert said.count("\n") == 1
    assert not any(
        value and value in said for value in given.values() if name.startswith(("SECRET", "VAULT", "DATA"))
    )


def settings() -> dict[str, Any]:
    """The settings module's text, run again in the environment of this test."""
    path = HOME / "console" / "settings.py"
    names: dict[str, Any] = {"__file__": str(path), "__name__": "console.settings"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names


class TestSingleSignOn:
    def test_without_it_every_local_account_may_sign_in(self, clean: pytest.MonkeyPatch) -> None:
        for name, value in GOOD.items():
            clean.setenv(name, value)
        found = settings()
        assert (found["OIDC"], found["LOCAL_SIGN_IN"]) == (None, "all")
        assert len(found["AUTHENTICATION_BACKENDS"]) == 2

    def test_it_is_read_with_its_defaults(self, clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("from-a-file\n")
        given = OIDC | {"OIDC_CLIENT_SECRET": "", "OIDC_CLIENT_SECRET_FILE": str(secret)}
        for name, value in (GOOD | given | {"OIDC_ISSUER": "https://login.example.com/"}).items():
            clean.setenv(name, value)
        found = settings()
        oidc = found["OIDC"]
        assert (oidc.issuer, oidc.client_id, oidc.client_secret) == (
            "https://login.example.com",
            "console",
            "from-a-file",
        )
        assert (oidc.groups_claim, oidc.name) == ("groups", "single sign-on")
        assert oidc.roles == {"viewers": "Viewer", "admins": "Administrator"}
        assert found["LOCAL_SIGN_IN"] == "administrators"
        assert len(found["AUTHENTICATION_BACKENDS"]) == 3
        assert "from-a-file" not in repr(oidc)

    @pytest.mark.parametrize(
        ("text", "roles"),
        [
            (
                "cn=ops,ou=groups,dc=example=editor; all = Viewer ;",
                {"cn=ops,ou=groups,dc=example": "Editor", "all": "Viewer"},
            ),
            ("/admins=ADMINISTRATOR", {"/admins": "Administrator"}),
        ],
    )
    def test_groups_may_have_any_name(
        self, clean: pytest.MonkeyPatch, text: str, roles: dict[str, str]
    ) -> None:
        for name, value in (GOOD | OIDC | {"OIDC_ROLES": text}).items():
            clean.setenv(name, value)
        assert settings()["OIDC"].roles == roles

    def test_loopback_may_do_without_https(self, clean: pytest.MonkeyPatch) -> None:
        for name, value in (GOOD | OIDC | {"OIDC_ISSUER": "http://localhost:8080"}).items():
            clean.setenv(name, value)
        assert settings()["OIDC"].issuer == "http://localhost:8080"

    def test_the_roles_are_those_of_the_console(self) -> None:
        assert tuple(permissions.ROLES) == single_sign_on.ROLES


def test_a_refused_start_shows_one_line_and_no_traceback() -> None:
    done = start()
    assert (done.returncode, done.stdout) == (CANNOT_START, "")
    assert done.stderr.startswith("SECRET_KEY: is required")
    assert done.stderr.count("\n") == 1


def test_a_secret_may_come_from_a_file(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    clean.setenv("SECRET_KEY_FILE", str(secret))
    clean.setenv("VAULT_KEYS", VAULT)
    assert settings()["SECRET_KEY"] == SECRET


def test_the_secret_key_may_contain_commas(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("SECRET_KEY", f"{SECRET[:32]},{SECRET[32:]}")
    assert env_secret("SECRET_KEY") == f"{SECRET[:32]},{SECRET[32:]}"


@pytest.mark.parametrize("given", ["::1", "[::1]", " ::1 , console.example.com"])
def test_an_ipv6_host_is_accepted_with_and_without_brackets(clean: pytest.MonkeyPatch, given: str) -> None:
    for variable, value in (GOOD | {"ALLOWED_HOSTS": given}).items():
        clean.setenv(variable, value)
    assert settings()["ALLOWED_HOSTS"][0] == "[::1]"


def test_static_files_and_cookies_are_below_the_base_path(clean: pytest.MonkeyPatch) -> None:
    for variable, value in (GOOD | {"BASE_PATH": "/tools/console/"}).items():
        clean.setenv(variable, value)
    found = settings()
    assert found["STATIC_URL"] == "/tools/console/static/"
    assert found["SESSION_COOKIE_PATH"] == found["CSRF_COOKIE_PATH"] == "/tools/console"
    # Browsers accept __Host- for the path / only.
    assert all(found[name].startswith("__Secure-") for name in COOKIES)


def test_cookie_names_end_with_the_suffix(clean: pytest.MonkeyPatch) -> None:
    for variable, value in (GOOD | {"COOKIE_SUFFIX": "8443"}).items():
        clean.setenv(variable, value)
    found = settings()
    assert all(found[name].startswith("__Host-") and found[name].endswith("_8443") for name in COOKIES)


def test_without_allowed_hosts_only_loopback_is_served(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("SECRET_KEY", SECRET)
    clean.setenv("VAULT_KEYS", VAULT)
    assert settings()["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_a_dollar_sign_in_a_secret_is_kept(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("SECRET_KEY", f"${SECRET}")
    clean.setenv("VAULT_KEYS", VAULT)
    assert settings()["SECRET_KEY"] == f"${SECRET}"


@pytest.mark.parametrize(("plain", "prefix"), [("0", "__Host-"), ("1", "")])
def test_cookies_are_bound_to_this_host_where_there_is_https(
    plain: str, prefix: str, clean: pytest.MonkeyPatch
) -> None:
    for variable, value in (GOOD | {"INSECURE_HTTP": plain}).items():
        clean.setenv(variable, value)
    found = settings()
    for cookie in ("SESSION", "CSRF", "VAULT"):
        assert str(found[f"{cookie}_COOKIE_NAME"]).startswith("__Host-") is bool(prefix)
        assert found[f"{cookie}_COOKIE_SECURE"] is bool(prefix)
    assert found["SECURE_SSL_REDIRECT"] is bool(prefix)
    assert bool(found["SECURE_HSTS_SECONDS"]) is bool(prefix)


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "runserver", "0.0.0.0:8000"],
        ["manage.py", "runserver", "--noreload", "[::]:8000"],
        ["gunicorn", "-b", "192.168.1.4:8000", "console.wsgi"],
        ["gunicorn", "--bind=:8000", "console.wsgi"],
    ],
)
def test_development_refuses_to_serve_beyond_loopback(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bind_check(bind_addresses(command), debug=True)
    assert capsys.readouterr().err.startswith("DEBUG: ")
    bind_check(bind_addresses(command), debug=False)


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "runserver"],
        ["manage.py", "runserver", "8001"],
        ["manage.py", "runserver", "127.0.0.1:8001"],
        ["gunicorn", "--bind", "unix:/run/console.sock", "console.wsgi"],
        ["gunicorn", "-b", "localhost:8000", "-b", "[::1]:8000", "console.wsgi"],
    ],
)
def test_development_serves_on_loopback(command: list[str]) -> None:
    bind_check(bind_addresses(command), debug=True)


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, OIDC], ids=["alone", "with single sign-on"])
def test_the_deployment_check_is_silent(more: dict[str, str]) -> None:
    done = start("check", "--deploy", "--fail-level", "WARNING", **GOOD, **more)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "no issues" in done.stdout


def test_the_version_is_that_of_the_project():
    with (HOME / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == django_settings.VERSION


def test_the_configuration_names_variables_and_where_they_come_from_and_nothing_else():
    assert django_settings.CONFIGURATION["SECRET_KEY"] == "set"
    assert django_settings.CONFIGURATION["STATIC_ROOT"] == "default"
    assert set(django_settings.CONFIGURATION.values()) <= {"set", "file", "default"}
