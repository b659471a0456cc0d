"""Tokens, code, verifier and client secret: after a sign-in, everything that could have kept them is searched."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from structlog.stdlib import ProcessorFormatter

from tests.conftest import connect_by_page as connect
from tests.oidc.conftest import SECRET, set_up
from tests.oidc.stub import CLIENT_ID, serving
from tests.oidc.test_hostile_provider import back
from tests.pages import body_of
from tests.security.test_canary import Sinks
from tests.security.test_canary import logs as logs  # a fixture

ACCESS, REFRESH, CODE = "CANARY-access-9f31c2", "CANARY-refresh-77ab01", "CANARY-code-41d0e8"


@pytest.fixture
def stub(settings: Any) -> Iterator[Any]:
    with serving() as running:
        running.tokens |= {"access_token": ACCESS, "refresh_token": REFRESH}
        running.claims["picture"] = "CANARY-claim-c0ffee"
        set_up(settings, issuer=running.url, client_id=CLIENT_ID)
        yield running


@pytest.fixture
def lines(logs: list[str]) -> Iterator[io.StringIO]:
    """The log as it is written, at every level."""
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        next(h.formatter for h in root.handlers if isinstance(h.formatter, ProcessorFormatter))
    )
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def tables() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, repr(row)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", ["", "/userinfo", "/keys", "/token"])
def test_no_token_and_no_secret_is_in_any_sink(client, stub, api_url, logs, lines, fails):
    if fails:
        stub.raw[fails] = (400, {}, b'{"error": "invalid"}')
        stub.claims.pop("groups")
    answers = [client.get("/sign-in/"), back(client, stub, code=CODE)]
    assert answers[-1].status_code == (502 if fails else 302)
    if not fails:
        connect(client)
        answers += [client.get(path) for path in ("/", "/account/", "/about/", "/activity/", "/team/")]
    verifier = next(form["code_verifier"][0] for _, _, form in stub.asked if "code_verifier" in form)
    secrets = [ACCESS, REFRESH, SECRET, stub.id_token(), "CANARY-claim-c0ffee", verifier]
    sinks = Sinks([*secrets, CODE])
    for answer in answers:
        sinks.look("answers", f"{answer.headers} {body_of(answer)}", answer.request["PATH_INFO"])
    for table, text in tables():
        sinks.look("tables", text, table)
    for session in Session.objects.all():
        sinks.look("sessions", repr(session.get_decoded()))
    for line in lines.getvalue().splitlines():
        sinks.look("lines", line, line[:200])
    # A record refers to the request, whose address has the code; lines that are written do not.
    records = Sinks(secrets)
    for text in logs:
        records.look("log records", text, text[:200])
    assert sinks.found + records.found == []
    assert sinks.looked["tables"] > 10
    assert sinks.looked["lines"] >= 2
    assert records.looked["log records"] >= 2
    sinks.look("control", f"code={CODE}")
    assert len(sinks.found) == 1
