"""A database made by the first version works with this one, after `migrate`, with its accounts, sessions and activity.

first_version.*.sql are dumps of databases that the console wrote as of commit 9136299, the last one with the migrations
0001 to 0003 alone; no version had been tagged by then. Two people used it through its pages: fay saved, undid,
revalidated, was refused, lost a response, and stayed signed in; so did dora, a Viewer. first_version.json has
the secrets of that console, fay's cookies, and the time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.sessions.backends.db import SessionStore

from models_admin.access import vault
from sandbox.running import Running
from tests.browser.server import PASSWORD, Console, console_migrated, console_serving, manage
from tests.editing import elsewhere
from tests.faults.calls import NAME
from tests.faults.person import Person
from tests.pages import Page
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT
from tests.upgrade.databases import Database, database_made

HERE = Path(__file__).parent
MADE = json.loads((HERE / "first_version.json").read_text())
ACTIVITY = f"/projects/{PROJECT}/activity/"
SECRETS = {"SECRET_KEY": MADE["sqlite"]["secret"], "VAULT_KEYS": MADE["sqlite"]["vault"]}
STRUCTURE = """
import json
from django.db import connection
PARTS = ("columns", "unique", "primary_key", "foreign_key", "check")
with connection.cursor() as cursor:
    tables = {}
    for table in connection.introspection.table_names(cursor):
        fields = connection.introspection.get_table_description(cursor, table)
        constraints = connection.introspection.get_constraints(cursor, table).values()
        tables[table] = [
            sorted([field.name, field.null_ok, str(field.type_code)] for field in fields),
            sorted(str([found[part] for part in PARTS]) for found in constraints),
        ]
    print(json.dumps(tables))
"""


@dataclass(frozen=True)
class Upgraded:
    database: Database
    environment: dict[str, str]
    console: Console
    api: Running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(
    request: pytest.FixtureRequest, sandbox_running: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("upgraded")
    sandbox_running.reset()
    with database_made(request.param, folder) as database:
        database.sql((HERE / f"first_version.{database.kind}.sql").read_text())
        database.sql("UPDATE django_session SET expire_date = '2100-01-01 00:00:00+00:00'")
        variables = {**SECRETS, "DATABASE_URL": database.url}
        environment = console_migrated(api_url=sandbox_running.url, folder=folder, **variables)
        with console_serving(environment, folder=folder) as console:
            yield Upgraded(database, environment, console, sandbox_running)


def test_its_tables_are_those_of_a_new_installation(upgraded: Upgraded, tmp_path: Path) -> None:
    new = upgraded.database.other("new")
    environment = {**upgraded.environment, "DATABASE_URL": new.url}
    manage(environment, "migrate", "--verbosity=0")
    tables = [
        json.loads(manage(one, "shell", "--verbosity=0", "-c", STRUCTURE))
        for one in (upgraded.environment, environment)
    ]
    assert "models_admin_activity" in tables[0]
    assert tables[0] == tables[1]


def test_whoever_was_signed_in_still_is(upgraded: Upgraded) -> None:
    cookies = MADE[upgraded.database.kind]["cookies"]
    page = requests.get(f"{upgraded.console.url}/account/", cookies=cookies, timeout=30)
    assert page.url.endswith("/account/")
    assert "Username fay Role Maintainer" in Page(page.text).text
    assert f"Connected projects {PROJECT}" in Page(page.text).text
    listed = requests.get(f"{upgraded.console.url}/account/sessions/", cookies=cookies, timeout=30)
    assert "this session Address not recorded, since" in Page(listed.text).text


def test_accounts_keep_their_passwords_roles_and_locks(upgraded: Upgraded) -> None:
    url = upgraded.console.url
    team = Person(url, "ana").page("/team/").text
    for name in ("ana", "ben", "chen", "dora", "fay", "gil"):
        assert name in team
    refused = Person.__new__(Person)
    refused.url, refused.browser = url, requests.Session()
    answer = refused.post("/sign-in/", {"username": "gil", "password": PASSWORD})
    assert answer.url.endswith("/sign-in/")
    viewer = Person(url, "dora")
    assert Person(url, "ben").get(f"/projects/{PROJECT}/models/{EXAMPLE_ID}/delete/").status_code == 200
    assert viewer.get(f"/projects/{PROJECT}/models/{EXAMPLE_ID}/delete/").status_code == 403


def test_its_activity_is_shown_searched_and_undone(upgraded: Upgraded) -> None:
    elsewhere(upgraded.api, description="Set by the first version")
    person = Person(upgraded.console.url, "fay")
    text = person.page(ACTIVITY).text
    for words in (
        "Set by the first version",
        "Set and undone by the first version",
        "Refused by the API of the first version.",
        "Refused in the first version",
        "Never known in the first version",
        "Unknown",
        "Undo",
    ):
        assert words in text, words
    assert "Set by the first version" in person.page(f"{ACTIVITY}?model={NAME.upper()}&who=fay").text
    assert "Set by the first version" not in person.page(f"{ACTIVITY}?who=dora").text
    undone = person.post(*person.form_of("undo"))
    assert "Undone" in Page(undone.text).text
    assert _description(upgraded.api) != "Set by the first version"
    saved = person.post(*person.form_of("edit", value="Saved after the upgrade"))
    assert "Description of my-custom-model saved." in Page(saved.text).text
    assert "Saved after the upgrade" in person.page(ACTIVITY).text


def _description(api: Running) -> Any:
    return api.store.project(PROJECT).models[EXAMPLE_ID].facts["description"]


def test_a_key_encrypted_by_the_first_version_is_decrypted_until_its_session_ends(settings: Any) -> None:
    made = MADE["sqlite"]
    settings.SECRET_KEY, settings.VAULT_KEYS = made["secret"], [made["vault"]]
    settings.XEROTIER_API_URL = made["api"]
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript((HERE / "first_version.sqlite.sql").read_text())
        rows = database.execute(
            "SELECT session_data FROM django_session WHERE session_key = ?", [made["cookies"]["sessionid"]]
        )
        session = SessionStore().decode(rows.fetchone()[0])
    entry = session["connections"]["projects"][PROJECT]
    given: dict[str, Any] = {
        "sealed": vault.Sealed(kid=entry["kid"], blob=entry["sealed"]),
        "user_id": int(session["_auth_user_id"]),
        "project": PROJECT,
    }
    cookie = vault.cookie_read(made["cookies"]["vault_secret"])
    assert vault.unseal(**given, cookie=cookie, now=made["at"] + 60).key.reveal() == KEY
    with pytest.raises(vault.VaultExpired):
        vault.unseal(**given, cookie=cookie, now=made["at"] + settings.SESSION_ABSOLUTE_AGE)
    with pytest.raises(vault.VaultLocked):
        vault.unseal(**given, cookie=bytes(32), now=made["at"] + 60)
