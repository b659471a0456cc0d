"""What the client sends is what the API's description allows: paths, queries, headers, bodies."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from tests.contract.conftest import CALLS, Console

DESCRIPTION = Path(__file__).parents[2] / "sandbox" / "openapi.yaml"


@pytest.fixture(scope="module")
def description() -> OpenAPI:
    return OpenAPI.from_file_path(str(DESCRIPTION))


@pytest.mark.parametrize("name", CALLS)
def test_each_request_is_one_that_the_description_allows(
    console: Console, description: OpenAPI, name: str
) -> None:
    console.call(name)
    assert console.sandbox.requests
    for call in console.sandbox.requests:
        description.validate_request(
            MockRequest(
                "https://api.xerotier.ai",
                call.method.lower(),
                call.path,
                args=call.query,
                headers=call.headers,
                data=call.body.encode() or None,
                content_type=call.headers.get("content-type", ""),
            )
        )


def test_every_field_may_be_sent_and_cleared(console: Console, description: OpenAPI) -> None:
    from models_admin.xerotier.fields import FIELDS

    for item in FIELDS:
        for value in (None, 7 if item.kind == "integer" else "chat" if item.kind == "choice" else "awq"):
            console.call("update_model", changes={item.name: value})
    for call in console.sandbox.requests:
        description.validate_request(
            MockRequest(
                "https://api.xerotier.ai",
                "patch",
                call.path,
                headers=call.headers,
                data=call.body.encode(),
                content_type=call.headers["content-type"],
            )
        )


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_sent_that_need_not_be(console: Console, name: str) -> None:
    console.call(name)
    for call in console.sandbox.requests:
        assert set(call.headers) <= {
            *(
                "host",
                "authorization",
                "accept",
                "accept-encoding",
                "user-agent",
                "content-length",
                "content-type",
            )
        }
        assert ("content-type" in call.headers) == bool(call.body)
