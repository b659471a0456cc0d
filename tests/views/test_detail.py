"""The page of one model and its catalog panel, against the live sandbox."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from models_admin.screens.model.details import other_details
from sandbox.record import Record
from sandbox.seed_models import EXAMPLE_ID
from tests.conftest import connect, sign_in

URL, CATALOG = (
    f"/projects/proj_ABC123/models/{EXAMPLE_ID}/",
    f"/projects/proj_ABC123/models/{EXAMPLE_ID}/catalog/",
)
HTMX = {"HX-Request": "true"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.content.decode()))).strip()


def facts_of(answer) -> dict[str, str]:
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", answer.content.decode(), re.S)
    return {label: " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split()) for label, text in pairs}


def example(sandbox):
    return sandbox.store.project("proj_ABC123").models[EXAMPLE_ID]


def test_every_documented_fact_is_shown(connected):
    answer = connected.get(URL)
    facts = facts_of(answer)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<title>my-custom-model · Models" in html
    assert EXAMPLE_ID in text_of(answer)
    assert facts["Description"] == "A fine-tuned LLM for code generation"
    assert facts["Architecture"] == "LlamaForCausalLM"
    assert facts["Quantization"] == "awq"
    assert facts["Context length"] == "32,768 tokens · 32K"
    assert facts["Parameters"] == "7,000,000,000 · 7B"
    assert facts["Workload"] == "Chat"
    assert facts["Format"] == "safetensors"
    assert facts["Size"] == "4.00 GB 4,294,967,296 bytes"
    assert facts["Version"] == "1.0.0 · latest"
    assert facts["Owned by"] == "my-project"
    assert facts["Created"] == "24 Jan 2024, 19:10 UTC"
    assert facts["Shared"] == "No"
    assert facts["Object"] == "model"
    assert 'class="badge ok"' in html


@pytest.mark.parametrize(
    ("name", "sent", "label", "shown"),
    [
        ("size_bytes", "4294967296", "Size", "4.00 GB 4,294,967,296 bytes"),
        ("size_bytes", -1, "Size", "Impossible size As sent: -1"),
        (
            "size_bytes",
            {"gb": 4},
            "Size",
            """{"gb": 4} In a form that this console doesn't know: {"gb": 4}""",
        ),
        ("created", "0001-01-01T00:00:00Z", "Created", "Not a date As sent: 0001-01-01T00:00:00Z"),
        ("created", "1706123456000", "Created", "24 Jan 2024, 19:10 UTC"),
        ("version", 2, "Version", "2 · latest"),
        ("is_shared", "true", "Shared", "Yes"),
        ("is_shared", "perhaps", "Shared", "perhaps Sent as text: perhaps"),
        ("format", ["gguf", "onnx"], "Format", 'gguf, onnx Sent as a list: ["gguf", "onnx"]'),
        ("owned_by", "", "Owned by", "Empty"),
    ],
)
def test_a_value_of_an_unexpected_type_is_shown_as_sent_and_never_called_missing(
    connected, sandbox, name, sent, label, shown
):
    example(sandbox).facts[name] = sent
    assert facts_of(connected.get(URL))[label] == shown


def test_a_status_that_is_not_text_is_shown_as_sent(connected, sandbox):
    example(sandbox).facts["status"] = {"state": "ready"}
    assert '{"state": "ready"}' in text_of(connected.get(URL))


def test_not_reported_differs_from_empty(connected, sandbox):
    assert facts_of(connected.get(URL))["Catalog role"] == "Empty"
    sandbox.fault("missing_keys", route="get")
    assert facts_of(connected.get(URL))["Architecture"] == "Not reported by the API"


def test_the_page_costs_one_call(connected, sandbox):
    sandbox.requests.clear()
    connected.get(URL)
    assert [(call.method, call.route, call.query) for call in sandbox.requests] == [
        ("GET", "get", {"extended": "true"})
    ]


def test_the_standard_form_alone_is_still_a_page(connected, sandbox):
    sandbox.fault("missing_keys", route="get")
    answer = connected.get(URL)
    facts = facts_of(answer)
    assert answer.status_code == 200
    assert facts["Format"] == "Not reported by the API"
    assert f"<title>{EXAMPLE_ID} · Models" in answer.content.decode()


@pytest.mark.parametrize("kind", ["nulls", "wrong_types", "extra_keys", "surrogates", "huge_int", "nan"])
def test_an_odd_answer_is_still_a_page(connected, sandbox, kind):
    sandbox.fault(kind, route="get")
    assert connected.get(URL).status_code in (200, 502)
    sandbox.fault(kind, route="catalog")
    assert connected.get(CATALOG).status_code in (200, 502)


def test_unknown_keys_are_kept_and_are_text(connected, sandbox):
    sandbox.fault("extra_keys", route="get")
    answer = connected.get(URL)
    facts = facts_of(answer)
    assert "Other fields" in text_of(answer)
    assert facts["x_new_fact"] == "surprise"
    assert facts["x_number"] == "12.5"
    assert '"markup": "<script>alert(1)</script>"' in facts["x_nested"]
    assert facts["(no name)"] == "a fact without a name"
    assert "<script>alert" not in answer.content.decode()
    assert "Other fields" not in text_of(connected.get(URL))


def test_any_json_can_stand_under_other_fields():
    shown = {
        detail.label: (detail.text, detail.css_class)
        for detail in other_details(
            {"flag": True, "void": None, "none": "", "deep": [[{"a": 1}]], "b\u202e": "\x00"}
        )
    }
    assert shown["flag"] == ("true", "mono")
    assert shown["void"] == shown["none"] == ("Empty", "muted")
    assert shown["deep"][1] == "code"
    assert shown["b⟦U+202E⟧"] == ("⟦U+0000⟧", "mono")


def test_the_same_request_is_there_without_the_key(connected, sandbox):
    html = unescape(connected.get(URL).content.decode())
    assert f"curl '{sandbox.url}/proj_ABC123/v1/models/{EXAMPLE_ID}?extended=true'" in html
    assert '-H "Authorization: Bearer $XEROTIER_API_KEY"' in html
    assert "requests.get(" in html
    assert "xero_myproject" not in html


def test_hostile_text_stays_text(connected, sandbox):
    example(sandbox).change(
        {"name": "<script>alert(1)</script>", "version": '"><img src=x>', "owned_by": "a\u202eb\u0000c"}
    )
    html = connected.get(URL).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "a⟦U+202E⟧b⟦U+0000⟧c" in html


def test_a_model_that_is_not_there_is_a_page_with_a_way_back(connected):
    answer = connected.get("/projects/proj_ABC123/models/no-such-model/")
    assert answer.status_code == 404
    assert 'href="/projects/proj_ABC123/models/"' in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/projects/proj_ABC123/models/../",
        "/projects/proj_ABC123/models/a%2fb/",
        "/projects/proj_ABC123/models/-x/",
        "/projects/proj_ABC123/models/" + "a" * 129 + "/",
    ],
)
def test_an_id_that_is_none_asks_nothing(connected, sandbox, address):
    sandbox.requests.clear()
    assert connected.get(address).status_code in (200, 302, 404)
    assert not [call for call in sandbox.requests if call.route == "get"]


# ---- The catalog ------------------------------------------------------------------------------


def test_the_panel_is_loaded_after_the_page_and_by_a_link(connected):
    html = connected.get(URL).content.decode()
    assert f'hx-get="{CATALOG}?shared=no" hx-trigger="load"' in html
    assert f'<a href="{URL}?catalog=1#catalog">Show this model' in html


def test_the_panel_shows_every_fact(connected):
    facts = facts_of(connected.get(CATALOG, headers=HTMX))
    assert facts == {
        "Role": "Deployable",
        "Deployments": "5",
        "On shared agents": "No",
        "Public": "Yes",
        "Featured": "No",
        "Shared": "15 Jan 2026, 10:30 UTC",
    }


def test_not_in_the_catalog_is_the_normal_state(connected, sandbox):
    example(sandbox).catalog = None
    answer = connected.get(CATALOG, headers=HTMX)
    assert answer.status_code == 200
    assert "Not in the catalog" in text_of(answer)
    assert "problem" not in answer.content.decode()


def test_the_panel_stands_alone_with_one_root(connected):
    html = re.sub(r"{#.*?#}", "", connected.get(CATALOG).content.decode()).strip()
    assert html.startswith('<div id="catalog"')
    assert html.endswith("</div>")
    assert "<html" not in html
    assert "hx-trigger" not in html, "what is loaded does not load again"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_failed_catalog_is_a_problem_and_not_an_absence(connected, sandbox, headers):
    sandbox.fault("status", route="catalog", status=503)
    answer = connected.get(CATALOG, headers=headers)
    assert answer.status_code == 502
    assert 'class="problem"' in answer.content.decode()
    assert "Not in the catalog" not in text_of(answer)


def test_without_scripts_the_page_brings_the_panel_along(connected, sandbox):
    assert "Deployable" in text_of(connected.get(URL + "?catalog=1"))
    sandbox.fault("status", route="catalog", status=503)
    answer = connected.get(URL + "?catalog=1")
    assert answer.status_code == 200
    assert 'class="problem"' in answer.content.decode()
    assert "LlamaForCausalLM" in text_of(answer)


# ---- Who may, and how -------------------------------------------------------------------------


@pytest.mark.parametrize("address", [URL, CATALOG])
def test_only_reading_is_possible_and_only_with_a_role(client, person, api_url, sandbox, address):
    assert client.get(address).status_code == 302
    assert client.get(address, headers=HTMX).status_code == 401
    sign_in(client, person(role=None))
    assert client.get(address).status_code == 403
    viewer = connect(sign_in(Client(), person("Viewer")))
    assert viewer.get(address).status_code == 200
    assert viewer.post(address).status_code == 405


@pytest.mark.parametrize(("upstream", "status"), [(401, 403), (403, 403), (429, 429), (500, 502)])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_failed_model_is_a_problem_with_a_next_step(connected, sandbox, upstream, status, headers):
    sandbox.fault("status", route="get", status=upstream, times=2)
    answer = connected.get(URL, headers=headers)
    assert answer.status_code == status
    assert 'class="problem"' in answer.content.decode()


def test_another_project_has_its_own_models(client, person, api_url, sandbox):
    connect(sign_in(client, person()), "acme-prod", "xero_acme-prod_sandbox_key_0001")
    assert client.get(URL.replace("proj_ABC123", "acme-prod")).status_code == 404
    assert isinstance(example(sandbox), Record)


# ---- What the model says of the catalog itself ---------------------------------------------------


def panel_address(connected) -> str:
    return unescape(
        re.search(r'id="catalog"\s+data-panel\s+hx-get="([^"]+)"', connected.get(URL).content.decode())[1]
    )


def test_a_record_that_says_otherwise_than_the_catalog_is_said_once(connected):
    address = panel_address(connected)
    assert address == f"{CATALOG}?shared=no"
    assert "The model itself is marked as not shared." in text_of(connected.get(address))
    assert "The model itself" not in text_of(connected.get(CATALOG))
    both = text_of(connected.get(f"{CATALOG}?shared=no&role=shared"))
    assert "The model itself is marked as not shared and has the role Shared." in both


def test_where_they_agree_nothing_is_said(connected):
    assert "The model itself" not in text_of(connected.get(f"{CATALOG}?shared=yes&role=deployable"))


def test_shared_by_its_record_but_not_in_the_catalog_is_said(connected, sandbox):
    example(sandbox).catalog = None
    assert "The model itself is marked as shared." in text_of(connected.get(f"{CATALOG}?shared=yes"))
    assert "The model itself" not in text_of(connected.get(f"{CATALOG}?shared=no"))


def test_an_address_made_by_hand_puts_no_words_on_the_page(connected):
    text = text_of(connected.get(CATALOG, {"shared": "no", "role": "Call 0800 123 now"}))
    assert "0800" not in text


def test_the_page_itself_shows_what_the_record_says_until_then(connected, sandbox):
    sandbox.fault("status", route="catalog", status=503)
    facts = facts_of(connected.get(URL + "?catalog=1"))
    assert (facts["Shared"], facts["Catalog role"]) == ("No", "Empty")
