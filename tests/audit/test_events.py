"""Every change of a model and of an account leaves as one line, in order, at least once, without secrets."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client

from models_admin.models import Activity, AuditEvent, ProjectRole
from models_admin.services import audit_log
from models_admin.services.audit import change_begin, change_drop
from models_admin.services.audit_events import event_record
from models_admin.services.audit_log import audit_log_write
from models_admin.services.reconcile import resolve_deletion
from tests.audit.conftest import Lines
from tests.conftest import PASSWORD, sign_in
from tests.editing import save
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

SCHEMA = {"id", "schema", "time", "type", "actor", "request_id"}
OF_CHANGE = SCHEMA | {
    "activity", "began_at", "project", "model_id", "model_name", "action", "outcome", "changes", "message", "status",
    "code", "api_request_id", "job", "undoes",
}  # fmt: skip


@pytest.fixture
def editing(stream: Lines, connected: Any) -> Any:
    """A connected Maintainer; making the account is no longer in the stream."""
    stream.texts.clear()
    return connected


@pytest.fixture
def administrator(stream: Lines, client: Any, person: Any) -> Any:
    client = sign_in(client, person("Administrator", "ada"))
    stream.texts.clear()
    return client


def test_an_edit_is_two_lines_before_and_after_the_call(editing: Any, stream: Lines) -> None:
    answer = save(editing, "license", "MIT")
    row = Activity.objects.get()
    begun, finished = stream.events
    assert (begun["type"], begun["outcome"]) == ("change.begun", "intent")
    assert (finished["type"], finished["outcome"]) == ("change.finished", "done")
    assert begun["id"] < finished["id"]
    assert begun.keys() == finished.keys() == OF_CHANGE
    assert finished["actor"] == {"id": editing.user.pk, "username": editing.user.username}
    assert (finished["activity"], finished["project"], finished["model_id"]) == (row.pk, PROJECT, EXAMPLE_ID)
    assert finished["changes"][0]["after"] == "MIT"
    assert finished["request_id"] == answer["X-Request-ID"]
    assert not AuditEvent.objects.exists()


def test_a_row_that_is_dropped_or_resolved_later_is_a_line_too(stream: Lines, access: Any) -> None:
    row = begin(access)
    change_drop(activity=row)
    begin(access, token="second", action="delete")
    Activity.objects.update(outcome="unknown")
    resolve_deletion(access=access, model_id="m-1")
    assert [kind for kind in stream.kinds if kind.startswith("change.")] == [
        "change.begun",
        "change.dropped",
        "change.begun",
        "change.resolved",
    ]
    assert stream.events[-1]["outcome"] == "done"


def test_secrets_that_were_typed_into_a_text_are_hidden_and_long_texts_cut(
    editing: Any, stream: Lines
) -> None:
    save(editing, "description", f"Call it with {KEY} " + "x" * 5000)
    assert stream.events[-1]["outcome"] == "done"
    value = stream.events[0]["changes"][0]["after"]
    assert value.startswith("Call it with [hidden] xxx")
    assert value.endswith("xxx… (5022 characters)")
    assert len(value) < 540
    save(
        editing, "description", "y" * 480 + "https://me:hunter2-and-much-more@db.example"
    )  # the cut goes through it
    assert stream.events[-1]["outcome"] == "done"
    texts = "".join(stream.texts)
    assert KEY not in texts
    assert "hunter2" not in texts


def test_what_happens_to_an_account_is_told_with_who_did_it(administrator: Any, stream: Lines) -> None:
    form = {"username": "nora", "role": "Editor", "password1": PASSWORD, "password2": PASSWORD}
    assert administrator.post("/team/add/", form).status_code == 302
    nora = User.objects.get(username="nora")
    new = "another correct horse 7 battery"
    changed = {"username": "nora", "email": "nora@example.com", "role": "Viewer"}
    administrator.post(f"/team/{nora.pk}/change/", changed)
    administrator.post(f"/team/{nora.pk}/password/", {"new_password1": new, "new_password2": new})
    administrator.post(f"/team/{nora.pk}/lock/")
    number = nora.pk
    nora.delete()
    facts = [
        (event["type"], event.get("changed") or event.get("after", {}).get("roles"))
        for event in stream.events
    ]
    assert facts == [
        ("account.created", None),
        ("account.roles_changed", ["Viewer"]),
        ("account.roles_changed", []),
        ("account.roles_changed", ["Editor"]),
        ("account.changed", ["email"]),
        ("account.roles_changed", []),
        ("account.roles_changed", ["Viewer"]),
        ("account.changed", ["password"]),
        ("account.changed", ["is_active"]),
        ("account.deleted", None),
    ]
    locked = next(event for event in stream.events if event.get("changed") == ["is_active"])
    assert (locked["before"], locked["after"]) == ({"is_active": True}, {"is_active": False})
    assert locked["actor"]["username"] == "ada"
    assert locked["account"] == {"id": number, "username": "nora"}
    text = "".join(stream.texts)
    assert new not in text
    assert PASSWORD not in text
    assert "md5$" not in text
    assert "nora@example.com" not in text


def test_ones_own_password_and_a_commands_account_are_in_it(editing: Any, stream: Lines) -> None:
    form = {"old_password": PASSWORD, "new_password1": PASSWORD[::-1], "new_password2": PASSWORD[::-1]}
    assert editing.post("/account/", form).status_code == 302
    assert stream.events[-1]["changed"] == ["password"]
    assert stream.events[-1]["actor"]["id"] == editing.user.pk
    call_command("createsuperuser", "--noinput", "--username=root", "--email=r@example.com", verbosity=0)
    created = stream.events[-1]
    assert (created["type"], created["actor"], created["after"]["is_superuser"]) == (
        "account.created",
        None,
        True,
    )


def test_signing_in_changes_no_account(client: Any, person: Any, stream: Lines) -> None:
    user = person("Viewer", "vera")
    stream.texts.clear()
    assert client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 302
    assert stream.texts == []


def test_people_put_into_a_group_are_told_one_by_one(stream: Lines, person: Any) -> None:
    people = [person("Viewer"), person("Viewer")]
    stream.texts.clear()
    Group.objects.get(name="Editor").user_set.add(*people)
    Group.objects.get(name="Editor").user_set.remove(people[0], person("Viewer"))
    Group.objects.get(name="Viewer").user_set.clear()
    assert [
        (event["account"]["id"], event["before"]["roles"], event["after"]["roles"])
        for event in stream.events
        if event["type"] == "account.roles_changed" and event["account"]["id"] in {user.pk for user in people}
    ] == [
        (people[0].pk, ["Viewer"], ["Editor", "Viewer"]),
        (people[1].pk, ["Viewer"], ["Editor", "Viewer"]),
        (people[0].pk, ["Editor", "Viewer"], ["Viewer"]),
        (people[0].pk, ["Viewer"], []),
        (people[1].pk, ["Editor", "Viewer"], ["Editor"]),
    ]


def test_a_log_that_cannot_be_written_delays_lines_and_loses_none(editing: Any, stream: Lines) -> None:
    stream.broken = True
    assert save(editing, "license", "MIT").status_code in (200, 302)
    assert stream.texts == []
    assert AuditEvent.objects.count() == 2
    stream.broken = False
    save(editing, "license", "Apache-2.0")
    assert stream.kinds == ["change.begun", "change.finished"] * 2
    ids = [event["id"] for event in stream.events]
    assert ids == sorted(ids)
    assert not AuditEvent.objects.exists()


def test_a_process_that_dies_after_the_commit_or_after_the_line_loses_nothing(
    stream: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    AuditEvent.objects.create(body={"type": "change.begun"})  # committed, and then it died
    assert audit_log_write()
    assert stream.kinds == ["change.begun"]
    AuditEvent.objects.create(body={"type": "change.finished"})

    def died(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "events_done", died)
        with pytest.raises(OperationalError):
            audit_log_write()
    audit_log_write()
    assert stream.kinds == ["change.begun", "change.finished", "change.finished"]
    assert stream.events[1] == stream.events[2]


def test_a_change_whose_event_cannot_be_recorded_is_not_sent(
    editing: Any, stream: Lines, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_kwargs: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(AuditEvent.objects, "create", full)
    assert save(editing, "license", "MIT").status_code == 503
    assert [call for call in sandbox.requests if call.method == "PATCH"] == []
    assert not Activity.objects.exists()


def test_lines_of_many_threads_are_in_order(stream: Lines) -> None:
    def record() -> None:
        try:
            for number in range(20):
                event_record("test", actor=None, request_id="", number=number)
        finally:
            connection.close()

    threads = [threading.Thread(target=record) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audit_log_write()
    ids = [event["id"] for event in stream.events]
    assert len(ids) == 120
    assert ids == sorted(set(ids))


def test_without_a_receiver_nothing_is_kept(connected: Any) -> None:
    save(connected, "license", "MIT")
    assert Activity.objects.count() == 1
    assert not AuditEvent.objects.exists()


@pytest.fixture
def access(person: Any) -> Any:
    from models_admin.access.connections import Access
    from models_admin.xerotier.secret import Secret

    return Access(user=person(), project=PROJECT, key=Secret(KEY), request_id="request-1")


def begin(access: Any, *, token: str = "first", action: str = "edit") -> Activity:
    return change_begin(access=access, action=action, model_id="m-1", model_name="M", token=token)


def test_ending_a_session_elsewhere_says_which_without_its_key(administrator: Any, stream: Lines) -> None:
    there = Client(headers={"User-Agent": "curl/8.5.0"}, REMOTE_ADDR="192.0.2.7")
    there.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    stream.texts.clear()
    administrator.post("/account/sessions/end-others/")
    [event] = stream.events
    assert (event["type"], event["account"]["username"]) == ("account.session_ended", "ada")
    assert event["actor"] == event["account"]
    assert (event["session"]["address"], event["session"]["user_agent"]) == ("192.0.2.7", "curl/8.5.0")
    assert there.cookies[settings.SESSION_COOKIE_NAME].value not in stream.texts[0]


def test_a_second_factor_that_is_removed_is_an_event(administrator: Any, stream: Lines, person: Any) -> None:
    ana = person()
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "x"})
    stream.texts.clear()
    administrator.post(f"/team/{ana.pk}/factor/remove/")
    [event] = stream.events
    assert (event["type"], event["message"]) == ("account.factor_changed", "Second factor removed.")
    assert (event["actor"]["username"], event["account"]["id"]) == ("ada", ana.pk)


def test_a_role_for_projects_is_told_when_it_comes_and_goes(
    administrator: Any, stream: Lines, person: Any
) -> None:
    vera = person("Viewer", "vera")
    stream.texts.clear()
    administrator.post("/team/projects/", {"name": "vera", "pattern": "prod-*", "role": "None"})
    administrator.post(f"/team/projects/{ProjectRole.objects.get().pk}/remove/")
    ProjectRole.objects.create(user=vera, pattern="*", role=Group.objects.get(name="Editor"))
    ProjectRole.objects.create(group="release", pattern="prod-a")
    number = vera.pk
    vera.delete()
    facts = [
        (event["type"], event["account"], event["group"], event["pattern"], event["role"])
        for event in stream.events
        if "project_role" in event["type"]
    ]
    account = {"id": number, "username": "vera"}
    assert facts == [
        ("account.project_role_added", account, "", "prod-*", "None"),
        ("account.project_role_removed", account, "", "prod-*", "None"),
        ("account.project_role_added", account, "", "*", "Editor"),
        ("account.project_role_added", None, "release", "prod-a", "None"),
        ("account.project_role_removed", account, "", "*", "Editor"),
    ]
    assert [event["actor"]["username"] for event in stream.events[:2]] == ["ada", "ada"]
