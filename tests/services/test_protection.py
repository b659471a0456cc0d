"""A protected model: every service that writes refuses, before it reads and again when it records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.access.tokens import TokenStale, token_issue
from models_admin.formatting.values import base_of
from models_admin.models import Activity, Job, Protection
from models_admin.services import protecting
from models_admin.services.audit import AlreadyUsed, change, change_begin, change_finish
from models_admin.services.deleting import model_delete
from models_admin.services.editing import EditRequest, edit_purpose, model_edit
from models_admin.services.editing_all import PURPOSE as EDIT_ALL
from models_admin.services.editing_all import model_edit_all
from models_admin.services.job_run import job_run
from models_admin.services.jobs import job_draft, job_start
from models_admin.services.listing import models_list
from models_admin.services.protecting import (
    AlreadyProtected,
    NotProtected,
    ReasonRefused,
    model_protect,
    model_unprotect,
    protect_token,
    unprotect_token,
)
from models_admin.services.protection import Protected, protection_of, why_protected_all
from models_admin.services.revalidating import model_revalidate
from models_admin.services.sharing import model_share
from models_admin.services.undoing import activity_undo, activity_undo_all, undo_purpose
from models_admin.services.versions import promote_purpose, version_create, version_promote
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.secret import Secret
from sandbox.versions import add
from tests.editing import hold
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

pytestmark = pytest.mark.django_db(transaction=True)  # jobs write in threads of their own
NAME, OLD = "my-custom-model", "A fine-tuned Llama model"
REASON = "Serves the public demo"
DESCRIPTION = BY_NAME["description"]


@pytest.fixture
def access(person: Any, api_url: str, sandbox: Any) -> Access:
    sandbox.set(sharing="on", versions="on")
    add(sandbox.store, sandbox.store.project(PROJECT), EXAMPLE_ID, {"version": "9.0.0"})
    hold(sandbox, description=OLD)
    return Access(user=person("Maintainer", "mia"), project=PROJECT, key=Secret(KEY))


def protected(access: Access, reason: str = REASON, model_id: str = EXAMPLE_ID) -> Protection:
    token = protect_token(access=access, model_id=model_id)
    return model_protect(access=access, model_id=model_id, reason=reason, token=token)


def token_for(access: Access, purpose: str, seen: str = "") -> str:
    return token_issue(user=access.user, project=PROJECT, model_id=EXAMPLE_ID, purpose=purpose, seen=seen)


def edited(access: Access, *, fields: int) -> Activity:
    """An edit that could be undone."""
    entries = [change(field="description", before="Before", after=OLD)]
    entries += [change(field="license", before="MIT", after="Apache-2.0")] if fields > 1 else []
    row = change_begin(
        access=access,
        action="edit",
        model_id=EXAMPLE_ID,
        model_name=NAME,
        token=f"nonce-{fields}",
        field="description" if fields == 1 else "",
        changes=entries,
    )
    change_finish(activity=row, outcome="done")
    return row


def request_of(access: Access) -> EditRequest:
    return EditRequest(PROJECT, EXAMPLE_ID, DESCRIPTION, "New", base_of(OLD))


def edit(access: Access) -> Callable[[], Any]:
    token = token_for(access, edit_purpose("description"))
    more = {"field": DESCRIPTION, "value": "New", "base": base_of(OLD), "token": token}
    return lambda: model_edit(access=access, model_id=EXAMPLE_ID, **more)


def edit_all(access: Access) -> Callable[[], Any]:
    token = token_for(access, EDIT_ALL)
    return lambda: model_edit_all(
        access=access, model_id=EXAMPLE_ID, requests=[request_of(access)], token=token
    )


def undo(access: Access) -> Callable[[], Any]:
    row = edited(access, fields=1)
    return lambda: activity_undo(access=access, row=row, token=token_for(access, undo_purpose(row)))


def undo_all(access: Access) -> Callable[[], Any]:
    row = edited(access, fields=2)
    return lambda: activity_undo_all(access=access, row=row, token=token_for(access, undo_purpose(row)))


def revalidate(access: Access) -> Callable[[], Any]:
    token = token_for(access, "revalidate")
    return lambda: model_revalidate(access=access, model_id=EXAMPLE_ID, token=token)


def share(access: Access) -> Callable[[], Any]:
    token = token_for(access, "share", f'["{NAME}", false]')
    return lambda: model_share(access=access, model_id=EXAMPLE_ID, verb="share", token=token)


def unshare(access: Access) -> Callable[[], Any]:
    token = token_for(access, "unshare", f'["{NAME}", true]')
    return lambda: model_share(access=access, model_id=EXAMPLE_ID, verb="unshare", token=token)


def version(access: Access) -> Callable[[], Any]:
    token = token_for(access, "version")
    more = {"version": "8.0.0", "notes": "", "token": token}
    return lambda: version_create(access=access, model_id=EXAMPLE_ID, **more)


def promote(access: Access) -> Callable[[], Any]:
    token = token_for(access, promote_purpose("9.0.0"), "1.0.0")
    return lambda: version_promote(access=access, model_id=EXAMPLE_ID, version="9.0.0", token=token)


def delete(access: Access) -> Callable[[], Any]:
    token = token_for(access, "delete", f'["{NAME}", "ready", null]')
    more = {"confirm_name": NAME, "confirm_endpoints": True, "token": token}
    return lambda: model_delete(access=access, model_id=EXAMPLE_ID, **more)


WRITES = [edit, edit_all, undo, undo_all, revalidate, share, unshare, version, promote, delete]


def changes(sandbox: Any) -> list[str]:
    return [call.method for call in sandbox.requests if call.method != "GET"]


def test_an_id_in_other_case_is_the_same_models(access: Access) -> None:
    """An API may write a UUID in capitals, and open the model under both spellings."""
    found = Protection.objects.create(**access.author, model_id="9f0c-Ab_1", reason=REASON)
    assert protection_of(project=PROJECT, model_id="9F0C-aB_1") == found
    assert protection_of(project=PROJECT, model_id="9F0C-aBx1") is None


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
class TestEveryWritingPath:
    @pytest.fixture(autouse=True)
    def shareable(self, write: Any, sandbox: Any) -> None:
        hold(sandbox, is_shared=write is unshare)

    def test_is_sent_while_the_model_is_not_protected(self, access, sandbox, write):
        write(access)()
        assert len(changes(sandbox)) == 1

    def test_is_refused_with_who_when_and_why_before_anything_is_read(self, access, sandbox, write):
        call = write(access)
        protected(access)
        sandbox.requests.clear()
        rows = Activity.objects.count()
        with pytest.raises(Protected, match=rf"^Protected by mia since .* UTC: {REASON}$"):
            call()
        assert sandbox.requests == []
        assert Activity.objects.count() == rows

    def test_is_refused_when_the_model_is_protected_after_it_was_read(
        self, access, sandbox, write, monkeypatch
    ):
        call, begin = write(access), change_begin

        def protected_just_before(**given: Any) -> Activity:
            protected(access)
            return begin(**given)

        monkeypatch.setattr("models_admin.services.audit.change_begin", protected_just_before)
        sandbox.requests.clear()
        with pytest.raises(Protected):
            call()
        assert changes(sandbox) == []
        assert not Activity.objects.filter(outcome="intent").exists()

    def test_is_sent_again_after_the_protection_was_lifted(self, access, sandbox, write):
        call = write(access)
        protected(access)
        model_unprotect(
            access=access, model_id=EXAMPLE_ID, token=unprotect_token(access=access, model_id=EXAMPLE_ID)
        )
        call()
        assert len(changes(sandbox)) == 1


JOBS = {
    Job.Action.SET: {"field": "license", "value": "Apache-2.0"},
    Job.Action.CLEAR: {"field": "description"},
    Job.Action.REVALIDATE: {},
    Job.Action.DELETE: {},
}


def two_models(access: Access) -> list[Any]:
    models = models_list(access=access, fresh=True).list.models
    chosen = [model for model in models if model.id == EXAMPLE_ID]
    return chosen + [model for model in models if model.status == "ready" and model.id != EXAMPLE_ID][:1]


@pytest.mark.parametrize("action", JOBS)
class TestAJob:
    def test_skips_protected_models_in_its_preview_and_says_why(self, access, sandbox, action):
        protected(access)
        job = job_draft(access=access, action=action, models=two_models(access), **JOBS[action])
        found = {item.model_id: item for item in job.items.all()}
        assert found[EXAMPLE_ID].state == "skipped"
        assert found[EXAMPLE_ID].message.endswith(REASON)
        del found[EXAMPLE_ID]
        assert [item.state for item in found.values()] == ["waiting"]

    def test_skips_a_model_that_was_protected_since(self, access, sandbox, action):
        models = two_models(access)
        job = job_draft(access=access, action=action, models=models, **JOBS[action])
        job_start(access=access, job=job, typed="delete 2 models")
        protected(access)
        job.refresh_from_db()
        sandbox.requests.clear()
        job = job_run(access=access, job=job).job
        assert job.state == "finished"
        item = job.items.get(model_id=EXAMPLE_ID)
        assert (item.state, item.activity) == ("skipped", None)
        assert item.message.endswith(f"UTC: {REASON}")
        assert {call.model_id for call in sandbox.requests if call.method != "GET"} == {models[1].id}


def test_protecting_and_lifting_are_recorded(access, sandbox):
    protected(access, "  Serves\nthe   demo ")
    protection = Protection.objects.get()
    assert (protection.reason, protection.username, protection.model_name) == (
        "Serves the demo",
        "mia",
        NAME,
    )
    model_unprotect(
        access=access, model_id=EXAMPLE_ID, token=unprotect_token(access=access, model_id=EXAMPLE_ID)
    )
    assert not Protection.objects.exists()
    rows = Activity.objects.order_by("id")
    assert [(row.action, row.outcome, row.model_name) for row in rows] == [
        ("protect", "done", NAME),
        ("unprotect", "done", NAME),
    ]
    assert [(row.changes[0]["before"], row.changes[0]["after"]) for row in rows] == [
        (None, "Serves the demo"),
        ("Serves the demo", None),
    ]
    assert changes(sandbox) == []


@pytest.mark.parametrize("role", ["Viewer", "Editor"])
def test_it_takes_a_maintainer(access, person, role):
    weak = Access(user=person(role), project=PROJECT, key=Secret(KEY))
    with pytest.raises(NotAllowed, match="Maintainer"):
        protected(weak)
    protected(access)
    with pytest.raises(NotAllowed, match="Maintainer"):
        model_unprotect(
            access=weak, model_id=EXAMPLE_ID, token=unprotect_token(access=weak, model_id=EXAMPLE_ID)
        )
    assert Protection.objects.count() == 1


@pytest.mark.parametrize(("reason", "says"), [(" \n ", "Enter a reason"), ("x" * 301, "301 characters")])
def test_a_reason_is_needed_and_short(access, reason, says):
    with pytest.raises(ReasonRefused, match=says):
        protected(access, reason)
    assert not Protection.objects.exists()
    assert not Activity.objects.exists()


def test_the_first_of_two_protections_counts(access, monkeypatch):
    protected(access)
    with pytest.raises(AlreadyProtected):
        protected(access, "Another reason")
    # and if the first one comes while the second reads the model
    monkeypatch.setattr(protecting, "protect_open", lambda **_given: models_list(access=access).list.model(0))
    with pytest.raises(AlreadyProtected):
        protected(access, "Another reason")
    assert Protection.objects.get().reason == REASON
    assert Activity.objects.count() == 1


def test_a_form_counts_once(access):
    token = protect_token(access=access, model_id=EXAMPLE_ID)
    model_protect(access=access, model_id=EXAMPLE_ID, reason=REASON, token=token)
    with pytest.raises(AlreadyUsed):
        model_protect(access=access, model_id=EXAMPLE_ID, reason=REASON, token=token)
    with pytest.raises(TokenStale):
        model_unprotect(access=access, model_id=EXAMPLE_ID, token=token)


def test_a_protection_that_was_lifted_before_is_reported(access):
    token = unprotect_token(access=access, model_id=EXAMPLE_ID)
    with pytest.raises(NotProtected):
        model_unprotect(access=access, model_id=EXAMPLE_ID, token=token)


def test_the_protection_of_a_model_that_is_gone_hurts_no_other_and_can_be_lifted(access, sandbox):
    protected(access)
    del sandbox.store.project(PROJECT).models[EXAMPLE_ID]
    other = next(iter(sandbox.store.project(PROJECT).models))
    assert protection_of(project=PROJECT, model_id=other) is None
    assert protection_of(project="proj_other", model_id=EXAMPLE_ID) is None
    model_unprotect(
        access=access, model_id=EXAMPLE_ID, token=unprotect_token(access=access, model_id=EXAMPLE_ID)
    )
    assert not Protection.objects.exists()


def test_all_protections_of_a_project_are_read_with_one_query(access, sandbox, django_assert_num_queries):
    for model in two_models(access):
        protected(access, model_id=model.id)
    with django_assert_num_queries(1):
        found = why_protected_all(project=PROJECT)
    assert len(found) == 2
