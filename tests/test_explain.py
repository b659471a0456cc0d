"""Every failure is explained: what happened, where, and what to do next."""

import dataclasses

import pytest

from models_admin.errors.explain import Explanation, explain
from models_admin.xerotier import errors

SIDES = {"yours", "key", "service", "network", "console"}


def all_errors() -> list[type[errors.ApiError]]:
    found, todo = [], [errors.ApiError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo.extend(kind.__subclasses__())
    return found


@pytest.mark.parametrize("kind", all_errors())
def test_every_kind_of_error_is_explained_in_full(kind):
    result = explain(kind("it failed"))
    assert result.title
    assert result.detail.endswith(".")
    assert result.next_step.endswith(".")
    assert result.side in SIDES
    assert 400 <= result.http_status < 600
    assert result.http_status not in (401, 500)


@pytest.mark.parametrize(
    ("kind", "status", "side"),
    [
        (errors.InvalidRequest, 400, "yours"),
        (errors.ConnectFailed, 503, "network"),
        (errors.TimedOut, 504, "network"),
        (errors.ConnectionBroken, 502, "network"),
        (errors.BadAnswer, 502, "service"),
        (errors.AnswerTooLarge, 502, "service"),
        (errors.Redirected, 502, "service"),
        (errors.BadRequest, 400, "yours"),
        (errors.KeyRefused, 403, "key"),
        (errors.Denied, 403, "key"),
        (errors.NotFound, 404, "yours"),
        (errors.Conflict, 409, "yours"),
        (errors.RateLimited, 429, "key"),
        (errors.ServiceFailed, 502, "service"),
        (errors.Busy, 503, "console"),
    ],
)
def test_each_kind_has_its_status_and_its_side(kind, status, side):
    result = explain(kind("no"))
    assert (result.http_status, result.side) == (status, side)


def test_a_rejected_key_and_each_denial_have_different_titles():
    refused = explain(errors.KeyRefused("no", status=401))
    scope = explain(errors.Denied("no", status=403, code="scope_insufficient"))
    other = explain(errors.Denied("no", status=403, code="cross_project_access"))
    address = explain(errors.Denied("no", status=403, code="ip_not_allowed"))
    plain = explain(errors.Denied("no", status=403))
    titles = {item.title for item in (refused, scope, other, address, plain)}
    assert len(titles) == 5
    assert "revoked" in refused.detail
    assert all("valid" in item.detail for item in (other, plain))
    assert "restricted" in address.detail
    assert "Model Management" in scope.detail
    assert "another project" in other.title


def test_the_code_of_a_missing_scope_decides_even_with_status_401():
    """The API sends scope_insufficient with the type authentication_error: the code counts."""
    assert explain(errors.KeyRefused("no", status=401, code="scope_insufficient")).title == (
        "Key lacks the Model Management scope"
    )


def test_capacity_may_be_tried_again_and_a_quota_may_not():
    capacity = explain(errors.RateLimited("no", status=429, code="capacity_exceeded", retry_after=2))
    quota = explain(errors.RateLimited("no", status=429, code="quota_exceeded", retry_after=2))
    assert (capacity.side, capacity.retry_after, capacity.action) == ("service", 2, "retry")
    assert (quota.retry_after, quota.action) == (None, "models")
    assert "won't help" in quota.next_step


def test_an_inactive_endpoint_is_named():
    result = explain(errors.ServiceFailed("no", status=503, code="endpoint_inactive"))
    assert "not active" in result.title
    assert result.side == "service"


def test_an_unexpected_response_is_not_quoted():
    result = explain(errors.BadAnswer("<html>maintenance</html>", status=200))
    assert "maintenance</html>" not in result.detail
    assert "proxy" in result.detail


def test_the_consoles_own_words_are_not_quoted_as_the_services():
    result = explain(errors.NotFound("The API does not know it.", status=404, has_message=False))
    assert "The service said" not in result.detail


def test_the_services_own_words_are_quoted_in_the_detail():
    result = explain(errors.BadRequest("context_length must be positive", status=400, param="context_length"))
    assert result.detail.endswith("The service said: context_length must be positive")


def test_long_and_hidden_words_are_cut_and_made_visible():
    result = explain(errors.Conflict("a\u202eb\x00" + "x" * 5000, status=409))
    assert len(result.detail) < 500
    assert "\u202e" not in result.detail
    assert "\x00" not in result.detail


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (None, None),
        (0, 0),
        (1.2, 2),
        (30, 30),
        (10**9, 3600),
        (-3, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_the_countdown_is_in_whole_seconds_and_ignores_impossible_values(said, shown):
    assert explain(errors.RateLimited("no", status=429, retry_after=said)).retry_after == shown


def test_the_request_id_is_kept_to_copy():
    assert explain(errors.ServiceFailed("no", status=500, request_id="req_1")).request_id == "req_1"
    assert explain(errors.TimedOut("no")).request_id is None


def test_an_explanation_cannot_be_changed():
    result = explain(errors.Busy("no"))
    assert isinstance(result, Explanation)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.title = "other"  # type: ignore[misc]


def test_a_page_of_a_proxy_is_named_after_its_sender():
    result = explain(errors.ProxyRefused("Refused.", status=403, has_message=False, proxy="cloud\u202eflare"))
    assert result.title == "Blocked by a proxy or firewall"
    assert "It was sent by cloud⟦U+202E⟧flare." in result.detail
    assert "key" not in result.detail


def test_a_request_that_was_too_large_is_explained_with_its_size():
    error = errors.TooLarge("Too large.", status=413, has_message=False)
    error.request_size = 12_345
    assert "The console sent 12,345 bytes." in explain(error).detail


def test_the_service_goes_by_the_name_that_the_operator_gave_it(settings):
    settings.SERVICE_NAME = "Acme Inference"
    failed = explain(errors.ServiceFailed("no", status=500))
    assert failed.where == "Acme Inference"
    assert "send the request ID to Acme Inference support" in failed.next_step
    assert not any("{service}" in text or "Xerotier" in text for text in (failed.detail, failed.next_step))
