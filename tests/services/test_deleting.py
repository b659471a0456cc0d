"""What must be typed to delete, and what later readings say of a deletion whose answer was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from models_admin.access.connections import Access
from models_admin.formatting.text import is_typeable, visible
from models_admin.models import Activity
from models_admin.services.deleting import DeletePlan, Shown
from models_admin.services.reading import model_gone
from models_admin.services.reconcile import resolve_deletion
from models_admin.xerotier.errors import NotFound, ServiceFailed
from models_admin.xerotier.secret import Secret


def confirm_text(name):
    return DeletePlan(project="p", model_id="m1", shown=Shown(name, "ready"), token="").confirm


@pytest.mark.parametrize("name", ["my-model", "Llama 3.1 8B (q8)", "模型", "Ünïcode", "a" * 500])
def test_an_ordinary_name_is_what_must_be_typed(name):
    assert is_typeable(name)
    assert confirm_text(name) == name


@pytest.mark.parametrize(
    "name", [None, "", " padded ", "two  spaces", "line\nbreak", "bidi\u202e", "zero\u200bwidth", "e\u0301"]
)
def test_a_name_that_nobody_can_type_is_replaced_by_the_id(name):
    assert confirm_text(name) == "m1"


@given(st.text())
def test_what_must_be_typed_is_always_visible_and_survives_a_text_field(name):
    text = confirm_text(name)
    assert text
    assert visible(text) == text
    assert text == " ".join(text.split())


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (NotFound("Model 'm1' was not found.", status=404, code="model_not_found"), True),
        (NotFound("No such model.", status=404), True),  # an older answer: words, no code
        (
            NotFound("The API does not know it.", status=404, has_message=False),
            False,
        ),  # no words: a page, or nothing
        (NotFound("no", status=404, code="project_not_found"), False),
        (ServiceFailed("no", status=500, code="model_not_found"), False),
    ],
)
def test_only_the_apis_own_word_makes_a_model_gone(error, gone):
    assert model_gone(error) is gone


@pytest.fixture
def access(person):
    return Access(user=person(), project="proj_ABC123", key=Secret("xero_test"))


def deletion(access, outcome, **age):
    row = Activity.objects.create(
        user=access.user,
        username=access.user.username,
        project=access.project,
        model_id="m1",
        action="delete",
        outcome=outcome,
        token=f"{outcome}-{age}",
    )
    Activity.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(**age))
    return row


@pytest.mark.parametrize(
    ("outcome", "age", "after"),
    [
        ("unknown", {"seconds": 1}, "done"),
        ("intent", {"minutes": 5}, "done"),
        ("intent", {"seconds": 1}, "intent"),  # it may still be under way
        ("refused", {"minutes": 5}, "refused"),
        ("not_sent", {"minutes": 5}, "not_sent"),
    ],
)
def test_a_model_found_gone_later_resolves_an_unknown_deletion(access, outcome, age, after):
    row = deletion(access, outcome, **age)
    resolve_deletion(access=access, model_id="m1")
    row.refresh_from_db()
    assert row.outcome == after
    assert ("When the console checked later, the model no longer existed." in row.message) is (
        after == "done"
    )


def test_only_the_newest_deletion_is_resolved(access):
    first = deletion(access, "unknown", minutes=9)
    deletion(access, "refused", minutes=5)
    resolve_deletion(access=access, model_id="m1")
    first.refresh_from_db()
    assert first.outcome == "unknown"
