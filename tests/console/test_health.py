"""Alive and ready: what monitoring asks."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client


def test_it_is_alive_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_it_is_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: object) -> None:
        raise OperationalError("server closed the connection at /secret/path")

    monkeypatch.setattr("console.health.connection.cursor", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_it_only_reads(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
