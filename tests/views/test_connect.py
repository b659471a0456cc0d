"""Connecting a project against the live sandbox: the check, what it says, and what is kept of the key."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from models_admin.models import Attempt
from models_admin.services.client import client as api_client
from tests.conftest import KEY, PASSWORD, PROJECT, sign_in
from tests.conftest import connect_by_page as connect

VAULT = django_settings.VAULT_COOKIE_NAME
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/connect/"}
FORM = {"project_id": PROJECT, "api_key": KEY}


def text_of(answer):
    return " ".join(answer.content.decode().split())


def filled_in(answer):
    """The project ID in the form."""
    return re.search(r'name="project_id"[^>]* value="([^"]*)"', text_of(answer))[1]


def projects_of(client):
    return sorted(client.session.get("connections", {}).get("projects", {}))


def test_the_form_has_its_fields_and_says_what_happens_to_the_key(signed_in):
    page = text_of(signed_in.get("/connect/"))
    assert 'name="project_id"' in page
    assert 'name="api_key" id="api_key" type="password" class="mono" autocomplete="off"' in page
    assert "stores it encrypted" in page


def test_a_checked_key_is_kept_and_the_person_is_in_the_project(signed_in, api_url, sandbox):
    answer = signed_in.post("/connect/", FORM)
    assert (answer.status_code, answer.url) == (302, "/projects/proj_ABC123/models/")
    assert projects_of(signed_in) == [PROJECT]
    assert [(call.method, call.path) for call in sandbox.requests] == [("GET", f"/{PROJECT}/v1/models")]


def test_htmx_is_redirected_as_a_whole_page(signed_in, api_url):
    answer = signed_in.post("/connect/", FORM | {"next": "/activity/"}, headers=HTMX)
    assert answer["HX-Redirect"] == "/activity/"
    assert answer.content == b""


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_next_is_a_path_of_this_console(signed_in, api_url, target):
    assert signed_in.post("/connect/", FORM | {"next": target}).url == "/projects/proj_ABC123/models/"


def test_the_key_is_never_shown_again_only_its_last_four_characters(connected):
    page = text_of(connected.get("/connect/"))
    assert KEY not in page
    assert f'<span class="mono">{KEY[-4:]}</span>' in page


REFUSALS = [
    ({"api_key": "xero_myproject_revoked_key"}, "API key: Key not accepted"),
    ({"api_key": "xero_no_such_key_at_all"}, "API key: Key not accepted"),
    ({"api_key": "xero_myproject_no_scope_key"}, "Scope: Key lacks the Model Management scope"),
    ({"project_id": "acme-prod"}, "Project: Key belongs to another project"),
]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(("change", "said"), REFUSALS)
def test_a_refusal_says_which_of_key_project_and_scope_failed(signed_in, api_url, change, said, headers):
    answer = signed_in.post("/connect/", FORM | change, headers=headers)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert projects_of(signed_in) == []


def test_an_unknown_project_is_named_as_the_cause(signed_in, api_url, sandbox):
    sandbox.fault("status", status=404, code="project_not_found")
    answer = signed_in.post("/connect/", FORM)
    assert answer.status_code == 422
    assert "Project: Project not found" in text_of(answer)


FAULTS = [
    ("reset_before", {}, 502, "Network: Connection lost"),
    ("status", {"status": 503}, 502, "Xerotier: Service error"),
    ("status", {"status": 500, "envelope": "html"}, 502, "Xerotier: Service error"),
    ("status", {"status": 429, "retry_after": "number"}, 429, "API key: Rate limit reached"),
    ("html", {}, 502, "Xerotier: Unexpected response"),
    ("empty", {}, 502, "Xerotier: Unexpected response"),
    ("not_object", {}, 502, "Xerotier: Unexpected response"),
    ("truncated_json", {}, 502, "Xerotier: Unexpected response"),
    ("deep_json", {}, 502, "Xerotier: Unexpected response"),
    ("redirect", {}, 502, "Xerotier: Unexpected redirect"),
]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(("kind", "detail", "status", "said"), FAULTS)
def test_a_fault_elsewhere_shows_the_form_again(
    signed_in, api_url, sandbox, kind, detail, status, said, headers
):
    sandbox.fault(kind, times=2, **detail)
    answer = signed_in.post("/connect/", FORM, headers=headers)
    page = text_of(answer)
    assert answer.status_code == status
    assert said in page
    assert f'value="{PROJECT}"' in page
    assert KEY not in page
    assert projects_of(signed_in) == []


def test_with_the_api_gone_the_network_is_named(signed_in, settings):
    settings.XEROTIER_API_URL = "http://127.0.0.1:9"
    api_client.cache_clear()
    answer = signed_in.post("/connect/", FORM)
    api_client.cache_clear()
    assert answer.status_code == 503
    assert "Network: API unreachable" in text_of(answer)


def test_for_htmx_a_fault_is_swapped_in_whatever_its_status(signed_in, api_url, sandbox):
    sandbox.fault("status", status=500)
    answer = signed_in.post("/connect/", FORM, headers=HTMX)
    assert answer["HX-Reswap"] == "outerHTML"
    assert "HX-Request" in answer["Vary"]


def test_the_fragment_stands_alone_with_one_root(signed_in, api_url):
    answer = signed_in.post("/connect/", FORM | {"api_key": "xero_no_such_key_at_all"}, headers=HTMX)
    page = answer.content.decode().strip()
    assert "<html" not in page
    assert page.startswith('<section class="card" id="connect">')
    assert page.count("<section") == 1


def test_the_typed_key_stays_in_the_browser_where_the_key_is_not_the_cause(signed_in, api_url, sandbox):
    """htmx keeps the input as it stands; the server never sends a key."""
    sandbox.fault("status", status=500)
    assert "hx-preserve" in text_of(signed_in.post("/connect/", FORM, headers=HTMX))
    refused = signed_in.post("/connect/", FORM | {"api_key": "xero_no_such_key_at_all"}, headers=HTMX)
    assert "hx-preserve" not in text_of(refused)


def test_without_javascript_the_page_says_that_the_key_must_be_typed_again(signed_in, api_url, sandbox):
    sandbox.fault("status", status=500)
    assert "Enter the key again" in text_of(signed_in.post("/connect/", FORM))


@pytest.mark.parametrize(
    "change",
    [
        {"project_id": ""},
        {"project_id": "../admin"},
        {"project_id": "a b"},
        {"project_id": "proj/1"},
        {"project_id": "p" * 129},
        {"project_id": "<b>x"},
        {"project_id": "proj\x00"},
        {"api_key": ""},
        {"api_key": "two words"},
        {"api_key": "short"},
        {"api_key": "x" * 257},
        {"api_key": "xero_key\r\nX-Evil: 1"},
        {"api_key": "xero_schlüssel"},
    ],
)
def test_an_impossible_project_or_key_is_refused_before_anything_is_sent(signed_in, api_url, sandbox, change):
    answer = signed_in.post("/connect/", FORM | change)
    assert answer.status_code == 422
    assert "refusal" in text_of(answer)
    assert sandbox.requests == []
    assert not Attempt.objects.exists()


def test_white_space_around_a_pasted_key_is_removed(signed_in, api_url):
    assert (
        signed_in.post("/connect/", {"project_id": f" {PROJECT} ", "api_key": f"\n{KEY} "}).status_code == 302
    )


def test_after_five_refused_keys_the_sixth_attempt_has_to_wait(signed_in, api_url, sandbox):
    wrong = FORM | {"api_key": "xero_guess_number_1"}
    assert [signed_in.post("/connect/", wrong).status_code for _ in range(5)] == [422] * 5
    answer = signed_in.post("/connect/", FORM)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "Too many failed attempts" in text_of(answer)
    assert len(sandbox.requests) == 5
    Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    assert signed_in.post("/connect/", FORM).status_code == 302
    assert not Attempt.objects.exists()  # old rows go, and a success is no guess


REFUSED_KEYS = [(401, None), (403, None), (403, "scope_insufficient"), (403, "cross_project_access")]
OTHER_FAULTS = [
    ("status", {"status": 503}),
    ("status", {"status": 429}),
    ("status", {"status": 404, "code": "project_not_found"}),
    ("status", {"status": 403, "envelope": "html"}),
    ("reset_before", {}),
    ("html", {}),
]


@pytest.mark.parametrize(("kind", "detail"), OTHER_FAULTS)
def test_only_refused_keys_count_as_failed_attempts(signed_in, api_url, sandbox, kind, detail):
    sandbox.fault(kind, times=None, **detail)
    assert 302 not in {signed_in.post("/connect/", FORM).status_code for _ in range(5)}
    sandbox.reset()
    assert signed_in.post("/connect/", FORM).status_code == 302


@pytest.mark.parametrize(("status", "code"), REFUSED_KEYS)
def test_five_refused_keys_lock_the_form_for_a_minute(signed_in, api_url, sandbox, status, code):
    sandbox.fault("status", times=None, status=status, code=code)
    assert {signed_in.post("/connect/", FORM).status_code for _ in range(5)} == {422}
    sandbox.reset()
    assert signed_in.post("/connect/", FORM).status_code == 429


PASTED = [
    ({"api_key": f'"{KEY}"'}, "Removed from the API key: quotes."),
    ({"api_key": f"Bearer {KEY}"}, "Removed from the API key: the word Bearer."),
    ({"api_key": f"XEROTIER_API_KEY={KEY}"}, "Removed from the API key: the variable's name."),
    ({"api_key": f"\u200b{KEY}"}, "Removed from the API key: hidden characters."),
    (
        {"api_key": f"export XEROTIER_API_KEY='{KEY}'"},
        "Removed from the API key: the variable's name and quotes.",
    ),
    (
        {"project_id": f"https://api.xerotier.ai/{PROJECT}/v1/models"},
        "Removed from the project ID: the rest of the address.",
    ),
    (
        {"project_id": f"https://app.example/projects/{PROJECT}/keys"},
        "Removed from the project ID: the rest of the address.",
    ),
    ({"project_id": f'"{PROJECT}"'}, "Removed from the project ID: quotes."),
]


@pytest.mark.parametrize(("change", "note"), PASTED)
def test_a_pasted_key_or_project_is_cleaned_and_the_page_says_so(signed_in, api_url, change, note):
    page = text_of(signed_in.post("/connect/", FORM | change, follow=True))
    assert projects_of(signed_in) == [PROJECT]
    assert f"Connected to {PROJECT}. {note}" in page.replace("&#x27;", "'")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_form_says_what_it_cleaned_when_the_check_fails(signed_in, api_url, sandbox, headers):
    pasted = {"project_id": f"https://app.example/projects/{PROJECT}", "api_key": '"xero_no_such_key_at_all"'}
    page = text_of(signed_in.post("/connect/", pasted, headers=headers))
    assert f'value="{PROJECT}"' in page
    assert "Removed from the project ID: the rest of the address." in page
    assert "Removed from the API key: quotes." in page
    assert "xero_no_such" not in page
    assert sandbox.requests[0].path == f"/{PROJECT}/v1/models"


def test_a_new_session_has_the_project_used_last_filled_in(connected):
    connect(connected, "acme-prod", "xero_acme-prod_sandbox_key_0001")
    connected.get(f"/projects/{PROJECT}/models/")
    assert filled_in(connected.get("/connect/")) == ""  # it is connected
    connected.post("/sign-out/")
    sign_in(connected, connected.user)
    assert filled_in(connected.get("/", follow=True)) == PROJECT


def test_another_account_in_the_same_browser_does_not_see_that_project(connected, person):
    connected.post("/sign-out/")
    sign_in(connected, person())
    assert filled_in(connected.get("/connect/")) == ""


def test_after_signing_in_and_connecting_the_person_is_at_the_link_they_opened(client, person, api_url):
    person(username="ana")
    link = f"/projects/{PROJECT}/models/?q=llama"
    page = client.get(link, follow=True)
    form = {"username": "ana", "password": PASSWORD, "next": page.context["next"]}
    page = client.post("/sign-in/", form, follow=True)
    assert page.redirect_chain[-1][0].startswith("/connect/")
    assert filled_in(page) == PROJECT
    assert client.post("/connect/", FORM | {"next": page.context["next"]}).url == link


def test_one_persons_tries_do_not_count_against_another(signed_in, api_url, person):
    wrong = FORM | {"api_key": "xero_guess_number_1"}
    for _ in range(6):
        signed_in.post("/connect/", wrong)
    assert connect(sign_in(Client(), person()))


def test_several_projects_are_shown_side_by_side_and_forgotten(connected):
    connect(connected, "acme-prod", "xero_acme-prod_sandbox_key_0001")
    assert connected.get("/").url == "/projects/acme-prod/models/"

    assert connected.get(f"/projects/{PROJECT}/models/").status_code == 200
    assert connected.get("/").url == f"/projects/{PROJECT}/models/"
    assert connected.get("/projects/acme-prod/models/").status_code == 200

    answer = connected.post("/connect/forget/", {"project": PROJECT}, follow=True)
    assert f"{PROJECT} disconnected. Its key has been deleted." in text_of(answer)
    assert projects_of(connected) == ["acme-prod"]


def test_disconnecting_needs_post(connected):
    assert connected.get("/connect/forget/").status_code == 405
    assert projects_of(connected) == [PROJECT]


@pytest.mark.parametrize("name", ["", "nothing", "<script>alert(1)</script>", "x" * 5000])
def test_disconnecting_an_unknown_project_is_no_error(connected, name):
    answer = connected.post("/connect/forget/", {"project": name}, follow=True)
    assert answer.status_code == 200
    assert "<script>alert" not in text_of(answer)
    assert projects_of(connected) == [PROJECT]


def test_a_person_without_a_connection_is_sent_to_connect_and_comes_back(signed_in):
    answer = signed_in.get("/projects/proj_ABC123/models/?q=llama")
    assert (answer.status_code, answer.url) == (
        302,
        "/connect/?project=proj_ABC123&next=/projects/proj_ABC123/models/%3Fq%3Dllama",
    )


def test_for_htmx_that_is_a_redirect_of_the_whole_page(signed_in):
    headers = HTMX | {"HX-Current-URL": "http://testserver/projects/proj_ABC123/models/?page=2"}
    answer = signed_in.get("/projects/proj_ABC123/models/rows/", headers=headers)
    assert answer.status_code == 423
    assert (
        answer["HX-Redirect"] == "/connect/?project=proj_ABC123&next=/projects/proj_ABC123/models/%3Fpage%3D2"
    )


def test_every_cause_for_a_key_that_does_not_open_is_answered_the_same(connected, settings):
    cookie = connected.cookies[VAULT].value
    answers = set()

    def ask():
        answer = connected.get("/projects/proj_ABC123/models/")
        answers.add((answer.status_code, answer.url, answer.content))

    for wrong in ("", "junk", "A" * 43, cookie[:-1], cookie + "="):
        connected.cookies[VAULT] = wrong
        ask()
    del connected.cookies[VAULT]
    ask()
    connected.cookies[VAULT] = cookie
    keys, settings.VAULT_KEYS = settings.VAULT_KEYS, ["another-server-key-" * 3]
    ask()
    settings.VAULT_KEYS = keys
    session = connected.session
    session["connections"]["projects"][PROJECT]["sealed"] = "AAAA"
    session["connections"] = dict(session["connections"])
    session.save()
    ask()
    assert {answer[:2] for answer in answers} == {
        (302, f"/connect/?project={PROJECT}&next=/projects/proj_ABC123/models/")
    }
    assert len(answers) == 1


def test_the_connect_page_then_says_which_key_to_enter(connected):
    page = text_of(connected.get(f"/connect/?project={PROJECT}&next=/projects/proj_ABC123/models/"))
    assert f'Enter the key for <b class="mono">{PROJECT}</b> to continue.' in page
    assert f'value="{PROJECT}"' in page


def test_connecting_again_opens_the_project(connected):
    connected.cookies[VAULT] = "A" * 43
    assert connected.get("/projects/proj_ABC123/models/").status_code == 302
    connect(connected)
    assert connected.get("/projects/proj_ABC123/models/").status_code == 200


def test_a_project_name_in_the_address_is_only_text(signed_in):
    page = text_of(signed_in.get("/connect/", {"project": '"><script>alert(1)</script>'}))
    assert "<script>alert" not in page


def test_without_a_role_nobody_connects(client, person, api_url, sandbox):
    sign_in(client, person(role=None))
    assert client.get("/connect/").status_code == 403
    assert client.post("/connect/", FORM).status_code == 403
    assert client.get("/projects/proj_ABC123/models/").status_code == 403
    assert sandbox.requests == []


def test_viewers_connect(client, person, api_url):
    assert connect(sign_in(client, person("Viewer"))).get("/projects/proj_ABC123/models/").status_code == 200


def test_the_session_ended_in_another_tab_while_the_key_was_checked(signed_in, api_url, monkeypatch):
    """No key is kept, and the person signs in again."""
    check = api_client().check

    def slow_check(**given):
        check(**given)
        signed_in.session.delete()

    monkeypatch.setattr(api_client(), "check", slow_check)
    answer = signed_in.post("/connect/", FORM, headers={"Referer": "http://testserver/connect/"})
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/connect/")


def test_the_key_is_in_no_page_log_or_row_after_a_whole_visit(connected, caplog, sandbox):
    pages = [
        connected.get(path, follow=True)
        for path in ("/connect/", "/projects/proj_ABC123/models/", "/activity/", "/account/")
    ]
    sandbox.fault("status", status=500)
    pages.append(connected.post("/connect/", FORM))
    assert all(KEY not in page.content.decode() for page in pages)
    assert all(KEY not in str(page.headers) for page in pages)
    assert KEY not in caplog.text
    assert KEY not in str(dict(connected.session))


@pytest.mark.parametrize("key", [KEY, "ere_acme_2f9c1b", "Xjk_2f9c1b7a", "ejk_2f9c1b7a"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_key_pasted_into_the_project_field_is_neither_shown_nor_sent(
    signed_in, api_url, sandbox, headers, key
):
    answer = signed_in.post("/connect/", {"project_id": key, "api_key": KEY}, headers=headers)
    assert answer.status_code == 422
    assert "This looks like an API key" in text_of(answer)
    assert key not in answer.content.decode()
    assert sandbox.requests == []


def test_a_join_key_is_refused_as_an_api_key_and_not_sent(signed_in, api_url, sandbox):
    answer = signed_in.post("/connect/", FORM | {"api_key": "xjk_2f9c1b7a"})
    assert answer.status_code == 422
    assert "This is a join key" in text_of(answer)
    assert sandbox.requests == []
