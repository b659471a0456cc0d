"""From an answer to a value or an error, operation by operation."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

from models_admin.xerotier import errors
from models_admin.xerotier.client import Client
from models_admin.xerotier.errors import Outcome
from models_admin.xerotier.responses import MESSAGES, error_of
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiResponse
from tests.xerotier.conftest import CALLS, CHANGES, Pair
from tests.xerotier.servers import KEY, MODEL_ID, Asked, answer, model, says

Against = Callable[..., Pair]
ROUTES = {
    "list_models": ("GET", "/proj_ABC123/v1/models?extended=true&limit=100&offset=0"),
    "check": ("GET", "/proj_ABC123/v1/models?extended=true&limit=1&offset=0"),
    "get_model": ("GET", f"/proj_ABC123/v1/models/{MODEL_ID}?extended=true"),
    "update_model": ("PATCH", f"/proj_ABC123/v1/models/{MODEL_ID}"),
    "delete_model": ("DELETE", f"/proj_ABC123/v1/models/{MODEL_ID}"),
    "revalidate_model": ("POST", f"/proj_ABC123/v1/models/{MODEL_ID}/revalidate"),
    "get_catalog_info": ("GET", f"/proj_ABC123/v1/models/{MODEL_ID}/catalog-info"),
}
KINDS = {
    400: errors.BadRequest,
    401: errors.KeyRefused,
    403: errors.Denied,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    422: errors.BadRequest,
    429: errors.RateLimited,
    500: errors.ServiceFailed,
    502: errors.ServiceFailed,
    503: errors.ServiceFailed,
}


def failing(against: Against, script: Any, name: str = "get_model") -> errors.ApiError:
    with pytest.raises(errors.ApiError) as caught:
        against(script).call(name)
    return caught.value


@pytest.mark.parametrize("name", CALLS)
def test_each_operation_asks_what_the_document_says(against: Against, name: str) -> None:
    pair = against(says({}, 404, X_Request_ID="req_1"))
    if name == "get_catalog_info":
        assert pair.call(name) is None
    else:
        with pytest.raises(errors.NotFound):
            pair.call(name)
    (asked,) = pair.server.asked
    assert (asked.method, asked.target) == ROUTES[name]
    assert asked.header("Authorization") == f"Bearer {KEY}"
    if name == "update_model":
        assert asked.header("Content-Type") == "application/json"
        assert asked.body == b'{"description":"new"}'
    else:
        assert not asked.body


@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_refused_is_told_from_one_unknown(against: Against, name: str, status: int) -> None:
    error = failing(against, says({"error": {"message": "No.", "code": "x"}}, status), name)
    assert type(error) is KINDS[status]
    assert error.outcome is (Outcome.REFUSED if status < 500 else Outcome.UNKNOWN)
    assert (error.status, error.code, error.message) == (status, "x", "No.")


@pytest.mark.parametrize(
    ("body", "message", "code", "param"),
    [
        ({"error": {"message": "Long.", "code": "invalid", "param": "license"}}, "Long.", "invalid", "license"),
        ({"error": {"message": "No code.", "code": None}}, "No code.", None, None),
        ({"message": "An older one."}, "An older one.", None, None),
        ({"error": "Words only."}, "Words only.", None, None),
        ({"error": {"message": ["not", "text"], "code": 7}}, "not; text", None, None),
        ({"error": {"message": {"license": ["Too long."]}}}, "license: Too long.", None, None),
        ({"detail": "Not a vLLM method."}, "Not a vLLM method.", None, None),
        (
            {"detail": [{"loc": ["body", "context_length"], "msg": "Not a number"}, {"msg": "And this"}]},
            "context_length: Not a number; And this", None, "context_length",
        ),
        ({"type": "about:blank", "title": "Bad", "status": 400, "detail": "Too long."}, "Too long.", None, None),
        ({"type": "about:blank", "title": "Bad input", "status": 400}, "Bad input", None, None),
        ({"errors": ["One.", "Two."]}, "One.; Two.", None, None),
        ({"errors": [{"field": "license", "message": "Too long."}]}, "license: Too long.", None, "license"),
        ({"errors": {"license": ["Too long."]}}, "license: Too long.", None, None),
        ({"error": "Bad Request", "message": "Too long.", "code": "long"}, "Too long.", "long", None),
        ({"error": "invalid_request", "error_description": "Too long."}, "Too long.", None, None),
        (["One.", {"message": "Two."}], "One.; Two.", None, None),
        (b"upstream says: too long\n", "upstream says: too long", None, None),
        (b'{"message": "cut', "The API refused the request as invalid.", None, None),
        ({"error": {}}, "The API refused the request as invalid.", None, None),
        ([1, 2], "The API refused the request as invalid.", None, None),
        ({"message": 7}, "The API refused the request as invalid.", None, None),
        (b"<html>Bad</html>", "The API refused the request as invalid.", None, None),
        (b"", "The API refused the request as invalid.", None, None),
        (b"\xff\xfe", "The API refused the request as invalid.", None, None),
        ({"error": {"message": "Two\r\nlines\x00 and \x1b[31m colour"}}, "Two lines and [31m colour", None, None),
    ],
)  # fmt: skip
def test_the_words_of_a_refusal_are_the_apis_where_it_gave_any(
    against: Against, body: Any, message: str, code: str | None, param: str | None
) -> None:
    error = failing(against, says(body, 400, X_Request_ID="req_42"))
    assert (error.message, error.code, error.param) == (message, code, param)
    assert error.request_id == "req_42"
    assert str(error) == message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.ProxyRefused),
        (403, errors.ProxyRefused),
        (413, errors.TooLarge),
        (404, errors.NotFound),
        (429, errors.RateLimited),
        (502, errors.ServiceFailed),
        (503, errors.ServiceFailed),
    ],
)
@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Server": "cloudflare"}, "cloudflare"),
        ({"Via": "1.1 squid (squid/5.7)"}, "1.1 squid (squid/5.7)"),
        ({"Server": "nginx", "Via": "1.1 other"}, "nginx"),
        ({}, ""),
    ],
)
def test_a_proxys_page_is_told_from_an_answer_of_the_api(
    against: Against, status: int, kind: type[errors.ApiError], headers: dict[str, str], name: str
) -> None:
    page = says(b"<!DOCTYPE html><title>Blocked</title>", status, Content_Type="text/html", **headers)
    error = failing(against, page, "update_model")
    assert type(error) is kind
    assert (error.proxy, error.has_message, error.is_json) == (name, False, False)
    assert error.outcome is (Outcome.REFUSED if status < 500 else Outcome.UNKNOWN)


def test_an_answer_of_the_api_has_no_proxy(against: Against) -> None:
    error = failing(against, says({"error": {"message": "No."}}, 403, Server="nginx"))
    assert type(error) is errors.Denied
    assert error.proxy is None


def test_a_request_that_was_too_large_says_how_large_it_was(against: Against) -> None:
    pair = against(says({"error": {"message": "Too large."}}, 413))
    with pytest.raises(errors.TooLarge) as caught:
        pair.call("update_model", changes={"description": "x" * 5000})
    assert caught.value.request_size == len(pair.server.asked[0].body) > 5000
    assert caught.value.outcome is Outcome.REFUSED


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*MESSAGES, "code", "param", "loc", "x"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_an_error_of_any_shape_is_read(body: Any) -> None:
    error = error_of(ApiResponse(400, {}, json.dumps(body).encode()), Secret(KEY))
    assert type(error) is errors.BadRequest
    assert error.message
    assert isinstance(error.code, str | None)
    assert isinstance(error.param, str | None)


def test_long_words_are_cut(against: Against) -> None:
    error = failing(
        against, says({"error": {"message": "x" * 9000, "code": "c" * 9000}}, 400, X_Request_ID="r" * 900)
    )
    assert len(error.message) == 500
    assert len(error.code or "") == len(error.request_id or "") == 128


@pytest.mark.parametrize(
    ("header", "body", "wait"),
    [
        ("7", None, 7),
        ("0", None, 0),
        ("-5", None, 0),
        ("1e300", None, 86400),
        ("nan", None, None),
        ("soon", None, None),
        ("soon", 12, 12),
        ("7", 12, 7),
        (None, 1.5, 1.5),
        (None, True, None),
        (None, [1], None),
        (None, None, None),
        ("Mon, 99 Foo 2026", None, None),
    ],
)
def test_how_long_to_wait(against: Against, header: str | None, body: Any, wait: float | None) -> None:
    headers = {} if header is None else {"Retry_After": header}
    error = failing(against, says({"error": {"message": "m", "retry_after": body}}, 429, **headers))
    assert error.retry_after == wait


def test_how_long_to_wait_may_be_a_date(against: Against) -> None:
    when = datetime.now(timezone.utc) + timedelta(seconds=30)
    error = failing(against, says({}, 503, Retry_After=format_datetime(when, usegmt=True)))
    assert 25 < (error.retry_after or 0) <= 30


JUNK = {
    "a web page": b"<!DOCTYPE html><html><body>Maintenance</body></html>",
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "text": b'"yes"',
    "number": b"1",
    "cut": b'{"id": "abc", "na',
    "deep": b'{"id":' + b"[" * 100_000,
    "deep closed": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two values": b"{}{}",
}


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", CALLS)
def test_junk_with_200_is_a_bad_answer(against: Against, name: str, kind: str) -> None:
    error = failing(against, says(JUNK[kind], X_Request_ID="req_9"), name)
    assert type(error) is errors.BadAnswer
    assert error.outcome is Outcome.UNKNOWN
    assert (error.status, error.request_id) == (200, "req_9")


ODD = {
    "NaN": (b'{"id": "m", "size_bytes": NaN}', {"size_bytes": None, "sent": {"id": "m", "size_bytes": "NaN"}}),
    "Infinity": (b'{"id": "m", "extra": -Infinity}', {"other": {"extra": "-Infinity"}}),
    "1e999": (b'{"id": "m", "size_bytes": 1e999, "extra": 1e999}', {"size_bytes": None, "other": {"extra": "1e999"}}),
    "lone surrogate": (b'{"id": "m", "name": "a\\ud800b"}', {"name": "a\ufffdb"}),
    "lone surrogate in a key": (b'{"id": "m", "a\\udfff": 1}', {"other": {"a\ufffd": 1}}),
    "a pair": (b'{"id": "m", "name": "\\ud83d\\ude00"}', {"name": "\U0001f600"}),
    "invalid UTF-8": (b'{"id": "m", "name": "a\xff\xfeb"}', {"name": "a\ufffd\ufffdb"}),
    "byte order mark": (b'\xef\xbb\xbf{"id": "m", "name": "n"}', {"name": "n"}),
    "5,000 digits": (b'{"id": "m", "size_bytes": ' + b"9" * 5000 + b"}", {"size_bytes": None}),
    "400 digits": (b'{"id": "m", "context_length": ' + b"9" * 400 + b"}", {"context_length": None}),
    "wrong types": (b'{"id": "m", "name": [7], "is_shared": 2}', {"name": None, "is_shared": None}),
    "nulls": (b'{"id": "m", "name": null, "created": null}', {"name": None, "created_at": None}),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_answer_is_survived(against: Against, kind: str) -> None:
    body, expected = ODD[kind]
    found = against(says(body)).call("get_model", model_id="m")
    assert {name: found.value(name) for name in expected} == expected
    repr(found).encode()  # nothing in it that cannot be written


@pytest.mark.parametrize(
    "body",
    [
        {"deleted": False, "modelId": MODEL_ID},
        {"deleted": "true", "modelId": MODEL_ID},
        {"deleted": 1, "modelId": MODEL_ID},
        {"deleted": True},
        {"deleted": True, "modelId": "another"},
        {"deleted": True, "modelId": None},
        {"modelId": MODEL_ID},
        {},
    ],
)
def test_only_a_deletion_of_this_model_is_one(against: Against, body: Any) -> None:
    error = failing(against, says(body), "delete_model")
    assert isinstance(error, errors.BadAnswer)
    assert error.outcome is Outcome.UNKNOWN


def test_a_deletion(against: Against) -> None:
    done = against(says({"deleted": True, "modelId": MODEL_ID}, X_Request_ID="r")).call("delete_model")
    assert (done.deleted, done.model_id, done.request_id) == (True, MODEL_ID, "r")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (202, b"", None),
        (202, {"id": MODEL_ID, "status": "deleting"}, "deleting"),
        (202, {"status": "Deleting"}, "Deleting"),
        (202, {}, None),
        (200, {"modelId": MODEL_ID, "status": "deleting"}, "deleting"),
    ],
)
def test_a_deletion_may_be_accepted_and_not_finished(
    against: Against, status: int, body: Any, said: str | None
) -> None:
    accepted = against(says(body, status, X_Request_ID="r")).call("delete_model")
    assert (accepted.deleted, accepted.status, accepted.request_id) == (False, said, "r")


def test_an_accepted_deletion_of_another_model_is_a_bad_answer(against: Against) -> None:
    error = failing(against, says({"id": "another", "status": "deleting"}, 202), "delete_model")
    assert isinstance(error, errors.BadAnswer)


@pytest.mark.parametrize(("status", "body"), [(204, b""), (202, b""), (202, {"status": "accepted"})])
def test_after_a_change_that_is_answered_without_a_model_it_is_read(
    against: Against, status: int, body: Any
) -> None:
    def script(connection: Any, asked: Asked) -> bool:
        changed = answer(body, status) if asked.method == "PATCH" else answer(model(description="new"))
        connection.sendall(changed)
        return True

    pair = against(script)
    assert pair.call("update_model").value("description") == "new"
    assert [asked.method for asked in pair.server.asked] == ["PATCH", "GET"]


@pytest.mark.parametrize("failure", [404, 403, 500])
def test_if_that_reading_fails_the_outcome_of_the_change_is_unknown(against: Against, failure: int) -> None:
    def script(connection: Any, asked: Asked) -> bool:
        connection.sendall(answer(b"", 204) if asked.method == "PATCH" else answer({}, failure))
        return True

    assert failing(against, script, "update_model").outcome is Outcome.UNKNOWN


def test_no_content_is_no_word_on_what_happened(against: Against) -> None:
    assert failing(against, says(b"", 204), "delete_model").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "body", [{}, {"id": "another", "status": "validating"}, {"id": MODEL_ID}, {"status": "ready"}]
)
def test_only_a_revalidation_of_this_model_is_one(against: Against, body: Any) -> None:
    assert isinstance(failing(against, says(body), "revalidate_model"), errors.BadAnswer)


def test_a_revalidation(against: Against) -> None:
    body = {"id": MODEL_ID, "status": "validating", "message": "Model validation queued"}
    queued = against(says(body)).call("revalidate_model")
    assert (queued.id, queued.status, queued.message) == (MODEL_ID, "validating", "Model validation queued")


@pytest.mark.parametrize("name", ["get_model", "update_model"])
@pytest.mark.parametrize(
    "body", [{}, {"name": "n"}, {"id": None}, {"id": ""}, {"id": "../x"}, model(id="another")]
)
def test_the_facts_of_another_model_are_a_bad_answer(against: Against, name: str, body: Any) -> None:
    assert isinstance(failing(against, says(body), name), errors.BadAnswer)


def test_catalog_info(against: Against) -> None:
    body = {
        "id": MODEL_ID,
        "catalog_role": "deployable",
        "deployment_count": 5,
        "is_on_shared_agents": False,
        "isPublic": True,
        "featured": False,
        "shared_at": "2026-01-15T10:30:00Z",
        "region": "eu",
    }
    info = against(says(body)).call("get_catalog_info")
    assert (info.catalog_role, info.deployment_count, info.is_public) == ("deployable", 5, True)
    assert info.shared_at == datetime(2026, 1, 15, 10, 30, tzinfo=timezone.utc)
    assert info.other == {"region": "eu"}


def test_404_is_the_normal_state_of_a_model_that_is_not_in_the_catalog(against: Against) -> None:
    assert against(says({"error": {"code": "model_not_found"}}, 404)).call("get_catalog_info") is None
    missing = says({"error": {"code": "project_not_found", "message": "No such project."}}, 404)
    assert failing(against, missing, "get_catalog_info").code == "project_not_found"
    page = says(b"<h1>Not found</h1>", 404)
    assert not failing(against, page, "get_catalog_info").is_json


def test_a_mocked_wire_is_read_as_well() -> None:
    """The `responses` library stands in for the adapter; time-outs and breaks keep their meaning there."""
    client = Client("https://api.example.com")
    arguments = {"project": "acme-prod", "key": Secret(KEY), "model_id": "m"}
    url = "https://api.example.com/acme-prod/v1/models/m"
    with responses.RequestsMock() as wire:
        wire.get(url, json={"id": "m", "name": "n"})
        assert client.get_model(**arguments).name == "n"
        wire.delete(url, body=requests.ConnectionError("refused"))
        with pytest.raises(errors.ConnectFailed):
            client.delete_model(**arguments)
        wire.delete(url, body=requests.ReadTimeout())
        with pytest.raises(errors.TimedOut) as caught:
            client.delete_model(**arguments)
        assert caught.value.outcome is Outcome.UNKNOWN
    client.close()
