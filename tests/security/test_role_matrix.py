"""Roles times operations, each straight at its address with a form that would be good: pages are not the guard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group

from models_admin.access.connections import Access
from models_admin.access.tokens import token_issue
from models_admin.formatting.values import base_of
from models_admin.models import Activity, DeletionRequest, Job, JobItem, ProjectRole, Protection
from models_admin.services.approval import facts_of
from models_admin.services.audit import change, change_begin, change_finish
from models_admin.services.reading import model_fetch
from models_admin.xerotier.secret import Secret
from sandbox.uploads import SEED
from sandbox.versions import add
from tests.conftest import connect, sign_in
from tests.editing import HTMX, field_url, hold
from tests.faults.calls import NAME, OLD, PAGE
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

ROLES = ["Viewer", "Editor", "Maintainer", "Administrator"]  # each includes the ones before
MODELS, JOBS = f"/projects/{PROJECT}/models/", f"/projects/{PROJECT}/jobs/"
UPLOADS, UPLOAD = f"/projects/{PROJECT}/uploads/", SEED[0][0]
REQUESTS = f"/projects/{PROJECT}/requests/"
RECORDS = "records"  # changes the console's own tables and the activity, and sends nothing
# address, the lowest role that may, what it sends upstream ("": it only reads)
OPERATIONS = {
    "list": ("/projects/proj_ABC123/models/", "Viewer", ""),
    "list-preferences": ("/projects/proj_ABC123/models/preferences/", "Viewer", ""),
    "export": ("/projects/proj_ABC123/models/export.csv", "Viewer", ""),
    "checks": ("/projects/proj_ABC123/models/checks/", "Viewer", ""),
    "checks-export": ("/projects/proj_ABC123/models/checks/export.csv", "Viewer", ""),
    "checks-dismiss": ("/projects/proj_ABC123/models/checks/dismiss/", "Editor", ""),
    "checks-restore": ("/projects/proj_ABC123/models/checks/restore/", "Editor", ""),
    "checks-repair": ("/projects/proj_ABC123/models/checks/repair/", "Editor", ""),
    "checks-details": ("/projects/proj_ABC123/models/checks/details/", "Viewer", ""),
    "detail": (PAGE, "Viewer", ""),
    "catalog": (f"{PAGE}catalog/", "Viewer", ""),
    "endpoints": (f"{PAGE}endpoints/", "Viewer", ""),
    "poll": (f"{PAGE}status/", "Viewer", ""),
    "activity": ("/activity/", "Viewer", ""),
    "activity-change": ("/projects/proj_ABC123/activity/{row}/", "Viewer", ""),
    "edit-form": (field_url("description"), "Editor", ""),
    "edit": (field_url("description"), "Editor", "PATCH"),
    "edit-all-form": (f"{PAGE}edit/", "Editor", ""),
    "edit-all": (f"{PAGE}edit/", "Editor", "PATCH"),
    "edit-files": (f"{PAGE}edit/files/", "Editor", ""),
    "edit-models": (f"{PAGE}edit/models/?from=a", "Editor", ""),
    "edit-from": (f"{PAGE}edit/?from=a", "Editor", ""),
    "preview": (f"{field_url('description')}preview/", "Editor", ""),
    "revalidate": (f"{PAGE}revalidate/", "Editor", "POST"),
    "undo": ("/projects/proj_ABC123/activity/{row}/undo/", "Editor", "PATCH"),
    "sharing": (f"{PAGE}sharing/", "Viewer", ""),
    "share-dialog": (f"{PAGE}share/", "Maintainer", ""),
    "share": (f"{PAGE}share/", "Maintainer", "POST"),
    "unshare-dialog": (f"{PAGE}unshare/", "Maintainer", ""),
    "unshare": (f"{PAGE}unshare/", "Maintainer", "POST"),
    "versions": (f"{PAGE}versions/", "Viewer", ""),
    "version": (f"{PAGE}versions/", "Maintainer", "POST"),
    "promote:9.0.0": (f"{PAGE}versions/9.0.0/promote/", "Maintainer", "POST"),
    "uploads": (UPLOADS, "Viewer", ""),
    "uploads-rows": (f"{UPLOADS}rows/", "Viewer", ""),
    "upload": (f"{UPLOADS}{UPLOAD}/", "Viewer", ""),
    "cancel_upload-dialog": (f"{UPLOADS}{UPLOAD}/cancel/", "Maintainer", ""),
    "cancel_upload": (f"{UPLOADS}{UPLOAD}/cancel/", "Maintainer", "POST"),
    "protect-form": (f"{PAGE}protect/", "Maintainer", ""),
    "protect": (f"{PAGE}protect/", "Maintainer", RECORDS),
    "unprotect": (f"{PAGE}unprotect/", "Maintainer", RECORDS),
    "delete-dialog": (f"{PAGE}delete/", "Maintainer", ""),
    "delete": (f"{PAGE}delete/", "Maintainer", "DELETE"),
    "selection": (f"{MODELS}selection/", "Editor", ""),
    "selection-export": (f"{MODELS}selection/", "Viewer", ""),
    "selection-delete": (f"{MODELS}selection/", "Maintainer", ""),
    "compare": (f"{MODELS}compare/?id={EXAMPLE_ID}&id={{other}}", "Viewer", ""),
    "jobs": (JOBS, "Viewer", ""),
    "jobs-start": (JOBS, "Editor", ""),
    "job": (f"{JOBS}{{job}}/", "Viewer", ""),
    "job-run": (f"{JOBS}{{job}}/run/", "Editor", "PATCH"),
    "job-stop": (f"{JOBS}{{job}}/stop/", "Editor", ""),
    "job-retry": (f"{JOBS}{{job}}/retry/", "Editor", ""),
    "job-undo": (f"{JOBS}{{job}}/undo/", "Editor", ""),
    "job-run-delete": (f"{JOBS}{{deletion}}/run/", "Maintainer", "DELETE"),
    "requests": (REQUESTS, "Viewer", ""),
    "request": (f"{REQUESTS}{{asked}}/", "Viewer", ""),
    "request-approve": (f"{REQUESTS}{{asked}}/approve/", "Maintainer", "DELETE"),
    "request-decline": (f"{REQUESTS}{{asked}}/decline/", "Maintainer", RECORDS),
    "settings": (f"/projects/{PROJECT}/settings/", "Administrator", ""),
    "settings-save": (f"/projects/{PROJECT}/settings/", "Administrator", RECORDS),
    "team": ("/team/", "Administrator", ""),
    "team-add": ("/team/add/", "Administrator", ""),
    "team-factor-remove": ("/team/{person}/factor/remove/", "Administrator", ""),
    "team-projects": ("/team/projects/", "Administrator", ""),
    "team-project-add": ("/team/projects/", "Administrator", ""),
    "team-project-remove": ("/team/projects/{rule}/remove/", "Administrator", ""),
}
CHECK = {"approve_deletions": "1", "all": "status-error", "reason": "Known"}
POSTED = (
    "team-factor-remove",
    "list-preferences",
    "checks-dismiss",
    "checks-restore",
    "checks-details",
    "checks-repair",
    "edit",
    "edit-all",
    "edit-files",
    "preview",
    "revalidate",
    "undo",
    "share",
    "unshare",
    "version",
    "promote:9.0.0",
    "cancel_upload",
    "protect",
    "unprotect",
    "delete",
    "request-approve",
    "request-decline",
    "settings-save",
    "selection",
    "selection-export",
    "selection-delete",
    "jobs-start",
    "job-run",
    "job-stop",
    "job-retry",
    "job-undo",
    "job-run-delete",
    "team-project-add",
    "team-project-remove",
)
# The permission passes and the form is refused: no finding of this project proposes a value, there are no files, and no
# account of that name.
ANSWERED = {"checks-repair": (422,), "edit-files": (422,), "team-project-add": (422,)}
SELECTED = {
    "selection": {"id": EXAMPLE_ID, "action": "set", "field": "license"},
    "selection-export": {"id": EXAMPLE_ID, "action": "export"},
    "team-project-add": {"whose": "group", "name": "dev", "pattern": "other-*", "role": "Editor"},
    "selection-delete": {"id": EXAMPLE_ID, "action": "delete"},
}
# Roles differ by project for these. The activity of all projects leaves out what may not be read.
OF_A_PROJECT = [
    name for name in OPERATIONS if name != "activity" and not name.startswith(("settings", "team"))
]
LATEST = "1.0.0"  # the version that is the latest when a button to promote another is shown
# What the dialog of an operation showed, as its token carries it.
SEEN: dict[str, Any] = {
    "delete": [NAME, "ready"],
    "request-approve": [NAME, "ready"],
    "share": [NAME, False],
    "unshare": [NAME, True],
}


@pytest.fixture
def edited(person: Any) -> Activity:
    """Someone else's edit, which may be undone."""
    access = Access(user=person("Maintainer"), project=PROJECT, key=Secret(KEY))
    entry = change(field="description", before="Before", after=OLD)
    more = {"model_id": EXAMPLE_ID, "model_name": NAME, "token": "nonce", "field": "description"}
    row = change_begin(access=access, action="edit", changes=[entry], **more)
    change_finish(activity=row, outcome="done")
    return row


def form_for(operation: str, user: Any, row: Activity) -> dict[str, str]:
    """A form that is good in every respect but, maybe, the role."""
    purpose = {
        "request-approve": "delete",
        "edit": "edit:description",
        "edit-all": "edit:all",
        "undo": f"undo:{row.pk}",
    }.get(operation, operation)
    seen = json.dumps(SEEN[operation]) if operation in SEEN else LATEST
    about = UPLOAD if operation == "cancel_upload" else EXAMPLE_ID
    token = token_issue(user=user, project=PROJECT, model_id=about, purpose=purpose, seen=seen)
    form = {"token": token, "value": "New", "base": base_of(OLD), "confirm_name": NAME} | CHECK
    form |= {"description": "New", "base-description": base_of(OLD), "version": "8.0.0"}
    return SELECTED.get(operation, form)


def asked_for(user: Any) -> int:
    """The number of someone else's request to delete the model, which is as that person saw it."""
    model = model_fetch(access=Access(user=user, project=PROJECT, key=Secret(KEY)), model_id=EXAMPLE_ID)
    more = {"project": PROJECT, "model_id": EXAMPLE_ID, "username": "mia", "reason": "Old"}
    return DeletionRequest.objects.create(shown=[NAME, "ready", None], facts=facts_of(model), **more).pk


def job_for(user: Any, state: str, *, action: str = "set") -> int:
    """The number of a job of this person on one model."""
    job = Job.objects.create(
        user=user, project=PROJECT, action=action, field="description", value="New", state=state
    )
    JobItem.objects.create(
        job=job, model_id=EXAMPLE_ID, model_name=NAME, status="ready", base=base_of(OLD), after="New"
    )
    return job.pk


# The role decides, whoever asks: pages and fragments alternate, and both are refused to who has no role.
WHO = [(None, {}), (None, HTMX), ("Viewer", {}), ("Editor", HTMX), ("Maintainer", {})]


@pytest.mark.parametrize(
    ("role", "headers"), WHO, ids=["none-page", "none-htmx", "Viewer", "Editor", "Maintainer"]
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_role_matrix(client, person, api_url, sandbox, edited, operation, role, headers):
    user = person(role or "Viewer")
    connect(sign_in(client, user))
    if role is None:
        user.groups.clear()  # taken away in the middle of a session
    allowed = role is not None and ROLES.index(role) >= ROLES.index(OPERATIONS[operation][1])
    attempt(client, sandbox, edited, operation, headers, allowed=allowed)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_administrator_may_everything(client, person, api_url, sandbox, edited, operation):
    connect(sign_in(client, person("Administrator")))
    attempt(client, sandbox, edited, operation, HTMX, allowed=True)


@pytest.mark.parametrize("raised", [True, False], ids=["raised", "lowered"])
@pytest.mark.parametrize("operation", OF_A_PROJECT)
def test_role_matrix_of_a_project(client, person, api_url, sandbox, edited, operation, raised):
    """The least role that may, by a rule for an account without a role; the one below it, for an administrator."""
    headers = HTMX if OF_A_PROJECT.index(operation) % 2 else {}
    least = OPERATIONS[operation][1]
    user = person("Administrator")
    connect(sign_in(client, user))
    below = {"Viewer": None, "Editor": "Viewer", "Maintainer": "Editor"}[least]
    role = Group.objects.filter(name=least if raised else below).first()
    ProjectRole.objects.create(user=user, pattern=f"{PROJECT[:4]}*", role=role)
    if raised:
        user.groups.clear()
    attempt(client, sandbox, edited, operation, headers, allowed=raised)


def attempt(client, sandbox, edited, operation, headers, *, allowed):
    """Send it, and look at the answer, at what was sent upstream, and at what was recorded."""
    path, _, sends = OPERATIONS[operation]
    user = client.user
    sandbox.set(sharing="on", versions="on", uploads="on")
    add(sandbox.store, sandbox.store.project(PROJECT), EXAMPLE_ID, {"version": "9.0.0"})
    if operation == "unshare":
        hold(sandbox, is_shared=True)
    if operation == "unprotect":
        Protection.objects.create(project=PROJECT, model_id=EXAMPLE_ID, username="mia", reason="Demo")
    asked = asked_for(user)
    sandbox.requests.clear()
    rows = Activity.objects.count()
    places = {"job": job_for(user, "open"), "deletion": job_for(user, "open", action="delete")}
    places["other"] = next(found for found in sandbox.store.project(PROJECT).models if found != EXAMPLE_ID)
    places["rule"] = ProjectRole.objects.create(group="ops", pattern="other-*").pk
    path = path.format(row=edited.pk, asked=asked, person=user.pk, **places)
    form = form_for(operation, user, edited)
    form |= {"job": str(job_for(user, "draft"))} if operation == "jobs-start" else {}
    send = client.post if operation in POSTED else client.get
    answer = send(path, form if operation in POSTED else {}, headers=headers)
    if allowed:
        assert answer.status_code in ANSWERED.get(operation, (200, 302)), answer.content.decode()
    else:
        assert answer.status_code == 403
        assert not sandbox.requests
    assert [c.method for c in sandbox.requests if c.method != "GET"] == (
        [sends] if sends not in ("", RECORDS) and allowed else []
    )
    assert Activity.objects.count() == rows + bool(sends and allowed)
