"""Pages of people whose role differs by project."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from models_admin.access.tokens import token_issue
from models_admin.formatting.values import base_of
from models_admin.models import Activity, Job, JobItem, LastProject, ProjectRole
from tests.conftest import connect, sign_in
from tests.editing import HTMX
from tests.faults.calls import PAGE
from tests.pages import Page, body_of
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

OTHER, OTHER_KEY = "acme-prod", "xero_acme-prod_sandbox_key_0001"
MODELS, OTHERS = f"/projects/{PROJECT}/models/", f"/projects/{OTHER}/models/"


def set_role(user: User, pattern: str, role: str) -> None:
    found = None if role == "None" else Group.objects.get(name=role)
    ProjectRole.objects.create(user=user, pattern=pattern, role=found)


@pytest.fixture
def both(connected: Client) -> Client:
    """A Maintainer connected to two projects, with an activity row and a job in each. `acme-prod` was used last."""
    connect(connected, OTHER, OTHER_KEY)
    for project in (PROJECT, OTHER):
        facts = {"user": connected.user, "username": "ana", "project": project}
        Job.objects.create(**facts, action="set", state="open")
        Activity.objects.create(
            **facts, model_id="m", model_name=f"of-{project}", action="delete", token=project, outcome="done"
        )
    connected.get("/account/")  # which shows the messages of connecting
    return connected


@pytest.fixture
def hidden(both: Client) -> Client:
    set_role(both.user, "acme-*", "None")
    return both


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(
    "path", ["models/", "models/export.csv", "jobs/", "activity/", "activity/export.json"]
)
def test_a_project_without_access_answers_403_and_says_why(
    hidden: Any, sandbox: Any, path: str, headers: Any
) -> None:
    sandbox.requests.clear()
    answer = hidden.get(f"/projects/{OTHER}/{path}", headers=headers)
    assert answer.status_code == 403
    text = Page(body_of(answer)).text
    assert "No access to this project" in text
    assert f"You have no access to {OTHER}. An administrator has set this for your account." in text
    assert not sandbox.requests


@pytest.mark.parametrize(
    "address", [MODELS, "/activity/", "/team/", "/connect/", "/about/", "/account/", f"{OTHERS}x/"]
)
def test_no_page_offers_it(hidden: Any, address: str) -> None:
    answer = hidden.get(address)
    page = body_of(answer)
    if not address.startswith(OTHERS):
        assert OTHER not in page
    assert f"/projects/{OTHER}/" not in page
    assert f"of-{OTHER}" not in page
    assert "key …0001" not in page or OTHER not in page
    if address != "/connect/":
        assert f"/projects/{PROJECT}/" in page


def test_its_settings_are_not_offered_to_an_administrator_either(hidden: Any) -> None:
    hidden.user.groups.set([Group.objects.get(name="Administrator")])
    assert f"/projects/{PROJECT}/settings/" in body_of(hidden.get(MODELS))
    answer = hidden.get(OTHERS)
    assert answer.status_code == 403
    assert f"/projects/{OTHER}/" not in body_of(answer)
    assert hidden.get(f"/projects/{OTHER}/settings/").status_code == 403


def test_nothing_leads_there_by_itself(hidden: Any) -> None:
    assert hidden.get("/").url == MODELS
    assert hidden.get("/models/").url == MODELS
    assert LastProject.objects.get(user=hidden.user).project == OTHER
    hidden.post("/connect/forget/", {"project": PROJECT})
    hidden.post("/connect/forget/", {"project": OTHER})
    hidden.get("/account/")
    assert OTHER not in body_of(hidden.get("/connect/"))


def test_the_activity_of_all_projects_leaves_it_out(hidden: Any) -> None:
    exported = json.loads(b"".join(hidden.get("/activity/export.json").streaming_content))
    assert exported["projects"] == [PROJECT]
    assert [item["model_name"] for item in exported["activity"]] == [f"of-{PROJECT}"]
    page = body_of(hidden.get("/activity/"))
    assert f"of-{PROJECT}" in page
    assert f"of-{OTHER}" not in page


def test_it_can_not_be_connected(signed_in: Any, api_url: str, sandbox: Any) -> None:
    set_role(signed_in.user, PROJECT, "None")
    answer = signed_in.post("/connect/", {"project_id": PROJECT, "api_key": KEY})
    assert answer.status_code == 403
    assert f"You have no access to {PROJECT}." in body_of(answer)
    assert not sandbox.requests


def test_a_rule_alone_lets_an_account_without_a_role_in(connected: Any, api_url: str) -> None:
    set_role(connected.user, PROJECT, "Viewer")
    connected.user.groups.clear()
    assert connected.get(MODELS).status_code == 200
    assert connected.get("/connect/").status_code == 200
    assert connected.post("/connect/", {"project_id": OTHER, "api_key": OTHER_KEY}).status_code == 403
    ProjectRole.objects.all().delete()
    assert connected.get("/connect/").status_code == 403


def test_buttons_give_the_reason_of_the_project_and_the_menu_names_the_role(both: Any) -> None:
    set_role(both.user, PROJECT, "Viewer")
    reason = f"Deleting needs the Maintainer role. In {PROJECT} your role is Viewer."
    page = body_of(both.get(MODELS))
    assert f'title="{reason}"' in page
    assert f"Viewer in {PROJECT}" in page
    assert reason in body_of(both.get(PAGE))
    other = body_of(both.get(OTHERS))
    assert "needs the Maintainer role" not in other
    assert f" in {OTHER}</p>" not in other


def test_the_about_page_names_the_role_and_its_rule(both: Any) -> None:
    set_role(both.user, "acme-*", "Editor")
    text = Page(body_of(both.get("/about/"))).text
    assert f"Account Maintainer In {OTHER} Editor, by a project role for you in acme-*" in text


def test_undo_is_offered_where_the_role_of_the_project_allows_it(both: Any) -> None:
    changes = [{"field": "license", "before": "a", "after": "b", "before_known": True}]
    Activity.objects.update(action="edit", field="license", changes=changes)
    set_role(both.user, OTHER, "Viewer")
    page = body_of(both.get("/activity/"))
    assert f'action="/projects/{PROJECT}/activity/' in page
    assert f'action="/projects/{OTHER}/activity/' not in page
    assert f"need the Editor role. In {OTHER} your role is Viewer." in page


def test_the_palette_gives_the_reason_instead_of_models(hidden: Any) -> None:
    assert Page(body_of(hidden.get(f"/projects/{OTHER}/palette/?q=a"))).text == (
        f"You have no access to {OTHER}. An administrator has set this for your account."
    )


def test_a_job_is_not_carried_by_a_colleague_whose_role_in_the_project_is_lower(
    connected: Any, person: Any, sandbox: Any
) -> None:
    job = Job.objects.create(
        user=connected.user, project=PROJECT, action="set", field="license", value="MIT", state="open"
    )
    item = JobItem.objects.create(job=job, model_id=EXAMPLE_ID, base=base_of("Apache-2.0"), after="MIT")
    colleague = connect(sign_in(Client(), person("Maintainer")))
    set_role(colleague.user, "proj_*", "Viewer")
    sandbox.requests.clear()
    for action in ("run", "stop", "retry", "undo"):
        answer = colleague.post(f"/projects/{PROJECT}/jobs/{job.pk}/{action}/")
        assert answer.status_code == 403
        assert f"In {PROJECT} your role is Viewer." in body_of(answer)
    item.refresh_from_db()
    job.refresh_from_db()
    assert (item.state, item.ran_by, job.state, job.run_at) == ("waiting", "", "open", None)
    assert not sandbox.requests
    assert not Activity.objects.exists()
    page = body_of(colleague.get(f"/projects/{PROJECT}/jobs/{job.pk}/"))
    assert f"need the Editor role. In {PROJECT} your role is Viewer." in page
    connected.post(f"/projects/{PROJECT}/jobs/{job.pk}/run/")
    item.refresh_from_db()
    assert item.ran_by == connected.user.username


def test_a_form_that_was_opened_before_is_refused(connected: Any, sandbox: Any) -> None:
    form = {
        "token": token_issue(
            user=connected.user, project=PROJECT, model_id=EXAMPLE_ID, purpose="edit:license"
        )
    }
    set_role(connected.user, PROJECT, "Viewer")
    sandbox.requests.clear()
    answer = connected.post(f"{PAGE}fields/license/", form | {"value": "MIT", "base": base_of("x")})
    assert answer.status_code == 403
    assert not sandbox.requests


def test_the_job_in_the_bar_is_not_one_of_a_hidden_project(hidden: Any) -> None:
    page = body_of(hidden.get(MODELS))
    assert f"/projects/{PROJECT}/jobs/{Job.objects.get(project=PROJECT).pk}/" in page
    assert f"/projects/{OTHER}/jobs/" not in page
