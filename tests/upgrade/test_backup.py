"""A backup taken while the console runs is restored elsewhere: everything is in it, and no key can be decrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from models_admin.access import vault
from sandbox.running import Running
from tests.browser.server import (
    PASSWORD,
    ROOT,
    console_migrated,
    console_serving,
    manage,
)
from tests.faults.person import Person
from tests.pages import Page
from tests.sandbox_fixture import KEY, PROJECT
from tests.security.test_canary import spellings
from tests.upgrade.databases import Database, database_made

MODELS, ACTIVITY = f"/projects/{PROJECT}/models/", f"/projects/{PROJECT}/activity/"
NEW_SECRETS = {
    "SECRET_KEY": "elsewhere-51d0c7f2a94e4b38b6c1e07f3d2a9865",
    "VAULT_KEYS": "elsewhere-vault-c41f8e2d7b5a4960938271605f4e3d2c",
}


KEEPER = {
    "DJANGO_SUPERUSER_USERNAME": "keeper",
    "DJANGO_SUPERUSER_EMAIL": "keeper@example.com",
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
}


@dataclass(frozen=True)
class Backup:
    """What was dumped, as a file and as text; the cookies of someone who was connected; where it is restored."""

    path: Path
    text: str
    cookies: dict[str, str]
    environment: dict[str, str]
    restored: Database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def backup(
    request: pytest.FixtureRequest, sandbox_running: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backup]:
    folder = tmp_path_factory.mktemp("backup")
    sandbox_running.reset()
    with database_made(request.param, folder) as database:
        variables = {"DATABASE_URL": database.url, **KEEPER}
        environment = console_migrated(api_url=sandbox_running.url, folder=folder, **variables)
        manage(environment, "createsuperuser", "--noinput", "--verbosity=0")
        with console_serving(environment, folder=folder) as console:
            person = Person(console.url, "keeper")
            person.post(*person.form_of("edit", value="Saved before the backup"))
            text = database.dump(folder / "backup")
            restored = database.other("elsewhere")
            restored.restore(folder / "backup")
            assert person.get(MODELS).url.endswith(MODELS)  # the cookies are good where they were given
        cookies = dict(person.browser.cookies)
        yield Backup(
            folder / "backup", text, cookies, {**environment, "DATABASE_URL": restored.url}, restored
        )


def test_it_holds_neither_a_key_nor_what_decrypts_one(backup: Backup) -> None:
    assert "Saved before the backup" in backup.text
    assert backup.cookies["sessionid"] in backup.text
    for secret in (KEY, backup.cookies["vault_secret"], backup.environment["VAULT_KEYS"]):
        for written in spellings(secret):
            assert written not in backup.text


def test_a_session_in_it_reaches_no_project_even_with_all_secrets_of_the_server(
    backup: Backup, sandbox_running: Running, tmp_path: Path
) -> None:
    """Whoever has the backup and the server's secrets can use a session's ID, but has no vault cookie."""
    with console_serving(backup.environment, folder=tmp_path) as console:
        sandbox_running.requests.clear()
        stolen = {"sessionid": backup.cookies["sessionid"]}
        for cookies in (stolen, {**stolen, "vault_secret": vault.cookie_new()}):
            page = requests.get(console.url + MODELS, cookies=cookies, timeout=30)
            assert page.url.partition("?")[0].endswith("/connect/"), page.url
        assert sandbox_running.requests == []
        manage(backup.environment, "shell", "--verbosity=0", "-c", _documented_command())
        page = requests.get(console.url + MODELS, cookies=stolen, timeout=30)
        assert page.url.partition("?")[0].endswith("/sign-in/"), page.url


def _documented_command() -> str:
    """The command that ends all sessions, as the documents have it."""
    found = re.findall(r'python manage\.py shell -c "(.+?)"', (ROOT / "docs/operations.md").read_text(), re.S)
    [command] = [" ".join(text.split()) for text in found if "Session" in text]
    return command


def test_with_new_secrets_people_sign_in_and_connect_again_and_find_the_activity(
    backup: Backup, sandbox_running: Running, tmp_path: Path
) -> None:
    variables = {**backup.environment, **NEW_SECRETS, "STATIC_ROOT": str(tmp_path / "static")}
    environment = console_migrated(api_url=sandbox_running.url, folder=tmp_path, **variables)
    with console_serving(environment, folder=tmp_path) as console:
        page = requests.get(console.url + MODELS, cookies=backup.cookies, timeout=30)
        assert page.url.partition("?")[0].endswith("/sign-in/"), page.url
        person = Person(console.url, "keeper")
        assert "Saved before the backup" in person.page(ACTIVITY).text
        saved = person.post(*person.form_of("edit", value="Saved elsewhere"))
        assert "Description of my-custom-model saved." in Page(saved.text).text
        assert "Saved elsewhere" in person.page(ACTIVITY).text
