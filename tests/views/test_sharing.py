"""Sharing and unsharing a model by the page and by the dialog, against the live sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from models_admin.models import Activity
from tests.conftest import connect, sign_in
from tests.editing import HTMX, MODEL, field_url, hidden, messages_of, words
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

SHARE, UNSHARE, PANEL = f"{MODEL}share/", f"{MODEL}unshare/", f"{MODEL}sharing/"
NAME = "my-custom-model"
ANSWERS = ["older", "model", "message", "empty"]


@pytest.fixture
def sharing(sandbox: Any, connected: Any) -> Any:
    """The API can share models, and the model is not shared."""
    sandbox.set(sharing="on")
    return sandbox


@pytest.fixture
def shared(sharing: Any) -> Any:
    record(sharing).change({"is_shared": True, "catalog_role": "deployable"})
    return sharing


def record(sandbox: Any) -> Any:
    return sandbox.store.model(sandbox.store.project(PROJECT), EXAMPLE_ID)


def calls(sandbox: Any, route: str) -> int:
    return sum(1 for call in sandbox.requests if call.route == route)


def text_of(answer: HttpResponse) -> str:
    return page_of(answer).text


@pytest.mark.parametrize("form", ANSWERS)
def test_a_model_is_shared_once_whatever_the_answer_looks_like(
    connected: Any, sharing: Any, form: str
) -> None:
    sharing.set(sharing_format=form)
    answer = connected.post(SHARE, hidden(connected.get(SHARE)))
    assert f"{NAME} is shared in the public catalog." in messages_of(connected, answer)
    assert record(sharing).facts["is_shared"] is True
    assert calls(sharing, "share") == 1
    row = Activity.objects.get()
    assert (row.action, row.outcome, row.message) == ("share", "done", "")
    assert row.changes == [{"field": "is_shared", "before": False, "after": True, "before_known": True}]


@pytest.mark.parametrize("form", ANSWERS)
def test_a_model_is_unshared_once_whatever_the_answer_looks_like(
    connected: Any, shared: Any, form: str
) -> None:
    shared.set(sharing_format=form)
    answer = connected.post(UNSHARE, hidden(connected.get(UNSHARE)))
    assert f"{NAME} is no longer shared." in messages_of(connected, answer)
    assert (record(shared).facts["is_shared"], record(shared).catalog) == (False, None)
    assert (calls(shared, "unshare"), Activity.objects.get().outcome) == (1, "done")


def test_the_dialog_says_what_becomes_public(connected: Any, sharing: Any) -> None:
    answer = connected.get(SHARE, headers=HTMX)
    text = text_of(answer)
    assert "<html" not in answer.content.decode()
    assert f"Share {NAME}?" in text
    assert "appears in the public catalog" in text
    assert "A fine-tuned LLM for code generation" in text
    for label in ("Description", "License", "Parameters", "Context length", "Workload"):
        assert label in text
    assert "endpoints that others have created by then keep serving it" in text
    assert "/share" in text
    assert "The same request as curl and Python" in text


def test_the_dialog_says_what_unsharing_costs(connected: Any, shared: Any) -> None:
    text = text_of(connected.get(UNSHARE))
    assert "Endpoints that others already have keep serving the model." in text
    assert "deployment count, its featured flag and its catalog role are lost permanently" in text
    assert "Deployments 5" in text


def test_the_dialog_warns_where_the_status_may_be_refused(connected: Any, sharing: Any) -> None:
    record(sharing).change({"status": "error"})
    form = connected.get(SHARE)
    assert "may refuse to share a model that isn't ready or active" in text_of(form)
    answer = connected.post(SHARE, hidden(form))
    assert answer.status_code == 422
    assert "The model was not shared." in text_of(answer)
    assert (Activity.objects.get().outcome, calls(sharing, "share")) == ("refused", 1)


def test_the_page_offers_what_the_model_is_not_yet(connected: Any, sharing: Any) -> None:
    assert "Share…" in text_of(connected.get(f"{PANEL}?shared=no", headers=HTMX))
    page = text_of(connected.get(MODEL))
    assert "Share…" in page
    assert "Unshare…" not in page
    record(sharing).change({"is_shared": True})
    assert "Unshare…" in text_of(connected.get(MODEL))


@pytest.mark.parametrize("setting", ["off", "forbidden"])
def test_where_the_api_cannot_share_nothing_is_offered_and_it_is_asked_once(
    connected: Any, sandbox: Any, setting: str
) -> None:
    sandbox.set(sharing=setting)
    if setting == "forbidden":  # only a POST meets this refusal
        answer = connected.post(SHARE, hidden(connected.get(SHARE)))
        assert answer.status_code == 422
    else:
        panel = page_of(connected.get(PANEL, headers=HTMX))
        assert not {"button", "form", "a"} & {tag for tag, attrs in panel.tags if "data-dismiss" not in attrs}
    asked = len(sandbox.requests)
    for _ in range(2):
        page = page_of(connected.get(MODEL))
        assert "Share…" not in page.text
        assert PANEL not in "".join(page.attributes("hx-get"))
    assert len(sandbox.requests) == asked + 2  # the model itself
    for address in (SHARE, UNSHARE):
        answer = connected.get(address)
        assert answer.status_code == (404 if setting == "off" else 403)
        assert "Sharing not available" in text_of(answer)
    assert connected.post(SHARE, {"token": "x"}).status_code in (403, 404, 422)
    assert calls(sandbox, "share") == (setting == "forbidden")


@pytest.mark.parametrize("method", [405, 404])
def test_a_probe_never_changes_anything_and_is_made_once(connected: Any, sharing: Any, method: int) -> None:
    sharing.set(wrong_method=method)
    for _ in range(3):
        assert "Share…" in text_of(connected.get(f"{PANEL}?shared=no", headers=HTMX))
    probes = [call for call in sharing.requests if call.route == "wrong_method"]
    assert len(probes) == (1 if method == 405 else 2)
    assert {call.method for call in sharing.requests} == {"GET"}
    assert EXAMPLE_ID not in {call.model_id for call in probes}


def test_a_probe_that_fails_is_made_again_and_hides_nothing(connected: Any, sharing: Any) -> None:
    sharing.fault("status", route="wrong_method", status=503)
    assert "Share…" in text_of(connected.get(f"{PANEL}?shared=no", headers=HTMX))
    assert "Share…" in text_of(connected.get(f"{PANEL}?shared=no", headers=HTMX))
    assert calls(sharing, "wrong_method") == 2


def test_a_model_that_someone_else_shared_meanwhile_is_not_shared_again(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    record(sharing).change({"is_shared": True})
    answer = connected.post(SHARE, form)
    assert answer.status_code == 409
    assert f"{NAME} is already shared" in text_of(answer)
    assert (calls(sharing, "share"), Activity.objects.count()) == (0, 0)


def test_a_model_with_another_name_is_asked_for_again(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    record(sharing).change({"name": "another"})
    answer = connected.post(SHARE, form)
    assert answer.status_code == 409
    assert "The model has changed since you opened this." in text_of(answer)
    assert calls(sharing, "share") == 0
    answer = connected.post(SHARE, hidden(answer))
    assert "another is shared" in messages_of(connected, answer)


def test_a_form_counts_once(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    connected.post(SHARE, form)
    again = connected.post(SHARE, form)
    assert "This form was already used." in messages_of(connected, again)
    assert (calls(sharing, "share"), Activity.objects.count()) == (1, 1)


def test_a_form_of_sharing_is_none_of_unsharing(connected: Any, shared: Any) -> None:
    answer = connected.post(SHARE, hidden(connected.get(UNSHARE)))
    assert answer.status_code == 422
    assert "This form had expired." in text_of(answer)
    assert calls(shared, "share") == 0


def test_an_answer_that_was_lost_is_checked_by_reading(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    sharing.fault("reset_after", route="share")
    answer = connected.post(SHARE, form)
    assert "When the console checked, the model was shared." in messages_of(connected, answer)
    assert (calls(sharing, "share"), Activity.objects.get().outcome) == (1, "done")


def test_an_answer_that_was_lost_before_anything_happened_stays_unknown(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    sharing.fault("reset_before", route="share")
    answer = connected.post(SHARE, form, headers=HTMX)
    assert answer.status_code == 502
    assert f"We don't know whether {NAME} was shared" in text_of(answer)
    assert "the model was still not shared" in text_of(answer)
    assert (calls(sharing, "share"), Activity.objects.get().outcome) == (1, "unknown")


def test_an_answer_that_the_model_contradicts_is_not_believed(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    sharing.fault("status", route="share", status=200, code="x")
    answer = connected.post(SHARE, form)
    assert answer.status_code == 502
    assert (
        "The API accepted the request. When the console checked, the model was still not shared."
        in text_of(answer)
    )
    assert Activity.objects.get().outcome == "unknown"


def test_a_model_that_was_deleted_meanwhile_is_said_to_be_gone(connected: Any, sharing: Any) -> None:
    form = hidden(connected.get(SHARE))
    sharing.fault("status", route="share", status=404, code="model_not_found")
    sharing.fault("status", route="get", status=404, code="model_not_found", skip=1)
    answer = connected.post(SHARE, form)
    assert answer.status_code == 404
    assert f"{NAME} no longer exists" in text_of(answer)


def test_an_editor_sees_the_buttons_disabled_with_the_reason(
    client: Any, person: Any, api_url: str, sandbox: Any
) -> None:
    sandbox.set(sharing="on")
    connect(sign_in(client, person("Editor")))
    answer = client.get(f"{PANEL}?shared=no", headers=HTMX)
    assert 'aria-disabled="true"' in answer.content.decode()
    assert "need the Maintainer role" in words(answer)
    assert client.get(SHARE).status_code == 403


def test_the_activity_words_it_and_repeats_its_request(connected: Any, shared: Any) -> None:
    connected.post(UNSHARE, hidden(connected.get(UNSHARE)))
    row = Activity.objects.get()
    page = text_of(connected.get(f"/projects/{PROJECT}/activity/{row.pk}/"))
    assert "Unshared the model" in page
    assert f"/models/{EXAMPLE_ID}/unshare" in page
    listed = text_of(connected.get(f"/projects/{PROJECT}/activity/?action=unshare"))
    assert "Unshared the model" in listed
    assert "Shared Yes → No" in listed
    export = connected.get(f"/projects/{PROJECT}/activity/export.csv")
    assert b"unshare" in b"".join(export.streaming_content)


PUBLIC = "This model is shared, so its public card in the catalog is expected to show this value."


@pytest.mark.parametrize(
    "field", ["description", "license", "parameter_count", "context_length", "workload_type"]
)
def test_the_form_of_a_public_field_says_so_for_a_shared_model(
    connected: Any, shared: Any, field: str
) -> None:
    assert PUBLIC in text_of(connected.get(field_url(field)))
    record(shared).change({"is_shared": False})
    assert PUBLIC not in text_of(connected.get(field_url(field)))


def test_the_form_of_all_fields_marks_the_public_ones(connected: Any, shared: Any) -> None:
    assert text_of(connected.get(f"{MODEL}edit/")).count(PUBLIC) == 5
    assert PUBLIC not in text_of(connected.get(field_url("hidden_size")))
