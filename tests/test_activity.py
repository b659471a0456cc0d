"""Reading the activity: the values last set, what can be undone, and what is kept of hostile values."""

from __future__ import annotations

import random
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_admin.formatting.storable import json_storable, text_storable
from models_admin.models import Activity
from models_admin.screens.model.fields import field_rows
from models_admin.services.activity import last_set, last_set_many, undo_obstacle
from models_admin.services.activity_search import Filters
from models_admin.services.audit import AlreadyUsed, change_begin, change_drop, change_finish
from models_admin.services.reading import snapshot_of
from models_admin.xerotier.errors import BadRequest
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.secret import Secret

numbers = count(1)


def row(after, *, field="license", **given):
    facts = {
        "username": "ana",
        "project": "p",
        "model_id": "m",
        "action": "edit",
        "field": field,
        "outcome": "done",
        "changes": [{"field": field, "before": None, "after": after, "before_known": True}],
        "token": f"t{next(numbers)}",
    }
    return Activity.objects.create(**(facts | given))


def last():
    return last_set(project="p", model_id="m")


@pytest.mark.django_db
def test_the_last_value_that_was_set_is_kept_by_field():
    row("MIT")
    row("Apache-2.0", username="rui")
    row(32, field="num_layers", action="undo")
    assert (last()["license"].value, last()["license"].who) == ("Apache-2.0", "rui")
    assert last()["num_layers"].value == 32
    assert "vocab_size" not in last()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", [{"outcome": "refused"}, {"outcome": "not_sent"}, {"project": "q"}, {"model_id": "n"}]
)
def test_what_was_refused_or_belongs_to_another_model_is_not_in_it(given):
    row("MIT")
    row("wrong", **given)
    assert (last()["license"].value, last()["license"].has_doubt) == ("MIT", False)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_values_last_set_on_many_models_are_those_of_each(seed):
    chance, models, fields = random.Random(seed), ("m", "n", "o"), ("license", "num_layers")
    for at in range(60):
        kind = chance.choice(["edit", "undo", "several", "revalidate", "delete"])
        outcome = chance.choice(["done", "done", "done", "refused", "not_sent", "unknown", "intent"])
        names = {"several": ["license", "family"][: chance.randint(1, 2)], "revalidate": [], "delete": []}
        chosen = names.get(kind, [chance.choice([*fields, "description"])])
        row(
            at,
            field=chosen[0] if kind in ("edit", "undo") else "",
            action="edit" if kind == "several" else kind,
            model_id=chance.choice(models),
            outcome=outcome,
            changes=[{"field": name, "before": None, "after": at, "before_known": True} for name in chosen],
        )
    row("elsewhere", project="q", model_id="m")
    found = last_set_many(project="p", fields=fields)
    for model_id in models:
        of_model = last_set(project="p", model_id=model_id)
        assert found.get(model_id, {}) == {name: of_model[name] for name in fields if name in of_model}


@pytest.mark.django_db
def test_the_values_last_set_on_many_models_are_read_from_few_rows(monkeypatch, django_assert_num_queries):
    """However often a field was set and a model revalidated: one row of each model and field is read for it."""
    for at in range(50):
        row(at, model_id=f"m{at % 2}")
        row(at, model_id=f"m{at % 2}", field="num_layers")
        row(at, model_id=f"m{at % 2}", field="description")
    read, from_db = [], Activity.from_db.__func__
    monkeypatch.setattr(
        Activity, "from_db", classmethod(lambda cls, *values: read.append(1) or from_db(cls, *values))
    )
    with django_assert_num_queries(4):
        found = last_set_many(project="p", fields=("license", "num_layers"))
    assert {name: found["m1"][name].value for name in found["m1"]} == {"license": 49, "num_layers": 49}
    assert len(read) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["unknown", "intent"])
def test_a_later_save_of_unknown_outcome_is_a_doubt(outcome):
    row("MIT")
    row("GPL-3.0-only", outcome=outcome)
    assert (last()["license"].value, last()["license"].doubtful) == ("MIT", "GPL-3.0-only")
    shown = next(
        item
        for item in field_rows(project="proj_A", model=Model(id="m"), last_set=last(), why_not="")
        if item.name == "license"
    )
    assert "a later change to GPL-3.0-only" in shown.doubt


@pytest.mark.django_db
def test_a_later_revalidation_is_a_doubt_until_it_is_set_again():
    row("MIT")
    row(None, action="revalidate", field="", changes=[])
    assert last()["license"].revalidated_at
    row("MIT")
    assert last()["license"].revalidated_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["refused", "not_sent"])
def test_a_revalidation_that_did_not_start_is_no_doubt(outcome):
    row("MIT")
    row(None, action="revalidate", field="", changes=[], outcome=outcome)
    assert last()["license"].revalidated_at is None
    assert last_set_many(project="p", fields=("license",))["m"]["license"].revalidated_at is None


@pytest.mark.django_db
def test_the_values_last_set_cost_one_query(django_assert_num_queries):
    for number in range(50):
        row(f"licence {number}")
    with django_assert_num_queries(1):
        assert last()["license"].value == "licence 49"


def test_an_edit_can_be_undone_only_where_it_changed_something_known():
    def edit(**entry):
        changes = [{"field": "license", "before": "a", "after": "b", "before_known": True} | entry]
        return Activity(action="edit", field="license", outcome="done", changes=changes)

    assert undo_obstacle(edit()) == ""
    assert undo_obstacle(edit(before_known=False)) == "The previous value is not known."
    assert undo_obstacle(edit(before="b")) == "There is nothing to undo, because the value didn't change."


@pytest.fixture
def access(person):
    from models_admin.access.connections import Access

    return Access(user=person(), project="p", key=Secret("xero_p_key"), request_id="r")


def begin(access, **given):
    facts = {"action": "edit", "model_id": "m", "model_name": "M", "token": "once", "field": "license"}
    return change_begin(access=access, **(facts | given))


def test_a_token_counts_once(access):
    first = begin(access)
    change_finish(
        activity=first, outcome="refused", error=BadRequest("no", status=400, code="c", request_id="q")
    )
    with pytest.raises(AlreadyUsed) as used:
        begin(access)
    assert used.value.activity == first
    assert (used.value.activity.message, used.value.activity.api_request_id) == ("no", "q")
    change_drop(activity=first)
    assert begin(access).outcome == "intent"


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(), max_size=600), value=HOSTILE, words=st.text(st.characters(), max_size=100)
)
def test_whatever_the_api_sent_can_be_recorded(access, name, value, words):
    model = Model(id="m", name=name, other={"odd": value}, sent={"name": name})
    activity = begin(
        access,
        model_name=name,
        token=f"t{next(numbers)}",
        changes=[{"field": "license", "before": value, "after": words, "before_known": True}],
        snapshot=snapshot_of(model),
    )
    assert change_finish(
        activity=activity, outcome="refused", error=BadRequest(words, code=words, request_id=words)
    )
    activity.refresh_from_db()
    assert activity.outcome == "refused"


def test_what_no_database_takes_is_replaced():
    assert text_storable("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert text_storable(None) == ""
    assert json_storable({"n": float("nan"), "big": 10**30, "t": (1, "\x00")}) == {
        "n": "nan",
        "big": "a number of more than 19 digits",
        "t": [1, "\ufffd"],
    }
    deep: list = []
    for _ in range(50):
        deep = [deep]
    assert "…" in str(json_storable(deep))


FILTERS = ["who", "action", "outcome", "model", "project", "since", "until", "before", "after"]


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(FILTERS),
        st.text(st.characters()),
    )
)
def test_whatever_the_address_says_the_filters_are_usable_and_stable(params):
    filters = Filters.read(params)
    assert min(filters.before, filters.after) >= 0
    assert "\x00" not in filters.who + filters.model + filters.project
    assert filters.encode() == "" or filters.encode().startswith("?")
