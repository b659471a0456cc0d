"""The rules of the sandbox, without HTTP and with a clock that the test moves."""

from typing import Any

import pytest

from sandbox.refusals import Refusal
from sandbox.seed import NO_SCOPE_KEY, PROJECTS, REVOKED_KEY, records
from sandbox.seed_models import EXAMPLE_ID
from sandbox.settings import Settings
from sandbox.store import Project, Store

PROJECT, KEY = PROJECTS[0].id, PROJECTS[0].key


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A store with its clock and its first project."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings()
        self.settings.set(**settings)
        self.clock = Clock()
        self.store = Store(self.settings, self.clock)

    @property
    def project(self) -> Project:
        return self.store.project(PROJECT)

    def facts(self, model_id: str = EXAMPLE_ID) -> dict[str, Any]:
        return dict(self.store.model(self.project, model_id).facts)

    def update(self, **changes: Any) -> dict[str, Any]:
        return dict(self.store.update(self.project, EXAMPLE_ID, changes).facts)

    def refusal(self, what: str, *arguments: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            getattr(self.store, what)(*arguments)
        return caught.value


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("project", "key", "status", "code"),
    [
        (PROJECT, "xero_wrong", 401, "invalid_api_key"),
        (PROJECT, REVOKED_KEY, 401, "invalid_api_key"),
        (PROJECT, NO_SCOPE_KEY, 403, "scope_insufficient"),
        (PROJECT, PROJECTS[1].key, 403, "cross_project_access"),
        ("proj_NOWHERE", KEY, 404, "project_not_found"),
    ],
)
def test_a_key_opens_its_own_project_and_no_other(
    bench: Bench, project: str, key: str, status: int, code: str
) -> None:
    refusal = bench.refusal("authorize", project, key)
    assert (refusal.status, refusal.code) == (status, code)


def test_the_missing_scope_comes_with_the_type_that_the_real_service_sends(bench: Bench) -> None:
    assert bench.refusal("authorize", PROJECT, NO_SCOPE_KEY).type == "authentication_error"


def test_newer_servers_take_any_key_of_the_project() -> None:
    assert Bench(scope_required=False).store.authorize(PROJECT, NO_SCOPE_KEY).id == PROJECT


@pytest.mark.parametrize(("project", "key", "count"), [(item.id, item.key, item.models) for item in PROJECTS])
def test_every_project_starts_with_its_models(
    bench: Bench, project: str, key: str, count: int | None
) -> None:
    found = bench.store.models(bench.store.authorize(project, key))
    assert len(found) == (44 if count is None else count)
    assert len({record.id for record in found}) == len(found)


@pytest.mark.parametrize("count", [0, 1, 40, 1000, 10_000])
def test_the_first_project_can_have_any_number_of_models(count: int) -> None:
    found = Bench(models=count)
    assert len(found.store.models(found.project)) == count


def test_the_start_is_the_same_every_time() -> None:
    first = records(PROJECT, "my-project", 1000)
    records.cache_clear()
    assert [(item.id, item.facts) for item in records(PROJECT, "my-project", 1000)] == [
        (item.id, item.facts) for item in first
    ]


def test_the_models_look_like_those_of_a_team(bench: Bench) -> None:
    facts = [record.facts for record in bench.store.models(bench.project)]
    assert len({item["format"] for item in facts}) >= 4
    assert {"ready", "error", "validating", "active"} < {item["status"] for item in facts}
    assert any(item["architecture"] is None for item in facts)
    assert any(len(item["name"]) > 80 for item in facts)
    assert any(not (item["description"] or "").isascii() for item in facts)


def test_only_the_given_fields_change(bench: Bench) -> None:
    before = bench.facts()
    after = bench.update(description="Another", license="MIT")
    assert after == before | {"description": "Another", "license": "MIT"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", 5),
        ("description", "x" * 10_001),
        ("description", "half a pair \ud800"),
        ("quantization", "native"),
        ("workload_type", "poetry"),
        ("context_length", "32768"),
        ("context_length", True),
        ("context_length", 0),
        ("context_length", 1.5),
        ("parameter_count", 2**63),
        ("vocab_size", [1]),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_changes(bench: Bench, field: str, value: Any) -> None:
    before = bench.facts()
    refusal = bench.refusal(
        "update", bench.project, EXAMPLE_ID, {"description": "well formed"} | {field: value}
    )
    assert (refusal.status, refusal.code, refusal.param) == (400, "invalid_request", field)
    assert bench.facts() == before


def test_null_clears_unless_the_switch_says_that_it_is_ignored_or_refused() -> None:
    assert Bench().update(description=None)["description"] is None
    assert Bench(null_clears=False).update(description=None)["description"].startswith("A fine-tuned")
    strict = Bench(null_refused=True)
    assert strict.refusal("update", strict.project, EXAMPLE_ID, {"license": None}).param == "license"


def test_an_empty_text_is_kept_or_clears_as_the_switch_says() -> None:
    assert Bench().update(description="")["description"] == ""
    assert Bench(empty_clears=True).update(description="")["description"] is None


def test_unknown_fields_are_ignored_or_refused_as_the_switch_says() -> None:
    assert "colour" not in Bench().update(colour="red")
    strict = Bench(unknown_fields_refused=True)
    assert strict.refusal("update", strict.project, EXAMPLE_ID, {"colour": "red"}).param == "colour"


def test_validation_runs_for_its_time_and_then_overwrites_what_was_set_by_hand(bench: Bench) -> None:
    bench.update(context_length=1024, description="by hand")
    bench.store.revalidate(bench.project, EXAMPLE_ID)
    bench.clock.now += 1.9
    assert bench.facts()["status"] == "validating"
    assert bench.facts()["context_length"] == 1024
    bench.clock.now += 0.2
    after = bench.facts()
    assert (after["status"], after["context_length"]) == ("ready", 32768)
    assert (after["parameter_count"], after["description"]) == (6738546688, "by hand")


def test_validation_may_leave_what_was_set_by_hand() -> None:
    bench = Bench(validation_overwrites=False)
    bench.update(context_length=1024)
    bench.store.revalidate(bench.project, EXAMPLE_ID)
    bench.clock.now += 3
    assert (bench.facts()["status"], bench.facts()["context_length"]) == ("ready", 1024)


def test_validation_of_broken_files_ends_in_error_and_finds_nothing(bench: Bench) -> None:
    broken = next(item for item in bench.store.models(bench.project) if item.broken)
    before = dict(broken.facts)
    bench.store.revalidate(bench.project, broken.id)
    bench.clock.now += 3
    assert bench.facts(broken.id) == before | {"status": "error"}


@pytest.mark.parametrize("status", ["validating", "active", "uploading"])
def test_only_a_ready_or_failed_model_is_revalidated(bench: Bench, status: str) -> None:
    other = next(item for item in bench.store.models(bench.project) if item.facts["status"] == status)
    assert bench.refusal("revalidate", bench.project, other.id).status == 409
    bench.settings.set(revalidate_refusal=400)
    assert bench.refusal("revalidate", bench.project, other.id).status == 400


def test_deleting_takes_endpoints_workers_and_rules_of_that_model_alone(bench: Bench) -> None:
    assert bench.store.attached(PROJECT, EXAMPLE_ID) == {"endpoints": 5, "workers": 10, "rules": 5}
    others = len(bench.project.endpoints) - 5
    assert others > 0
    bench.store.delete(bench.project, EXAMPLE_ID)
    assert bench.store.attached(PROJECT, EXAMPLE_ID) == {"endpoints": 0, "workers": 0, "rules": 0}
    project = bench.project
    assert (len(project.endpoints), len(project.workers), len(project.rules)) == (others, others * 2, others)
    assert bench.refusal("delete", project, EXAMPLE_ID).code == "model_not_found"


def test_a_model_deleted_during_its_validation_stays_deleted(bench: Bench) -> None:
    bench.store.revalidate(bench.project, EXAMPLE_ID)
    bench.store.delete(bench.project, EXAMPLE_ID)
    bench.clock.now += 3
    assert bench.refusal("model", bench.project, EXAMPLE_ID).code == "model_not_found"


def test_the_catalog_knows_shared_models_only(bench: Bench) -> None:
    assert bench.store.catalog(bench.project, EXAMPLE_ID)["deployment_count"] == 5
    other = next(item for item in bench.store.models(bench.project) if item.catalog is None)
    assert bench.refusal("catalog", bench.project, other.id).status == 404


def test_a_minute_is_counted_for_each_key_on_its_own() -> None:
    bench = Bench(rate_limit=2)
    assert [bench.store.quota(KEY).remaining for _ in range(2)] == [1, 0]
    bench.clock.now += 40
    refusal = bench.refusal("quota", KEY)
    assert (refusal.status, refusal.headers, refusal.extra["retry_after"]) == (
        429,
        (("Retry-After", "20"),),
        20,
    )
    assert bench.store.quota(PROJECTS[1].key).remaining == 1
    bench.clock.now += 21
    assert bench.store.quota(KEY).remaining == 1


def test_a_reset_brings_everything_back(bench: Bench) -> None:
    before = bench.facts()
    bench.update(description="changed")
    bench.store.delete(bench.project, EXAMPLE_ID)
    bench.store.reset()
    assert bench.facts() == before
    assert bench.store.attached(PROJECT, EXAMPLE_ID)["endpoints"] == 5


@pytest.mark.parametrize(
    "values",
    [{"dialect": "klingon"}, {"nothing": 1}, {"validation_s": "2"}, {"null_clears": "yes"}, {"models": -1}],
)
def test_a_setting_that_means_nothing_is_refused(bench: Bench, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        bench.settings.set(latency_ms=5, **values)
    assert bench.settings.latency_ms == 0


def test_gaps_fill_the_first_project_with_200_models_the_same_every_time():
    one, other = (Bench(gaps=True).project.models for _ in range(2))
    assert len(one) == 200
    assert [(record.id, record.facts) for record in one.values()] == [
        (record.id, record.facts) for record in other.values()
    ]
    assert len(Bench(gaps=True).store.project("acme-prod").models) == 12
