"""Protecting a model by its dialog and its page, what every page then shows, and what no page sends."""

from __future__ import annotations

from typing import Any

import pytest

from models_admin.access.tokens import token_issue
from models_admin.formatting.values import base_of
from models_admin.models import Activity, Protection
from tests.conftest import connect, sign_in
from tests.editing import HTMX, MODEL, field_url, form_open, hidden, messages_of, patches, save, words
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

PROTECT, LIFT = f"{MODEL}protect/", f"{MODEL}unprotect/"
LIST, SELECTION = f"/projects/{PROJECT}/models/", f"/projects/{PROJECT}/models/selection/"
NAME, OLD = "my-custom-model", "A fine-tuned LLM for code generation"
REASON = "Serves the <b>demo</b>"


@pytest.fixture
def protected(connected: Any, sandbox: Any) -> Any:
    """A model that someone else protected. Sharing and versions are offered."""
    sandbox.set(sharing="on", versions="on")
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason=REASON)
    return connected


def protect(client: Any, reason: str = REASON, **extra: Any) -> Any:
    return client.post(PROTECT, {**hidden(client.get(PROTECT)), "reason": reason}, **extra)


def test_a_model_is_protected_by_the_page_and_lifted_by_its_button(connected, sandbox):
    said = messages_of(connected, protect(connected))
    assert f"{NAME} is protected." in said
    assert f"Protected by {connected.user.username} since" in said
    assert REASON in said
    lift = hidden_of(connected.get(MODEL), LIFT)
    assert f"The protection of {NAME} was lifted." in messages_of(connected, connected.post(LIFT, lift))
    assert not Protection.objects.exists()
    assert "Protected by" not in words(connected.get(MODEL))
    assert [call.method for call in sandbox.requests if call.method != "GET"] == []


def test_the_dialog_leads_back_to_the_model(connected):
    answer = protect(connected, headers=HTMX)
    assert answer["HX-Redirect"] == MODEL
    assert Protection.objects.get().reason == REASON


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(("reason", "says"), [("  ", "Enter a reason."), ("x" * 400, "at most 300")])
def test_a_refused_reason_comes_back_as_typed(connected, headers, reason, says):
    answer = protect(connected, reason, headers=headers)
    page = page_of(answer)
    assert answer.status_code == 422
    assert says in page.text
    assert f'value="{reason}"' in answer.content.decode()
    assert f"Protect {NAME}?" in page.text
    assert not Protection.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_an_expired_form_and_one_that_came_second_say_so(connected, headers):
    answer = connected.post(PROTECT, {"token": "x", "reason": REASON}, headers=headers)
    assert answer.status_code == 422
    assert "This form had expired" in page_of(answer).text
    form = {**hidden(connected.get(PROTECT)), "reason": "Mine"}
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason=REASON)
    answer = connected.post(PROTECT, form, headers=headers)
    assert answer.status_code == 409
    assert "already protected Protected by mia since" in page_of(answer).text
    assert connected.get(PROTECT, headers=headers).status_code == 409
    answer = connected.post(LIFT, {"token": "x"}, headers=headers)
    assert answer.status_code == 422
    assert Protection.objects.get().reason == REASON


def test_the_model_must_be_readable_and_the_typed_reason_stays(connected, sandbox):
    form = {**hidden(connected.get(PROTECT)), "reason": REASON}
    sandbox.fault("status", status=500, route="get", times=1)
    answer = connected.post(PROTECT, form)
    assert answer.status_code == 422
    assert 'value="Serves the &lt;b&gt;demo&lt;/b&gt;"' in answer.content.decode()
    assert not Protection.objects.exists()


def hidden_of(answer: Any, action: str) -> dict[str, str]:
    """The hidden fields of the form with this address."""
    page = answer.content.decode()
    start = page.index(f'action="{action}"')

    class Form:
        content = page[page.rindex("<form", 0, start) : page.index("</form>", start) + 7].encode()

    return hidden(Form())  # type: ignore[arg-type]


def test_every_button_of_the_models_page_is_off_and_says_why(protected):
    page = protected.get(MODEL).content.decode()
    shown = words(protected.get(MODEL))
    assert f"Protected by mia since {_when()}: {REASON}" in shown
    assert 'id="protect-button"' not in page
    for name in ("revalidate", "delete", "sharing"):
        assert f'id="{name}-reason" class="sr">Protected by mia' in page
    assert "Edit all" not in shown
    assert "Fill from files" not in shown
    assert f'hx-get="{MODEL}fields/' not in page
    versions = protected.get(f"{MODEL}versions/").content.decode()
    assert 'id="versions-reason" class="sr">Protected by mia' in versions
    assert "Create version" not in versions


def _when() -> str:
    from models_admin.formatting.display import moment_utc

    return moment_utc(Protection.objects.get().created_at)


def test_the_list_shows_the_reason_with_one_query_for_all(protected, django_assert_max_num_queries):
    page = protected.get(LIST).content.decode()
    assert page.count("Serves the &lt;b&gt;demo&lt;/b&gt;") == 2  # the title, and the text for screen readers
    with django_assert_max_num_queries(100) as few:
        protected.get(LIST)
    for number in range(30):
        Protection.objects.create(project=PROJECT, model_id=f"m-{number}", username="mia", reason="x")
    with django_assert_max_num_queries(len(few)):
        protected.get(LIST)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("dialog", ["delete", "share", "unshare"])
def test_a_dialog_says_why_instead_of_asking(protected, sandbox, dialog, headers):
    answer = protected.get(f"{MODEL}{dialog}/", headers=headers)
    assert answer.status_code == 403
    assert "This model is protected Protected by mia since" in page_of(answer).text
    assert REASON in page_of(answer).text
    assert "confirm_name" not in answer.content.decode()


def post(client: Any, address: str, purpose: str, seen: str = "", **form: str) -> Any:
    token = token_issue(user=client.user, project=PROJECT, model_id=EXAMPLE_ID, purpose=purpose, seen=seen)
    return client.post(address, {"token": token, **form}, headers={"Referer": f"http://testserver{MODEL}"})


@pytest.mark.parametrize(
    ("address", "purpose", "form"),
    [
        (f"{MODEL}revalidate/", "revalidate", {}),
        (f"{MODEL}delete/", "delete", {"confirm_name": NAME}),
        (f"{MODEL}share/", "share", {}),
        (f"{MODEL}unshare/", "unshare", {}),
        (f"{MODEL}versions/", "version", {"version": "8.0.0"}),
        (f"{MODEL}versions/9.0.0/promote/", "promote:9.0.0", {}),
        (field_url("description"), "edit:description", {"value": "New", "base": base_of(OLD)}),
        (f"{MODEL}edit/", "edit:all", {"description": "New", "base-description": base_of(OLD)}),
    ],
)
def test_a_form_that_was_opened_before_sends_nothing(protected, sandbox, address, purpose, form):
    sandbox.requests.clear()
    answer = post(protected, address, purpose, '["my-custom-model", "ready"]', **form)
    assert answer.status_code == 403
    assert REASON in words(answer)
    assert [call.method for call in sandbox.requests if call.method != "GET"] == []
    assert not Activity.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_was_typed_into_a_field_stays(connected, sandbox, headers):
    form = form_open(connected, "description")
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason=REASON)
    answer = save(connected, "description", "What I typed", form, headers=headers)
    assert answer.status_code == (422 if headers else 403)
    page = answer.content.decode()
    assert "What I typed</textarea>" in page
    assert "Your change has not been saved." in page
    assert 'aria-describedby="protected-description">Save' in page
    assert patches(sandbox) == []


def test_an_undo_is_refused_and_its_button_is_off(connected, sandbox):
    save(connected, "description", "New")
    row = Activity.objects.get()
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason=REASON)
    answer = post(connected, f"/projects/{PROJECT}/activity/{row.pk}/undo/", f"undo:{row.pk}")
    assert "The change was not undone. Protected by mia since" in messages_of(connected, answer)
    assert len(patches(sandbox)) == 1
    for address in (MODEL, f"/projects/{PROJECT}/activity/", f"/projects/{PROJECT}/activity/{row.pk}/"):
        page = connected.get(address).content.decode()
        assert '<button class="btn quiet link" disabled title="Protected by mia' in page, address


def test_the_list_filters_by_protection_only_where_a_model_is_protected(protected):
    page = protected.get(LIST).content.decode()
    assert f'href="{LIST}?protected=yes"' in page
    filtered = words(protected.get(f"{LIST}?protected=yes"))
    assert "1\N{EN DASH}1 of 1" in filtered
    assert "Protection: Protected" in filtered
    assert "None of the 44 models matches status Error and the filter Protected." in words(
        protected.get(f"{LIST}?protected=yes&status=error")
    )
    Protection.objects.all().delete()
    assert "protected=yes" not in protected.get(LIST).content.decode()
    emptied = protected.get(f"{LIST}?protected=yes")  # an old bookmark leads back to the list
    assert f'href="{LIST}">Clear all filters' in emptied.content.decode()


def test_a_preview_lists_the_model_as_left_out_with_the_reason(protected, sandbox):
    answer = protected.post(SELECTION, {"id": EXAMPLE_ID, "action": "delete"})
    assert f"Protected by mia since {_when()}: {REASON}" in words(answer)
    assert "None of these models would be changed." in words(answer)


def test_no_value_is_offered_to_be_used_in_a_protected_model(protected, sandbox):
    other = next(found for found in sandbox.store.project(PROJECT).models if found != EXAMPLE_ID)
    page = protected.get(f"{LIST}compare/?id={EXAMPLE_ID}&id={other}").content.decode()
    assert f"/models/{other}/fields/" in page
    assert f"/models/{EXAMPLE_ID}/fields/" not in page


@pytest.mark.parametrize("role", ["Viewer", "Editor"])
def test_who_may_not_lift_it_sees_why(client, person, api_url, role):
    connect(sign_in(client, person(role)))
    assert 'aria-describedby="protect-reason"' in client.get(MODEL).content.decode()
    Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason=REASON)
    page = client.get(MODEL).content.decode()
    assert 'id="unprotect-reason" class="sr">Protecting models and lifting a protection need' in page
