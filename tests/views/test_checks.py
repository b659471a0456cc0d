"""The checks page, against the live sandbox: findings, filters, dismissing and taking back, exports."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape

import pytest

from models_admin.checks.rules import RULES
from models_admin.models import Activity, Dismissal, ModelDetails
from models_admin.services.listing import cache
from tests.conftest import connect, sign_in
from tests.editing import HTMX
from tests.sandbox_fixture import EMPTY, EXAMPLE_ID, KEYS, PROJECT

CHECKS = f"/projects/{PROJECT}/models/checks/"


@pytest.fixture
def findings(connected, sandbox):
    """The example model contradicts its name and has a quantization in capitals; all others are deleted."""
    sandbox.set(dialect="openai")
    models = sandbox.store.project(PROJECT).models
    for model_id in [model_id for model_id in models if model_id != EXAMPLE_ID]:
        del models[model_id]
    models[EXAMPLE_ID].change({"name": "my-7b", "quantization": "AWQ", "parameter_count": 70_000_000_000})
    cache.clear()
    return connected


def page(client, query: str = "") -> str:
    answer = client.get(CHECKS + query)
    assert answer.status_code == 200
    return answer.content.decode()


def keys(html: str) -> list[str]:
    return [unescape(key) for key in re.findall(r'name="finding" value="([^"]*)"', html)]


NAME, METHOD, SIZE = (
    f"{rule}:{EXAMPLE_ID}" for rule in ("name-parameters", "quantization-method", "size-parameters")
)


def test_findings_are_grouped_with_reason_and_proposal(findings):
    html = page(findings)
    assert keys(html) == [NAME, METHOD, SIZE]
    assert "The name says 7B, but the field says 70B." in html
    assert "7,000,000,000" in html
    assert "“AWQ” should be written awq." in html
    assert "Hidden size missing" in html  # among those that can't be decided


def test_six_facts_per_model_decide_few_checks_and_the_page_says_so(connected):
    html = page(connected)
    assert f"{len(RULES) - 2} of {len(RULES)} checks can't run: they need more than" in " ".join(html.split())
    assert "six fields" in html
    assert {key.partition(":")[0] for key in keys(html)} == {"status-error", "status-validating"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=MY-7b", 3),
        ("?q=other", 0),
        (f"?q={EXAMPLE_ID}", 3),
        ("?rule=quantization-method", 1),
        ("?rule=no-such-rule", 3),
        ("?proposal=1", 3),
        ("?state=dismissed", 0),
        ("?rule=quantization-method&page=9", 1),
        ("?page=x&q=%00", 3),
    ],
)
def test_findings_are_searched_and_filtered(findings, query, expected):
    assert len(keys(page(findings, query))) == expected


def test_a_rule_shows_ten_of_its_findings_and_all_of_them_on_pages_of_fifty(connected, sandbox):
    sandbox.set(dialect="openai", models=120)
    for record in sandbox.store.project(PROJECT).models.values():
        record.change({"description": None})
    cache.clear()
    html = page(connected)
    assert sum(key.startswith("missing-description:") for key in keys(html)) == 10
    assert "Show all 120" in html
    assert len(keys(page(connected, "?rule=missing-description"))) == 50
    last = page(connected, "?rule=missing-description&page=3")
    assert len(keys(last)) == 20
    assert "101–120 of 120" in last  # noqa: RUF001


def test_a_dismissed_finding_is_hidden_shown_with_its_reason_and_taken_back(findings):
    answer = findings.post(f"{CHECKS}dismiss/", {"finding": NAME, "reason": "A <b>name</b> only"})
    assert answer.status_code == 302
    assert NAME not in keys(page(findings))
    dismissed = page(findings, "?state=dismissed")
    assert keys(dismissed) == [NAME]
    assert "Dismissed: A &lt;b&gt;name&lt;/b&gt; only (maintainer-" in dismissed
    answer = findings.post(f"{CHECKS}restore/", {"finding": NAME, "query": "?state=dismissed"})
    assert answer["Location"] == f"{CHECKS}?state=dismissed"
    assert NAME in keys(page(findings))


def test_a_dismissal_holds_only_for_the_finding_that_was_dismissed(findings, sandbox):
    findings.post(f"{CHECKS}dismiss/", {"finding": METHOD, "reason": "Known"})
    sandbox.store.project(PROJECT).models[EXAMPLE_ID].change({"quantization": "GPTQ"})
    cache.clear()
    assert METHOD in keys(page(findings))


def test_all_findings_of_a_rule_are_dismissed_as_far_as_the_filters_show_them(findings, sandbox):
    models = sandbox.store.project(PROJECT).models
    other = models[EXAMPLE_ID].copy()
    other.id = "other"
    other.change({"name": "another-7b"})
    models["other"] = other
    cache.clear()
    form = {"all": "quantization-method", "reason": "Known", "query": "?q=another"}
    findings.post(f"{CHECKS}dismiss/", form)
    assert [(row.model_id, row.rule) for row in Dismissal.objects.all()] == [("other", "quantization-method")]
    findings.post(f"{CHECKS}dismiss/", {**form, "query": ""})
    assert Dismissal.objects.count() == 2


def test_a_key_that_no_database_takes_restores_nothing(findings):
    answer = findings.post(f"{CHECKS}restore/", {"finding": ["name-parameters:\0", ""]})
    assert answer.status_code == 302


def test_one_finding_is_dismissed_whatever_else_is_selected(findings):
    form = {"only": NAME, "finding": [NAME, METHOD], "all": "size-parameters", "reason": "Known"}
    findings.post(f"{CHECKS}dismiss/", form)
    assert keys(page(findings)) == [METHOD, SIZE]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"finding": NAME, "reason": " "}, "Give a reason"),
        ({"reason": "Known"}, "Select the findings"),
        ({"finding": "name-parameters:gone", "reason": "Known"}, "Select the findings"),
    ],
)
def test_without_a_reason_or_a_selection_nothing_is_dismissed(findings, form, words):
    answer = findings.post(f"{CHECKS}dismiss/", form)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert words in html
    assert ("checked" in html) == (form.get("finding") == NAME)
    assert ("aria-invalid" in html) == (words == "Give a reason")
    assert not Dismissal.objects.exists()


def test_a_viewer_sees_findings_and_can_not_dismiss(findings, client, person):
    viewer = connect(sign_in(client, person("Viewer")))
    html = page(viewer)
    assert "my-7b" in html
    assert not keys(html)
    assert "need the Editor role" in html
    assert viewer.post(f"{CHECKS}dismiss/", {"finding": NAME, "reason": "x"}).status_code == 403
    assert viewer.post(f"{CHECKS}restore/", {"finding": NAME}).status_code == 403


def test_exports_have_what_the_filters_leave(findings):
    answer = findings.get(f"{CHECKS}export.csv?rule=quantization-method")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(row["rule"], row["field"], row["proposal"]) for row in rows] == [
        ("quantization-method", "quantization", "awq")
    ]
    findings.post(f"{CHECKS}dismiss/", {"finding": NAME, "reason": "Known"})
    answer = json.loads(findings.get(f"{CHECKS}export.json?state=dismissed").getvalue())
    assert answer["count"] == 1
    assert answer["findings"][0]["dismissed"] == "Known"
    assert answer["findings"][0]["proposal"] == 7_000_000_000


def test_an_empty_project_has_no_findings(connected):
    connect(connected, EMPTY, KEYS[EMPTY])
    html = connected.get(f"/projects/{EMPTY}/models/checks/").content.decode()
    assert "Nothing found" in html


def test_a_models_page_shows_its_own_findings_until_they_are_dismissed(findings):
    address = f"/projects/{PROJECT}/models/{EXAMPLE_ID}/"
    html = findings.get(address).content.decode()
    assert "The name says 7B, but the field says 70B." in html
    assert f'href="{address}fields/quantization/"' in html
    assert f'href="{CHECKS}?q={EXAMPLE_ID}"' in html
    findings.post(f"{CHECKS}dismiss/", {"finding": [NAME, METHOD, SIZE], "reason": "Known"})
    assert "The name says 7B" not in findings.get(address).content.decode()


def test_a_models_page_without_findings_has_no_part_for_them(findings, sandbox):
    sandbox.store.project(PROJECT).models[EXAMPLE_ID].change(
        {"name": "mine", "quantization": "awq", "parameter_count": 7_000_000_000}
    )
    assert "findings-title" not in findings.get(f"/projects/{PROJECT}/models/{EXAMPLE_ID}/").content.decode()


@pytest.fixture
def six_facts(findings, sandbox):
    """The same model where the list carries six fields."""
    sandbox.set(dialect="document")
    cache.clear()
    sandbox.requests.clear()
    return findings


def read_details(client, **headers):
    return client.post(f"{CHECKS}details/", {"query": ""}, headers=headers)


def reads(sandbox) -> int:
    return sum(call.model_id is not None for call in sandbox.requests)


def test_reading_the_details_lets_all_checks_run(six_facts, sandbox):
    assert "Read the details of 1 model" in page(six_facts)
    assert keys(page(six_facts)) == []
    assert read_details(six_facts).status_code == 302
    html = page(six_facts)
    assert keys(html) == [NAME, METHOD, SIZE]
    assert "1 of 1 models read" in html
    read_details(six_facts)
    assert reads(sandbox) == 1


def test_details_are_read_again_after_a_change_from_here(six_facts, sandbox):
    read_details(six_facts)
    Activity.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="x", action="edit", token="t")
    assert keys(page(six_facts)) == []
    assert "Read the details of 1 model" in page(six_facts)


@pytest.mark.parametrize("end", ["finished_at", "resolved_at"])
def test_details_that_were_read_while_a_change_took_effect_are_not_used(six_facts, sandbox, end):
    read_details(six_facts)
    read_at = ModelDetails.objects.get().read_at
    before, after = read_at - timedelta(seconds=5), read_at + timedelta(seconds=5)
    row = Activity.objects.create(project=PROJECT, model_id=EXAMPLE_ID, action="edit", token="t")
    changes = Activity.objects.filter(pk=row.pk)
    changes.update(created_at=before, finished_at=before)
    assert keys(page(six_facts)) == [NAME, METHOD, SIZE]
    changes.update(**{end: after})
    assert keys(page(six_facts)) == []


def test_a_404_of_a_proxy_is_not_taken_for_details(six_facts, sandbox):
    sandbox.fault("status", route="get", status=404, envelope="html", times=100)
    read_details(six_facts)
    assert not ModelDetails.objects.exists()


def test_the_list_counts_where_it_and_the_details_differ(six_facts, sandbox):
    read_details(six_facts)
    sandbox.store.project(PROJECT).models[EXAMPLE_ID].change({"name": "my-70b"})
    cache.clear()
    assert NAME not in keys(page(six_facts))


def test_reading_stops_before_the_rate_limit_and_goes_on_by_itself(connected, sandbox):
    sandbox.set(rate_limit=30)
    sandbox.requests.clear()
    cache.clear()
    answer = read_details(connected, **HTMX)
    html = answer.content.decode()
    done = reads(sandbox)
    assert 0 < done <= 20
    assert f"{done} of 44 models read" in html
    html = read_details(connected, **HTMX).content.decode()
    assert "nearly used up" in html
    assert re.search(r"load delay:\d+s", html)
    assert reads(sandbox) == done
    assert all(call.status == 200 for call in sandbox.requests)


def test_htmx_asks_for_slices_until_all_are_read_and_then_shows_the_page(connected, sandbox):
    first = read_details(connected, **HTMX)
    assert "32 of 44 models read" in first.content.decode()
    assert 'hx-trigger="submit, load delay:100ms"' in first.content.decode()
    last = read_details(connected, **HTMX)
    assert last["HX-Redirect"] == CHECKS
    assert reads(sandbox) == 44


def test_a_failure_ends_the_reading_and_is_named(connected, sandbox):
    page(connected)
    sandbox.fault("status", status=500, route="get", times=None)
    html = read_details(connected, **HTMX).content.decode()
    assert "0 of 44 models read." in html
    assert "hx-trigger" not in html


@pytest.mark.django_db(transaction=True)  # a job runs in threads with connections of their own
def test_the_selected_proposals_become_one_job_with_a_value_for_each_field(findings, sandbox):
    answer = findings.post(f"{CHECKS}repair/", {"finding": [NAME, METHOD, SIZE]})
    assert answer.status_code == 302
    preview = findings.get(answer["Location"]).content.decode()
    assert "Set 2 values that checks propose" in preview
    assert "Quantization:" in preview
    number = re.search(r"/jobs/(\d+)/", answer["Location"]).group(1)
    findings.post(f"/projects/{PROJECT}/jobs/", {"job": number})
    findings.post(f"/projects/{PROJECT}/jobs/{number}/run/")
    facts = sandbox.store.project(PROJECT).models[EXAMPLE_ID].facts
    assert (facts["parameter_count"], facts["quantization"]) == (7_000_000_000, "awq")
    assert keys(page(findings)) == []
    undo = findings.post(f"/projects/{PROJECT}/jobs/{number}/undo/")
    number = re.search(r"/jobs/(\d+)/", undo["Location"]).group(1)
    assert "values of 2 models" in findings.get(undo["Location"]).content.decode()
    findings.post(f"/projects/{PROJECT}/jobs/", {"job": number})
    findings.post(f"/projects/{PROJECT}/jobs/{number}/run/")
    facts = sandbox.store.project(PROJECT).models[EXAMPLE_ID].facts
    assert (facts["parameter_count"], facts["quantization"]) == (
        70_000_000_000,
        "awq",
    )  # the API refuses "AWQ"


def test_findings_without_a_proposal_make_no_job(connected):
    answer = connected.post(f"{CHECKS}repair/", {"all": "status-error"})
    assert answer.status_code == 422
    assert "Select findings that propose a value." in answer.content.decode()
    assert "aria-invalid" not in answer.content.decode()
