"""The client of the process: one, made late, of the operator's settings."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models_admin.services.client import client
from models_admin.xerotier import errors
from models_admin.xerotier.secret import Secret
from tests.sandbox_fixture import KEY, PROJECT


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    client.cache_clear()
    yield
    client.cache_clear()


def test_there_is_one_client_a_process(api_url: str) -> None:
    assert client() is client()
    assert client().list_models(project=PROJECT, key=Secret(KEY)).complete


def test_the_address_and_the_bound_are_the_settings(sandbox: Any, settings: Any) -> None:
    settings.XEROTIER_API_URL = sandbox.url
    settings.API_MAX_CALLS = 1
    sandbox.fault("slow", seconds=0.5)
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(client().check, project=PROJECT, key=Secret(KEY)) for _ in range(2)]
        failures = [call.exception() for call in calls]
    assert [type(failure) for failure in failures if failure] == [errors.Busy]


def test_an_address_that_is_none_is_told_in_a_sentence(settings: Any) -> None:
    settings.XEROTIER_API_URL = "https://user:secret@api.example.com"
    with pytest.raises(ValueError, match="user name or password") as caught:
        client()
    assert "secret" not in str(caught.value)
