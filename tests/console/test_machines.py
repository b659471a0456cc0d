"""The addresses that programs request: health checks, the icon, the rules for crawlers."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client


def test_healthz_does_not_use_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_readyz_is_200_when_the_database_answers(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_readyz_is_503_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: object) -> None:
        raise OperationalError("server closed the connection at /secret/path")

    monkeypatch.setattr("console.machines.connection.cursor", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


def test_the_icon_is_where_browsers_look_for_it(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.url) == (302, "/static/icons/favicon.svg")
    assert "max-age" in answer["Cache-Control"]


def test_crawlers_are_refused_everything(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert (answer.status_code, answer.content) == (200, b"User-agent: *\nDisallow: /\n")


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/favicon.ico", "/robots.txt"])
def test_other_methods_are_not_allowed(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
