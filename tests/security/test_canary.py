"""One key, used at every address and under every fault; then everything that could have kept it is searched."""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection
from django.views.debug import ExceptionReporter

from models_admin.formatting.values import base_of
from models_admin.services import listing
from models_admin.services.client import client as api_client
from tests.addresses import addresses
from tests.conftest import PASSWORD
from tests.editing import HTMX, field_url
from tests.faults.calls import CHANGES, OWN, PAGE
from tests.faults.kinds import FAULTS
from tests.pages import body_of
from tests.sandbox_fixture import KEY, PROJECT
from tests.views.test_second_factor import code, shown
from tests.views.test_second_factor import still as still  # a fixture

CANARY = "xero_myproject_CANARY-k3y_that_must_not_be_kept_anywhere-7f3a"
ROOT = Path(__file__).resolve().parents[2]
LEAST = {"answers": 1000, "log records": 1500, "tables": 10, "files": 60, "crash reports": 50}
# Where a fault shows itself; the other addresses ask nobody.
ASKING = [
    "/projects/proj_ABC123/models/",
    "/projects/proj_ABC123/models/rows/",
    "/projects/proj_ABC123/models/statuses/",
    "/projects/proj_ABC123/models/export.csv",
    "/projects/proj_ABC123/models/export.json",
    PAGE,
]
ASKING += [f"{PAGE}{end}" for end in ("catalog/", "revalidation/", "status/", "delete/")]
ASKING += [field_url("license"), f"{field_url('license')}value/", f"{PAGE}?catalog=1"]


def spellings(secret: str) -> list[str]:
    """The secret as it is, and as encodings would carry it."""
    raw = secret.encode()
    inner = [
        base64.b64encode(raw[cut:])[:-4].decode() for cut in range(3)
    ]  # wherever it stands in a longer text
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1], raw.hex(), secret[::-1], *inner]


class Sinks:
    """Everything that was written while the key was in use."""

    def __init__(self, secrets: list[str]) -> None:
        self.pattern = re.compile("|".join(re.escape(s) for secret in secrets for s in spellings(secret)))
        self.looked: dict[str, int] = {}
        self.found: list[str] = []

    def look(self, kind: str, text: str | bytes, where: str = "") -> None:
        self.looked[kind] = self.looked.get(kind, 0) + 1
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if self.pattern.search(text):
            self.found.append(f"{kind}: {where}")


class Listener(logging.Handler):
    """Every record of every logger, at every level, with its traceback and whatever hangs on it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.texts.append(f"{record.__dict__!r} {record.getMessage()} {error}")


@pytest.fixture
def logs() -> Iterator[list[str]]:
    root, listener = logging.getLogger(), Listener()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield listener.texts
    root.setLevel(level)
    root.removeHandler(listener)


@pytest.fixture
def reports() -> Iterator[list[str]]:
    """What a crash would send by mail or show, frames and their variables included."""
    texts: list[str] = []

    def crashed(request: Any = None, **_more: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
        texts.extend([reporter.get_traceback_html(), reporter.get_traceback_text()])

    got_request_exception.connect(crashed)
    yield texts
    got_request_exception.disconnect(crashed)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_canary_in_no_sink(client, person, api_url, sandbox, logs, reports, monkeypatch):
    sandbox.store.keys[CANARY] = sandbox.store.keys[KEY]
    sandbox.set(sharing="on", versions="on", uploads="on")  # the session remembers a route that is missing
    user = person("Administrator")
    client.raise_request_exception = False
    assert client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 302
    client.user = user
    answers = [client.post("/connect/", {"project_id": PROJECT, "api_key": CANARY})]
    cookie = client.cookies[django_settings.VAULT_COOKIE_NAME].value
    sinks = Sinks([CANARY, cookie])
    answers += list(_every_address(client, user))
    answers += list(_every_change(client, sandbox))
    answers += list(_every_fault(client, sandbox, monkeypatch))
    answers += list(_every_crash(client, monkeypatch))
    for answer in answers:
        _look_at(sinks, answer)
    for text in logs:
        sinks.look("log records", text, text[:200])
    for text in reports:
        sinks.look("crash reports", text, text[:200])
    _look_at_rest(sinks)
    assert sinks.found == []
    assert {kind: n for kind, n in LEAST.items() if sinks.looked.get(kind, 0) < n} == {}, sinks.looked
    assert any(CANARY[:12] not in call.headers["authorization"] for call in sandbox.requests)
    # The search itself works: where the key must be, it is found.
    sinks.look("control", f"Authorization: Bearer {CANARY}")
    sinks.look("control", base64.b64encode(f'{{"key": "{CANARY}"}}'.encode()))
    assert len(sinks.found) == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_secret_of_a_second_factor_is_in_any_sink(client, person, logs, reports, monkeypatch):
    user = person("Administrator")
    client.raise_request_exception = False
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    secret = shown(client.get("/account/factor/app/"))
    answers = [client.post("/account/factor/app/", {"code": "000"})]
    with monkeypatch.context() as broken:  # a bug of ours with the secret at hand
        broken.setattr("models_admin.services.second_factor.RecoveryCodes.activate", lambda _user: 1 / 0)
        answers.append(client.post("/account/factor/app/", {"code": code(secret)}))
    answers.append(client.post("/account/factor/app/", {"code": code(secret)}))
    codes = re.findall(r"<li>(\d{10})</li>", body_of(client.get("/account/factor/codes/")))
    client.post("/sign-out/")
    password = {"username": user.username, "password": PASSWORD}
    answers += [client.post("/sign-in/", password), client.get("/sign-in/factor/")]
    answers += [client.post("/sign-in/factor/", {"code": typed}) for typed in ("000", codes[0])]
    answers += [client.get(path) for path in ("/account/", "/account/factor/", "/team/", "/about/")]
    sinks = Sinks([secret, *codes])
    for answer in answers:
        _look_at(sinks, answer)
    for text in logs:
        sinks.look("log records", text, text[:200])
    for text in reports:
        sinks.look("crash reports", text, text[:200])
    _look_at_rest(sinks)
    assert sinks.found == []
    assert [answer.status_code for answer in answers[:3]] == [422, 500, 302]
    assert sinks.looked["crash reports"] == 2
    assert client.session["_auth_user_id"] == str(user.pk)
    sinks.look("control", codes[9])
    assert sinks.found[-1] == "control: "


def _every_address(client: Any, user: Any) -> Iterator[Any]:
    for address in addresses(pk=user.pk, id=user.pk, object_id=user.pk):
        if address.name in ("sign-out", "connection-forget", "team-lock"):
            continue
        for headers in ({}, HTMX):
            for method in ("get", "post"):
                yield getattr(client, method)(address.path, headers=headers)
        for method in ("head", "put", "delete"):
            yield getattr(client, method)(address.path)
    for wrong in (CANARY, f"{CANARY}\n", f" {CANARY} ", CANARY + "é", CANARY * 30):  # typed into every field
        yield client.post("/connect/", {"project_id": wrong, "api_key": wrong[:-1] + "x"})


def _every_change(client: Any, sandbox: Any) -> Iterator[Any]:
    from models_admin.models import Activity

    for kind in [*CHANGES, *OWN]:
        Activity.objects.all().delete()
        sandbox.settings.validation_s = 0
        ready = kind.ready(client, sandbox, False)
        yield ready.send({})
        yield ready.send(HTMX)
        if kind.change == "DELETE":
            sandbox.store.reset()
            sandbox.store.keys[CANARY] = sandbox.store.keys[KEY]


def _every_fault(client: Any, sandbox: Any, monkeypatch: Any) -> Iterator[Any]:
    for number, fault in enumerate(FAULTS):
        if fault.road:
            continue
        monkeypatch.setattr("models_admin.xerotier.client.CALL_DEADLINE", 0.1 if fault.holds else 20)
        detail = {**fault.detail}
        if fault.kind == "status" and "envelope" not in detail:
            detail["message"] = f"The key {CANARY} is no good."  # a service that repeats the key
        sandbox.fault(fault.kind, times=None, **detail)
        for place, path in list(enumerate(ASKING))[number % 2 :: 2]:
            asked = {"fresh": "1"} if path == "/projects/proj_ABC123/models/" else {}
            yield client.get(path, asked, headers=HTMX if (number + place) // 2 % 2 else {})
        sandbox.clear_faults()
    monkeypatch.undo()


def _every_crash(client: Any, monkeypatch: Any) -> Iterator[Any]:
    """A bug of ours with the key at hand, deep in the call."""

    def bug(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(api_client()._transport, "send", bug)
    for path in ASKING:
        for headers in ({}, HTMX):
            listing.cache.clear()  # a list just read would spare the call
            yield client.get(path, headers=headers)
    yield client.post("/connect/", {"project_id": PROJECT, "api_key": CANARY})
    for path in (f"{PAGE}revalidate/", f"{PAGE}delete/", field_url("license")):
        yield client.post(path, {"value": "MIT", "confirm_name": "x", "token": "x", "base": base_of(None)})


def _look_at(sinks: Sinks, answer: Any) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    cookies = "\n".join(
        morsel.output()
        for name, morsel in answer.cookies.items()
        if name != django_settings.VAULT_COOKIE_NAME
    )
    where = f"{answer.status_code} {answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']}"
    body = body_of(answer) if "charset" in answer.headers.get("Content-Type", "") else ""
    sinks.look("answers", f"{headers}\n{cookies}\n{body}", where)


def _look_at_rest(sinks: Sinks) -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            sinks.look("tables", repr(cursor.fetchall()), table)
    for session in Session.objects.all():
        sinks.look("sessions", json.dumps(session.get_decoded()), "a session")
    if connection.vendor == "sqlite":
        for path in Path(connection.settings_dict["NAME"]).parent.glob("*"):
            sinks.look("files", path.read_bytes(), str(path))
    for path in [*ROOT.glob("static/**/*"), *ROOT.glob("templates/**/*"), *ROOT.glob("console/*.py")]:
        if path.is_file():
            sinks.look("files", path.read_bytes(), str(path))
    sinks.look("caches", repr(getattr(cache, "_cache", {})), "Django's cache")
    sinks.look("caches", repr(listing.cache.__dict__), "kept lists")
