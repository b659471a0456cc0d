"""Deleting a model by the page and by the dialog, against the live sandbox."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from models_admin.models import Activity
from sandbox.seed_models import EXAMPLE_ID
from tests.conftest import connect, sign_in

URL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/delete/"
NAME = "my-custom-model"
HTMX = {"HX-Request": "true"}


def token_in(answer) -> str:
    return re.search(r'name="token" value="([^"]+)"', answer.content.decode()).group(1)


def text_of(answer) -> str:
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace("&#x27;", "'")


def sent(sandbox, method="DELETE") -> int:
    return sum(1 for call in sandbox.requests if call.method == method)


def project_of(sandbox):
    return sandbox.store.project("proj_ABC123")


@pytest.fixture
def form(connected):
    """What a person sends who opened the dialog: the fields, to be changed by a test."""
    return {"confirm_name": NAME, "token": token_in(connected.get(URL))}


def test_the_page_names_what_falls_with_the_model(connected):
    answer = connected.get(URL)
    text = text_of(answer)
    assert answer.status_code == 200
    assert f"Delete {NAME}?" in text
    for thing in ("all of its endpoints", "workers of its endpoints", "routing rules"):
        assert thing in text
    assert "The API doesn't list them" in text
    assert "5 deployments" in text
    assert "The same request as curl and Python" in text
    assert '<dialog class="dialog" aria-labelledby="dialog-title">' not in answer.content.decode()


@pytest.fixture
def endpoints(connected, sandbox):
    """The API lists endpoints. The model has five of them."""
    sandbox.set(endpoints="on")


def test_the_page_lists_the_endpoints_that_the_api_lists(connected, endpoints):
    text = text_of(connected.get(URL))
    assert "its 5 endpoints:" in text
    assert "ep_00000_4 gpu_nvidia_shared_nvl · eu-west · active" in text
    assert "Delete its 5 endpoints too" in text
    assert "The API doesn't list workers and routing rules." in text


def test_a_model_without_endpoints_needs_no_further_confirmation(connected, sandbox, endpoints):
    project_of(sandbox).endpoints.clear()
    page = connected.get(URL)
    assert "no endpoints: the API lists none for this model" in text_of(page)
    assert "confirm_endpoints" not in page.content.decode()
    answer = connected.post(URL, {"confirm_name": NAME, "token": token_in(page)})
    assert (answer.status_code, sent(sandbox)) == (302, 1)


def test_endpoints_are_confirmed_beside_the_name(connected, sandbox, endpoints):
    form = {"confirm_name": NAME, "token": token_in(connected.get(URL))}
    answer = connected.post(URL, form)
    assert (answer.status_code, sent(sandbox)) == (422, 0)
    assert "Tick the box for the endpoints as well. Nothing was deleted." in text_of(answer)
    answer = connected.post(URL, form | {"token": token_in(answer), "confirm_endpoints": "1"})
    assert (answer.status_code, sent(sandbox)) == (302, 1)


def test_an_endpoint_that_appears_meanwhile_is_not_deleted_unseen(connected, sandbox, endpoints):
    form = {"confirm_name": NAME, "token": token_in(connected.get(URL)), "confirm_endpoints": "1"}
    added = sandbox.store.endpoint_add("proj_ABC123", EXAMPLE_ID)
    answer = connected.post(URL, form)
    assert (answer.status_code, sent(sandbox)) == (409, 0)
    assert "The model has changed since you opened this: it has 1 new endpoint." in text_of(answer)
    assert re.findall(r"(\S+) new ", text_of(answer)) == ["1", added]
    answer = connected.post(URL, form | {"token": token_in(answer)})
    assert (answer.status_code, sent(sandbox)) == (302, 1)


def test_an_endpoint_in_place_of_another_is_marked_and_not_deleted_unseen(connected, sandbox, endpoints):
    form = {"confirm_name": NAME, "token": token_in(connected.get(URL)), "confirm_endpoints": "1"}
    sandbox.store.endpoint_remove("proj_ABC123", "ep_00000_1")
    added = sandbox.store.endpoint_add("proj_ABC123", EXAMPLE_ID)
    answer = connected.post(URL, form)
    assert (answer.status_code, sent(sandbox)) == (409, 0)
    assert "its 5 endpoints:" in text_of(answer)
    assert re.findall(r"(\S+) new ", text_of(answer)) == ["1", added]
    answer = connected.post(URL, form | {"token": token_in(answer)})
    assert (answer.status_code, sent(sandbox)) == (302, 1)


def test_an_endpoint_that_is_gone_meanwhile_needs_no_new_confirmation(connected, sandbox, endpoints):
    form = {"confirm_name": NAME, "token": token_in(connected.get(URL)), "confirm_endpoints": "1"}
    sandbox.store.endpoint_remove("proj_ABC123", "ep_00000_1")
    assert (connected.post(URL, form).status_code, sent(sandbox)) == (302, 1)


@pytest.mark.parametrize(
    ("setting", "says"),
    [("off", "The API doesn't list them"), ("forbidden", "This key isn't allowed to list endpoints")],
)
def test_endpoints_that_the_api_does_not_list_are_unknown_and_not_none(
    connected, sandbox, endpoints, setting, says
):
    sandbox.set(endpoints=setting)
    page = connected.get(URL)
    assert says in text_of(page)
    assert "all of its endpoints" in text_of(page)
    assert "confirm_endpoints" not in page.content.decode()


def test_endpoints_that_cannot_be_counted_again_are_not_deleted_unseen(connected, sandbox, endpoints):
    form = {"confirm_name": NAME, "token": token_in(connected.get(URL)), "confirm_endpoints": "1"}
    sandbox.fault("status", route="endpoints", status=503)
    answer = connected.post(URL, form)
    assert (answer.status_code, sent(sandbox)) == (422, 0)
    assert "The model was not deleted. Nothing was sent to the API." in text_of(answer)
    assert (connected.post(URL, form).status_code, sent(sandbox)) == (302, 1)


def test_a_failed_look_up_of_the_endpoints_is_said(connected, sandbox, endpoints):
    sandbox.fault("status", route="endpoints", status=503)
    assert "The endpoints couldn't be listed: Service error. There may be some." in text_of(
        connected.get(URL)
    )


def test_htmx_gets_a_dialog_with_one_root(connected):
    connected.get("/projects/proj_ABC123/models/")  # takes the message of connecting
    answer = connected.get(URL, headers=HTMX)
    page = re.sub(r"{#.*?#}", "", answer.content.decode()).strip()
    assert page.startswith("<dialog")
    assert page.endswith("</dialog>")
    assert "<html" not in page
    assert "HX-Request" in answer["Vary"]


def test_a_failed_look_up_of_the_catalog_is_said_and_does_not_read_as_none(connected, sandbox):
    sandbox.fault("status", route="catalog", status=503)
    text = text_of(connected.get(URL))
    assert "The catalog couldn't be checked" in text
    assert "not in the public catalog" not in text


def test_the_right_name_deletes_once_and_goes_to_the_list(connected, sandbox, form):
    answer = connected.post(URL, form)
    assert (answer.status_code, answer["Location"]) == (302, "/projects/proj_ABC123/models/")
    assert sent(sandbox) == 1
    row = Activity.objects.get()
    assert (row.action, row.outcome, row.model_name) == ("delete", "done", NAME)
    assert row.snapshot["architecture"]
    assert row.api_request_id
    assert f"{NAME} was deleted." in text_of(connected.get("/projects/proj_ABC123/models/"))


def test_htmx_is_sent_to_the_list(connected, form):
    answer = connected.post(URL, form, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/projects/proj_ABC123/models/")


@pytest.mark.parametrize("typed", ["", "my-custom", "My-Custom-Model", EXAMPLE_ID])
def test_a_wrong_name_is_refused_with_what_was_typed_kept(connected, sandbox, form, typed):
    answer = connected.post(URL, form | {"confirm_name": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert "Nothing was deleted" in text_of(answer)
    assert sent(sandbox) == 0
    assert not Activity.objects.exists()


def test_a_form_counts_once(connected, sandbox, form):
    connected.post(URL, form)
    answer = connected.post(URL, form, follow=True)
    assert sent(sandbox) == 1
    assert "This form was already used" in text_of(answer)


@pytest.mark.parametrize("token", ["", "damaged", "a:b:c"])
def test_a_damaged_token_deletes_nothing_and_brings_a_fresh_form(connected, sandbox, form, token):
    answer = connected.post(URL, form | {"token": token})
    assert answer.status_code == 422
    assert "had expired" in text_of(answer)
    assert f'value="{NAME}"' in answer.content.decode()
    assert sent(sandbox) == 0
    assert connected.post(URL, form | {"token": token_in(answer)}).status_code == 302


def test_a_token_of_another_person_deletes_nothing(connected, sandbox, form, person):
    other = connect(sign_in(Client(), person()))
    assert other.post(URL, form).status_code == 422
    assert sent(sandbox) == 0


def test_a_token_of_another_model_deletes_nothing(connected, sandbox, form):
    other = next(one for one in project_of(sandbox).models.values() if one.id != EXAMPLE_ID)
    answer = connected.post(
        f"/projects/proj_ABC123/models/{other.id}/delete/", form | {"confirm_name": other.facts["name"]}
    )
    assert answer.status_code == 422
    assert sent(sandbox) == 0


def test_a_model_that_changed_meanwhile_is_asked_for_again(connected, sandbox, form):
    connected.post(
        f"/projects/proj_ABC123/models/{EXAMPLE_ID}/revalidate/", {"token": _revalidate_token(connected)}
    )
    answer = connected.post(URL, form)
    assert answer.status_code == 409
    assert "has changed since you opened this" in text_of(answer)
    assert "Validating" in text_of(answer)
    assert sent(sandbox) == 0
    assert f'value="{NAME}"' in answer.content.decode()


def _revalidate_token(client) -> str:
    page = client.get(f"/projects/proj_ABC123/models/{EXAMPLE_ID}/").content.decode()
    form = page[page.index(f'action="/projects/proj_ABC123/models/{EXAMPLE_ID}/revalidate/"') :]
    return re.search(r'name="token" value="([^"]+)"', form).group(1)


@pytest.mark.parametrize("role", ["Viewer", "Editor"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_delete_is_told_who_may(client, person, api_url, sandbox, role, method):
    connect(sign_in(client, person(role)))
    answer = getattr(client, method)(URL, {"confirm_name": NAME, "token": "x"})
    assert answer.status_code == 403
    assert "Maintainer role" in text_of(answer)
    assert sent(sandbox) == 0


def test_other_methods_are_refused(connected):
    assert connected.put(URL).status_code == 405


def test_a_model_that_is_gone_before_is_said_to_be_gone_and_no_delete_is_sent(connected, sandbox, form):
    sandbox.store.delete(project_of(sandbox), EXAMPLE_ID)
    answer = connected.post(URL, form)
    assert answer.status_code == 404
    assert f"{NAME} is already gone" in text_of(answer)
    assert sent(sandbox) == 0
    assert connected.get(URL).status_code == 404


def test_white_space_around_the_typed_name_is_ignored(connected, sandbox, form):
    assert connected.post(URL, form | {"confirm_name": f"{NAME} "}).status_code == 302
    assert sent(sandbox) == 1


@pytest.mark.parametrize("detail", [{"code": "model_not_found"}, {"envelope": "html"}, {"envelope": "empty"}])
def test_a_404_after_the_deletion_was_carried_out_reads_as_deleted(connected, sandbox, form, detail):
    sandbox.fault("status", route="delete", status=404, after=True, **detail)
    answer = connected.post(URL, form)
    assert (answer.status_code, answer["Location"]) == (302, "/projects/proj_ABC123/models/")
    row = Activity.objects.get()
    assert (row.outcome, sent(sandbox)) == ("done", 1)
    assert "The API responded with 404. When the console checked, the model no longer existed." in row.message


def test_a_404_while_the_model_still_exists_is_a_refusal(connected, sandbox, form):
    sandbox.fault("status", route="delete", status=404, code="model_not_found")
    answer = connected.post(URL, form)
    assert (answer.status_code, sent(sandbox)) == (422, 1)
    assert "The model was not deleted." in text_of(answer)
    assert Activity.objects.get().outcome == "refused"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_accepted_deletion_is_said_to_be_in_progress_and_followed(connected, sandbox, form, headers):
    sandbox.fault("status", route="delete", status=202)
    answer = connected.post(URL, form, headers=headers)
    page = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
    assert answer.get("Location", answer.get("HX-Redirect")) == page
    assert (Activity.objects.get().outcome, sent(sandbox)) == ("unknown", 1)
    shown = connected.get(page)
    assert "is now being deleted" in text_of(shown)
    assert "The API accepted the deletion and has not finished it." in text_of(shown)
    project_of(sandbox).models.pop(EXAMPLE_ID)
    poll = html.unescape(re.search(r'hx-get="([^"]*status/[^"]*)"', shown.content.decode()).group(1))
    gone = connected.get(poll, headers=HTMX)
    assert "This model no longer exists." in text_of(gone)
    assert gone["HX-Trigger"] == "activity"
    assert Activity.objects.get().outcome == "done"


def test_an_accepted_deletion_that_is_finished_at_once_reads_as_deleted(connected, sandbox, form):
    sandbox.fault("status", route="delete", status=202, after=True)
    assert connected.post(URL, form)["Location"] == "/projects/proj_ABC123/models/"
    assert Activity.objects.get().outcome == "done"


LOST_AND_DONE = [
    ("reset_after", {}),
    ("truncated", {}),
    ("truncated_json", {}),
    ("drip_body", {"interval": 60}),
    ("html", {"after": True}),
    ("empty", {"after": True}),
    ("not_object", {"after": True}),
    ("deep_json", {"after": True}),
    ("gzip_bomb", {"size_mb": 20, "after": True}),
    ("huge", {"after": True, "declared": True}),
    ("redirect", {"after": True}),
    ("wrong_types", {"ids": True}),
    ("nulls", {}),
    ("missing_keys", {"ids": True}),
    ("status", {"status": 500, "after": True}),
    ("status", {"status": 503, "after": True, "envelope": "html"}),
    ("timeout_after", {"seconds": 2}),
]
LOST_AND_NOT_DONE = [
    ("reset_before", {}),
    ("timeout_before", {"seconds": 2}),
    ("html", {}),
    ("empty", {}),
    ("redirect", {"endless": True}),
    ("status", {"status": 500}),
    ("status", {"status": 502, "envelope": "html"}),
]
REFUSED = [
    ({"status": 400, "code": "invalid_request"}, "Request rejected"),
    ({"status": 401}, "Key not accepted"),
    ({"status": 403, "code": "scope_insufficient"}, "Model Management scope"),
    ({"status": 403, "code": "cross_project_access"}, "another project"),
    ({"status": 409}, "current state"),
    ({"status": 429, "retry_after": "number", "code": "capacity_exceeded"}, "at capacity"),
    ({"status": 429, "retry_after": "date"}, "Rate limit reached"),
    ({"status": 429, "code": "quota_exceeded"}, "quota used up"),
]


@pytest.mark.parametrize(("kind", "detail"), LOST_AND_DONE)
def test_a_lost_answer_of_a_deletion_that_happened_is_found_out(
    connected, sandbox, form, kind, detail, short_waits
):
    sandbox.fault(kind, route="delete", **detail)
    answer = connected.post(URL, form)
    assert sent(sandbox) == 1
    assert (answer.status_code, answer.get("Location")) == (302, "/projects/proj_ABC123/models/")
    row = Activity.objects.get()
    assert row.outcome == "done"
    assert "When the console checked, the model no longer existed" in row.message


@pytest.mark.parametrize(("kind", "detail"), LOST_AND_NOT_DONE)
def test_a_lost_answer_of_a_deletion_that_did_not_happen_says_it_is_still_there(
    connected, sandbox, form, kind, detail, short_waits
):
    sandbox.fault(kind, route="delete", **detail)
    answer = connected.post(URL, form)
    assert sent(sandbox) == 1
    assert answer.status_code in (502, 504)
    assert "is still there" in text_of(answer)
    row = Activity.objects.get()
    assert row.outcome == "unknown"
    assert "still existed" in row.message


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_where_reading_again_fails_too_the_outcome_is_unknown(connected, sandbox, form, headers):
    sandbox.fault("reset_after", route="delete")
    sandbox.fault("status", route="get", status=503, times=None, skip=1)
    answer = connected.post(URL, form, headers=headers)
    assert sent(sandbox) == 1
    assert "We don't know whether" in text_of(answer)
    assert answer.status_code == 502
    assert Activity.objects.get().outcome == "unknown"


def test_a_proxys_404_page_is_not_taken_for_a_deletion(connected, sandbox, form):
    sandbox.fault("reset_before", route="delete")
    sandbox.fault("status", route="get", status=404, envelope="html", times=None, skip=1)
    answer = connected.post(URL, form)
    assert "We don't know whether" in text_of(answer)
    assert Activity.objects.get().outcome == "unknown"


@pytest.mark.parametrize(("detail", "words"), REFUSED)
def test_a_refusal_keeps_the_form_and_says_why(connected, sandbox, form, detail, words):
    sandbox.fault("status", route="delete", **detail)
    answer = connected.post(URL, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "The model was not deleted." in text_of(answer)
    assert f'value="{NAME}"' in page
    assert sent(sandbox) == 1
    row = Activity.objects.get()
    assert (row.outcome, row.status) == ("refused", detail["status"])
    # The fresh form works.
    assert connected.post(URL, form | {"token": token_in(answer)}).status_code == 302
    assert sent(sandbox) == 2


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("status", {"status": 500}), ("status", {"status": 401}), ("reset_before", {}), ("html", {})],
)
def test_a_model_that_cannot_be_read_first_sends_nothing_and_loses_nothing(
    connected, sandbox, form, kind, detail
):
    sandbox.fault(kind, route="get", times=None, **detail)
    answer = connected.post(URL, form)
    assert answer.status_code == 422
    assert "Nothing was sent" in text_of(answer)
    assert f'value="{NAME}"' in answer.content.decode()
    assert "5 deployments" not in text_of(answer)
    assert sent(sandbox) == 0
    assert not Activity.objects.exists()
    sandbox.clear_faults()
    assert connected.post(URL, form | {"token": token_in(answer)}).status_code == 302


def test_a_name_with_hidden_characters_is_shown_and_confirmed_by_the_id(connected, sandbox):
    project_of(sandbox).models[EXAMPLE_ID].change({"name": "safe\u202ename"})
    answer = connected.get(URL)
    assert "safe⟦U+202E⟧name" in text_of(answer)
    assert "are invisible or can't be typed" in text_of(answer)
    form = {"confirm_name": EXAMPLE_ID, "token": token_in(answer)}
    assert connected.post(URL, form).status_code == 302


def test_markup_in_a_name_is_text(connected, sandbox):
    project_of(sandbox).models[EXAMPLE_ID].change({"name": '"><script>alert(1)</script>'})
    assert "<script>alert" not in connected.get(URL).content.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_submits_send_one_delete(connected, sandbox, form):
    cookies = connected.cookies

    def submit(_number: int) -> int:
        client = Client()
        client.cookies = cookies
        try:
            return client.post(URL, form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        found = list(pool.map(submit, range(50)))
    assert sent(sandbox) == 1
    assert set(found) <= {302, 404, 409, 422}
    assert Activity.objects.get().outcome == "done"
