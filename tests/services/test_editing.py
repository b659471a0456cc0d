"""Saving a field: every fault of the API, two people at once, and what the activity says of it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, InterfaceError, connection

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.formatting.values import base_of
from models_admin.models import Activity
from models_admin.services import audit, editing
from models_admin.services.activity import DEAD_AFTER
from models_admin.services.audit import CannotRecord
from models_admin.services.editing import Result, edit_token, model_edit
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.secret import Secret
from tests.editing import HTMX, elsewhere, field_url, form_open, hidden, patches, save, value_of, words
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

OLD = "A fine-tuned LLM for code generation"
TYPED = "What I typed, which must not be lost"


@pytest.fixture
def access(person, api_url):
    return Access(user=person(), project=PROJECT, key=Secret(KEY), request_id="req-1")


def edit(access, value, *, field="description", seen=OLD):
    token = edit_token(access=access, model_id=EXAMPLE_ID, field_name=field)
    return model_edit(
        access=access,
        model_id=EXAMPLE_ID,
        field=BY_NAME[field],
        value=value,
        base=base_of(seen),
        token=token,
    )


# kind, its details, whether the change was carried out
LOST = [
    ("reset_before", {}, False),
    ("reset_after", {}, True),
    ("reset_middle", {}, True),
    ("timeout_before", {}, False),
    ("timeout_after", {}, True),
    ("slow", {"seconds": 3}, True),
    ("drip_headers", {}, True),
    ("drip_body", {}, True),
    ("truncated", {}, True),
    ("huge", {"size_mb": 30}, False),
    ("gzip_bomb", {"size_mb": 60}, False),
    ("html", {}, False),
    ("html", {"after": True}, True),
    ("empty", {}, False),
    ("not_object", {}, False),
    ("not_object", {"value": "null", "after": True}, True),
    ("truncated_json", {}, True),
    ("deep_json", {}, False),
    ("redirect", {}, False),
    ("redirect", {"endless": True, "after": True}, True),
    ("status", {"status": 500}, False),
    ("status", {"status": 500, "after": True}, True),
    ("status", {"status": 503, "envelope": "html"}, False),
    ("status", {"status": 502, "envelope": "empty", "after": True}, True),
]


@pytest.mark.parametrize(("kind", "detail", "done"), LOST)
def test_after_a_lost_answer_it_says_what_is_true(connected, sandbox, short_waits, kind, detail, done):
    form = form_open(connected, "description")
    sandbox.fault(kind, route="update", **detail)
    answer = save(connected, "description", TYPED, form, headers=HTMX)
    row = Activity.objects.get()
    assert len(patches(sandbox)) == 1
    assert row.changes[0]["before"] == OLD
    if done and value_of(sandbox, "description") == TYPED and row.outcome == "done":
        assert "the value is saved" in words(answer)
        assert answer.status_code == 200
    else:
        # A slow server may carry it out after we looked: "so far" is all that may be claimed.
        assert row.outcome == "unknown"
        assert answer.status_code == 422
        assert TYPED in answer.content.decode()
        assert "not saved so far" in words(answer)
        assert not done or kind in ("slow", "timeout_after")


@pytest.mark.parametrize(
    "detail",
    [
        {"status": 400, "code": "invalid_request", "param": "description", "message": "no <b>such</b> text"},
        {"status": 401, "message": "no such key"},
        {"status": 403, "code": "scope_insufficient", "message": "no such scope"},
        {"status": 404, "code": "model_not_found", "message": "no such model"},
        {"status": 409, "message": "no such luck"},
        {"status": 422, "message": "no such value"},
        {"status": 429, "retry_after": "number", "message": "no such haste"},
        {"status": 429, "retry_after": "date", "message": "no such haste"},
        {"status": 429, "message": "no such haste"},
    ],
    ids=lambda detail: str(detail["status"]),
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_refusal_lands_on_the_field_with_the_text_kept(connected, sandbox, detail, headers):
    form = form_open(connected, "description")
    sandbox.fault("status", route="update", **detail)
    answer = save(connected, "description", TYPED, form, headers=headers)
    assert answer.status_code == 422
    assert f"The API refused the change. {detail['message']}" in words(answer)
    assert "<b>such</b>" not in answer.content.decode()
    assert TYPED in answer.content.decode()
    row = Activity.objects.get()
    assert (row.outcome, row.status) == ("refused", detail["status"])
    assert len(patches(sandbox)) == 1
    # The fresh form works.
    again = connected.post(field_url("description"), hidden(answer) | {"value": TYPED})
    assert again.status_code == 302
    assert value_of(sandbox, "description") == TYPED


@pytest.mark.parametrize("kind", ["reset_before", "html", "not_object", "deep_json", "truncated", "redirect"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_where_the_model_cannot_be_read_first_nothing_is_sent_nor_lost(connected, sandbox, kind, headers):
    form = form_open(connected, "description")
    sandbox.fault(kind, route="get", times=None)
    answer = save(connected, "description", TYPED, form, headers=headers)
    assert answer.status_code == 422 if headers else answer.status_code in (502, 503, 504)
    assert "Nothing was sent" in words(answer)
    assert TYPED in answer.content.decode()
    assert patches(sandbox) == []
    sandbox.clear_faults()
    again = connected.post(field_url("description"), hidden(answer) | {"value": TYPED})
    assert again.status_code == 302


def test_where_reading_again_fails_too_the_outcome_is_unknown(access, sandbox):
    sandbox.fault("reset_after", route="update")
    sandbox.fault("status", route="get", status=503, times=None, skip=1)
    done = edit(access, TYPED)
    assert done.result is Result.UNKNOWN
    assert "We don't know whether the value was saved: reading the model again failed too" in done.message
    assert Activity.objects.get().outcome == "unknown"


def test_a_write_only_field_after_a_lost_answer_stays_unknown_and_doubtful(access, sandbox):
    edit(access, "MIT", field="license", seen=None)
    sandbox.fault("reset_after", route="update")
    done = edit(access, "Apache-2.0", field="license", seen="MIT")
    assert done.result is Result.UNKNOWN
    assert "the API does not return this field" in done.message
    # The old value cannot be taken for granted any more: setting it again is sent.
    again = edit(access, "MIT", field="license", seen="MIT")
    assert again.result is Result.SAVED
    assert len(patches(sandbox)) == 3


@pytest.mark.parametrize("kind", ["missing_keys", "nulls", "wrong_types", "extra_keys", "nan", "surrogates"])
def test_a_malformed_answer_never_makes_a_false_claim(access, sandbox, kind):
    sandbox.fault(kind, route="update")
    done = edit(access, TYPED)
    row = Activity.objects.get()
    assert row.outcome in ("done", "unknown")
    assert len(patches(sandbox)) == 1
    if done.result is Result.SAVED and not done.message:
        assert row.changes[0]["after"] == value_of(sandbox, "description")


def test_a_patch_answer_without_write_only_fields_does_not_blank_them(access, sandbox):
    edit(access, "MIT", field="license", seen=None)
    done = edit(access, TYPED)
    assert done.last_set["license"].value == "MIT"


@pytest.mark.parametrize("readable", [False, True])
def test_write_only_fields_are_saved_in_both_switches(access, sandbox, readable):
    sandbox.set(writeonly_readable=readable)
    seen = value_of(sandbox, "vocab_size") if readable else None
    done = edit(access, 50257, field="vocab_size", seen=seen)
    assert (done.result, done.message) == (Result.SAVED, "")
    row = Activity.objects.get()
    assert row.changes[0] | {"field": ""} == {
        "field": "",
        "before": seen,
        "after": 50257,
        "before_known": readable,
    }


def test_a_connection_that_never_came_about_is_recorded_as_not_sent(access, sandbox, monkeypatch):
    from models_admin.xerotier.errors import ConnectFailed

    def refuse(**given):
        raise ConnectFailed("no connection")

    monkeypatch.setattr(editing.client(), "update_model", refuse)
    done = edit(access, TYPED)
    assert done.result is Result.NOT_SENT
    assert Activity.objects.get().outcome == "not_sent"


AWAY = pytest.mark.parametrize("failure", [DatabaseError, InterfaceError])  # neither is a kind of the other


@AWAY
def test_without_a_row_there_is_no_call(access, sandbox, monkeypatch, failure):
    def fail(*args, **kwargs):
        raise failure("database is locked")

    monkeypatch.setattr(Activity, "save", fail)
    with pytest.raises(CannotRecord):
        edit(access, TYPED)
    assert patches(sandbox) == []


def test_the_form_says_when_the_activity_cannot_be_written(connected, sandbox, monkeypatch):
    form = form_open(connected, "description")

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(Activity, "save", fail)
    answer = save(connected, "description", TYPED, form)
    assert answer.status_code == 503
    assert "could not be recorded in the activity" in words(answer)
    assert TYPED in answer.content.decode()
    assert patches(sandbox) == []


@AWAY
def test_an_outcome_that_cannot_be_written_is_told_and_the_row_stays_unknown(
    access, sandbox, monkeypatch, failure
):
    real = Activity.save

    def fail(self, *args, **kwargs):
        if "update_fields" in kwargs:
            raise failure("gone")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Activity, "save", fail)
    done = edit(access, TYPED)
    assert (done.result, done.recorded) == (Result.SAVED, False)
    assert value_of(sandbox, "description") == TYPED
    assert Activity.objects.get().outcome == "intent"


def test_a_crash_between_sending_and_recording_leaves_an_unknown_row(access, sandbox, monkeypatch):
    def die(**given):
        raise SystemExit

    monkeypatch.setattr(audit, "change_finish", die)
    with pytest.raises(SystemExit):
        edit(access, TYPED)
    row = Activity.objects.get()
    assert (row.outcome, row.changes[0]["after"]) == ("intent", TYPED)
    assert len(patches(sandbox)) == 1


def test_a_key_never_gets_into_the_row(access, sandbox):
    sandbox.fault("status", route="update", status=400, message=f"bad key {KEY}")
    edit(access, TYPED)
    assert KEY not in json.dumps(list(Activity.objects.values()), default=str)


def test_a_viewer_is_refused_before_anything_is_read(person, api_url, sandbox):
    access = Access(user=person("Viewer"), project=PROJECT, key=Secret(KEY))
    with pytest.raises(NotAllowed):
        edit(access, TYPED)
    assert sandbox.requests == []


def test_an_api_error_before_sending_leaves_no_row(access, sandbox):
    sandbox.fault("status", route="get", status=401)
    with pytest.raises(ApiError):
        edit(access, TYPED)
    assert not Activity.objects.exists()


# ---- Two people ---------------------------------------------------------------------------------


def open_intent(access, after, **given):
    return audit.change_begin(
        access=access,
        action="edit",
        model_id=EXAMPLE_ID,
        model_name="m",
        token=f"other-{after}",
        field="description",
        changes=[audit.change(field="description", before=OLD, after=after)],
        **given,
    )


def test_a_save_in_progress_is_a_conflict_for_another(access, sandbox):
    other = open_intent(access, "Theirs, on its way")
    done = edit(access, TYPED)
    assert done.result is Result.CONFLICT
    assert done.current == "Theirs, on its way"
    assert "is saving this field right now" in done.message
    assert list(Activity.objects.all()) == [other]
    assert patches(sandbox) == []


def test_of_a_save_of_several_fields_in_progress_the_value_of_this_field_is_shown(access, sandbox):
    entries = [
        audit.change(field=name, before=None, after=name.upper()) for name in ("license", "description")
    ]
    Activity.objects.create(
        project=PROJECT, model_id=EXAMPLE_ID, action="edit", changes=entries, token="o", username="ana"
    )
    done = edit(access, TYPED)
    assert (done.result, done.current) == (Result.CONFLICT, "DESCRIPTION")
    assert done.message == "ana is saving this field right now, as DESCRIPTION."


def test_a_save_that_began_long_ago_and_died_is_no_conflict(access, sandbox):
    other = open_intent(access, "Died")
    Activity.objects.filter(pk=other.pk).update(created_at=other.created_at - DEAD_AFTER)
    assert edit(access, TYPED).result is Result.SAVED


def test_a_save_of_another_field_is_no_conflict(access, sandbox):
    open_intent(access, "Theirs")
    assert (
        edit(access, "MistralForCausalLM", field="architecture", seen="LlamaForCausalLM").result
        is Result.SAVED
    )


def test_a_save_that_landed_between_reading_and_sending_is_found(access, sandbox, monkeypatch):
    """The other began before our baseline, and ended after our reading: only its id tells."""
    other = open_intent(access, "Theirs")
    real = audit.change_begin

    def meanwhile(**given):
        elsewhere(sandbox, description="Theirs")
        audit.change_finish(activity=other, outcome="done")
        return real(**given)

    monkeypatch.setattr("models_admin.services.audit.change_begin", meanwhile)
    done = edit(access, TYPED)
    assert (done.result, done.current) == (Result.CONFLICT, "Theirs")
    assert value_of(sandbox, "description") == "Theirs"


def test_a_refused_save_in_between_is_no_conflict(access, sandbox):
    other = open_intent(access, "Refused")
    audit.change_finish(activity=other, outcome="refused")
    assert edit(access, TYPED).result is Result.SAVED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [2, 6])
def test_of_many_who_save_at_once_one_wins_and_the_others_are_asked(person, api_url, sandbox, people):
    accesses = [Access(user=person(), project=PROJECT, key=Secret(KEY)) for _ in range(people)]
    sandbox.set(latency_ms=20)
    barrier = Barrier(people)

    def save_mine(number):
        try:
            barrier.wait()
            return edit(accesses[number], f"Value of {number}").result
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        results = list(pool.map(save_mine, range(people)))
    assert results.count(Result.SAVED) == 1, results
    assert results.count(Result.CONFLICT) == people - 1
    assert len(patches(sandbox)) == 1
    assert value_of(sandbox, "description") == f"Value of {results.index(Result.SAVED)}"
    assert [row.outcome for row in Activity.objects.all()] == ["done"]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_many_times_at_once_is_sent_once(access, sandbox):
    token = edit_token(access=access, model_id=EXAMPLE_ID, field_name="description")
    barrier = Barrier(8)

    def press(_):
        try:
            barrier.wait()
            return model_edit(
                access=access,
                model_id=EXAMPLE_ID,
                field=BY_NAME["description"],
                value=TYPED,
                base=base_of(OLD),
                token=token,
            ).result
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(press, range(8)))
    assert results.count(Result.SAVED) == 1, results
    assert set(results) <= {Result.SAVED, Result.REPLAYED, Result.ALREADY}
    assert len(patches(sandbox)) == 1
    assert Activity.objects.count() == 1
