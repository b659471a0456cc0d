"""All pages of a list, fetched at the same time within what the rate limit leaves, and honest about what is missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from models_admin.xerotier import errors
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.paging import Page, Reading, page_of
from models_admin.xerotier.schemas import RateLimit
from tests.xerotier.conftest import Pair
from tests.xerotier.servers import Asked, answer, model, says

Against = Callable[..., Pair]


class Service:
    """A list of `size` models in the openai dialect. `counters(total, offset, count)` adds to the envelope."""

    def __init__(self, size: int, *, ceiling: int = 100, counters: Callable[..., dict] | None = None) -> None:
        self.size, self.ceiling, self.counters = size, ceiling, counters
        self.limit: int | None = None  # requests a minute
        self.fails: dict[int, bytes] = {}  # offset -> what is answered there
        self.latency = 0.0
        self.ignore_offset = False
        self.lock = threading.Lock()
        self.calls = self.at_once = self.most_at_once = 0

    def __call__(self, connection: Any, asked: Asked) -> bool:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}
        assert query["extended"] == "true"
        with self.lock:
            self.calls += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            left = None if self.limit is None else self.limit - self.calls
        time.sleep(self.latency)
        offset = 0 if self.ignore_offset else int(query["offset"])
        page = range(self.size)[offset : offset + min(int(query["limit"]), self.ceiling)]
        body = {"object": "list", "data": [model(id=f"m{index:05d}") for index in page]}
        if self.counters:
            body |= self.counters(self.size, offset, len(page))
        headers = (
            {} if left is None else {"X_RateLimit_Limit": str(self.limit), "X_RateLimit_Remaining": str(left)}
        )
        with self.lock:
            self.at_once -= 1
        connection.sendall(self.fails.get(offset) or answer(body, **headers))
        return True


def listed(against: Against, service: Service) -> ModelList:
    return against(service).call("list_models")


COUNTERS = {
    "none": None,
    "total": lambda total, offset, count: {"total": total, "has_more": offset + count < total},
    "total_count": lambda total, offset, count: {"total_count": total, "count": count},
    "nested": lambda total, offset, count: {"pagination": {"total": total}},
    "has_more": lambda total, offset, count: {"has_more": offset + count < total},
    "of the page": lambda total, offset, count: {"total": count},
    "nonsense": lambda total, offset, count: {"total": "many", "has_more": None, "pagination": []},
    "nothing": lambda total, offset, count: {"total": 0},
}


@pytest.mark.parametrize("counters", COUNTERS)
@pytest.mark.parametrize("size", [0, 1, 40, 99, 100, 101, 250, 1000])
def test_every_model_is_read_once_and_in_order(against: Against, size: int, counters: str) -> None:
    found = listed(against, Service(size, counters=COUNTERS[counters]))
    assert [item.id for item in found.models] == [f"m{index:05d}" for index in range(size)]
    assert found.complete
    assert not found.note
    assert found.detailed == (size > 0)


@pytest.mark.parametrize(("size", "calls"), [(0, 1), (40, 1), (99, 1), (100, 2), (150, 2)])
def test_a_small_project_costs_no_call_too_many(against: Against, size: int, calls: int) -> None:
    service = Service(size)
    listed(against, service)
    assert service.calls == calls


def test_a_known_total_costs_no_call_too_many(against: Against) -> None:
    service = Service(1000, counters=COUNTERS["total"])
    listed(against, service)
    assert service.calls == 10


@pytest.mark.parametrize("counters", ["total", "has_more"])
def test_a_lower_ceiling_is_noticed_where_the_service_says_there_is_more(
    against: Against, counters: str
) -> None:
    found = listed(against, Service(130, ceiling=30, counters=COUNTERS[counters]))
    assert len(found.models) == 130
    assert found.complete


@pytest.mark.parametrize("counters", ["none", "total"])
def test_ten_thousand_models_cost_at_most_fifteen_calls_of_time(counters: str) -> None:
    """Pages of one wave are under way together, so what counts is the number of waves."""
    total = 10_000 if counters == "total" else None

    def page(offset: int) -> Page:
        entries = [model(id=f"m{index}") for index in range(10_000)[offset : offset + 100]]
        return page_of({"data": entries, "total": total}, rate=RateLimit(), request_id=None)

    reading, waves = Reading(page(0)), 0
    for offsets in reading.waves():
        waves += 1
        assert len(offsets) <= 16
        for offset in offsets:
            reading.add(page(offset))
    assert len(reading.result().models) == 10_000
    assert 1 + waves <= (8 if total else 12)


def test_pages_of_one_wave_are_fetched_at_the_same_time(against: Against) -> None:
    service = Service(3000)
    service.latency = 0.05
    listed(against, service)
    assert 4 <= service.most_at_once <= 16


def test_a_service_that_ignores_the_offset_is_not_asked_for_ever(against: Against) -> None:
    service = Service(100)
    service.ignore_offset = True
    found = listed(against, service)
    assert (len(found.models), service.calls) == (100, 2)
    assert not found.complete
    assert "same page" in found.note


def test_a_service_that_does_not_page_is_read_whole(against: Against) -> None:
    found = against(says({"object": "list", "data": [model(id=f"m{i}") for i in range(150)]})).call(
        "list_models"
    )
    assert len(found.models) == 150
    assert found.complete


def test_the_document_dialect_is_read_in_one_call(against: Against) -> None:
    entries = [
        {"id": f"m{i}", "name": "n", "format": "gguf", "sizeBytes": i, "createdAt": "2026-01-15T10:30:00Z"}
        for i in range(100)
    ]
    pair = against(says({"models": entries}))
    found = pair.call("list_models")
    assert (len(found.models), len(pair.server.asked), found.detailed) == (100, 1, False)
    assert found.models[7].size_bytes == 7


def test_a_duplicate_is_read_once(against: Against) -> None:
    found = against(says({"models": [model(name="first"), model(name="second")]})).call("list_models")
    assert [item.name for item in found.models] == ["first"]


def test_the_rate_limit_is_respected_and_the_rest_said(against: Against) -> None:
    service = Service(10_000)
    service.limit = 64
    found = listed(against, service)
    assert service.calls <= 60  # four of the minute are left for the person's own work
    assert not found.complete
    assert f"has {len(found):,} models" in found.note
    assert "rate limit" in found.note
    assert found.rate_limit.limit == 64
    assert found.rate_limit.remaining == 64 - service.calls


@pytest.mark.parametrize(
    "fault",
    [
        answer({"error": {"message": "Slow down."}}, 429, Retry_After="30"),
        answer({}, 500),
        answer(b"<html>"),
        answer({"data": "none"}),
        answer({}, 302, Location="/x"),
        answer({"error": {"message": "Offset too large."}}, 400),
    ],
)
def test_a_later_page_that_fails_leaves_what_came_before(against: Against, fault: bytes) -> None:
    service = Service(1000)
    service.fails = {300: fault}
    found = listed(against, service)
    assert [item.id for item in found.models] == [f"m{index:05d}" for index in range(300)]
    assert not found.complete
    assert "has 300 models" in found.note


@pytest.mark.parametrize(("status", "kind"), [(401, errors.KeyRefused), (403, errors.Denied)])
def test_a_key_refused_meanwhile_is_an_error(
    against: Against, status: int, kind: type[errors.ApiError]
) -> None:
    service = Service(1000)
    service.fails = {500: answer({}, status)}
    with pytest.raises(kind):
        listed(against, service)


def test_what_fails_after_the_last_page_does_not_count(against: Against) -> None:
    service = Service(350)
    service.fails = {offset: answer({}, 500) for offset in range(400, 2000, 100)}
    found = listed(against, service)
    assert len(found.models) == 350
    assert found.complete


def test_the_deadline_is_that_of_the_whole_list(against: Against, short_deadline: float) -> None:
    service = Service(10_000)
    service.latency = 0.2
    began = time.monotonic()
    found = listed(against, service)
    assert time.monotonic() - began < short_deadline + 0.5
    assert not found.complete
    assert found.models


def test_there_is_an_end_to_any_list(against: Against, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_admin.xerotier.paging.MAX_PAGES", 5)
    service = Service(10_000)
    found = listed(against, service)
    assert (len(found.models), service.calls) == (500, 5)
    assert not found.complete


@pytest.mark.parametrize(
    "body", [{}, {"models": {}}, {"models": "x"}, {"data": None, "error": {"message": "no"}}, {"data": 1}]
)
def test_an_answer_without_a_list_is_a_bad_one(against: Against, body: Any) -> None:
    for name in ("list_models", "check"):
        with pytest.raises(errors.BadAnswer):
            against(says(body)).call(name)


@pytest.mark.parametrize("body", [{"models": None}, {"object": "list", "data": None}])
def test_a_list_that_is_null_is_empty(against: Against, body: Any) -> None:
    pair = against(says(body))
    found = pair.call("list_models")
    assert (found.entries, found.complete) == ((), True)
    assert pair.call("check") is None


LOW = {
    "meta": lambda total, offset, count: {"meta": {"total": total}},
    "meta of strings": lambda total, offset, count: {"meta": {"pagination": {"total": str(total)}}},
    "count": lambda total, offset, count: {"count": total, "next": "/v1/models?offset=20"},
    "next": lambda total, offset, count: {"next": offset + count if offset + count < total else None},
    "links": lambda total, offset, count: {"links": {"next": "more" if offset + count < total else None}},
    "has_more": lambda total, offset, count: {"meta": {"has_more": offset + count < total}},
    "none": lambda total, offset, count: {},
}


@pytest.mark.parametrize("counters", LOW)
def test_pages_of_twenty_are_all_read(against: Against, counters: str) -> None:
    found = listed(against, Service(26, ceiling=20, counters=LOW[counters]))
    assert (len(found), found.complete, found.note) == (26, True, "")


def test_a_full_page_that_may_be_all_is_followed_by_one_call(against: Against) -> None:
    service = Service(20, ceiling=20)
    found = listed(against, service)
    assert (len(found), found.complete, service.calls) == (20, True, 2)


def test_further_pages_in_the_document_dialect_are_read_if_the_answer_counts_more(against: Against) -> None:
    def script(connection: Any, asked: Asked) -> bool:
        offset = int(parse_qs(urlsplit(asked.target).query)["offset"][0])
        page = [model(id=f"m{index}") for index in range(26)[offset : offset + 20]]
        connection.sendall(answer({"models": page, "meta": {"total": 26}}))
        return True

    found = against(script).call("list_models")
    assert (len(found), found.complete) == (26, True)


@pytest.mark.parametrize("counters", [{"total": 26}, {"has_more": True}, {"next": "/v1/models?page=2"}, {}])
def test_a_list_that_cannot_be_read_to_its_end_says_so(against: Against, counters: dict) -> None:
    service = Service(26, ceiling=20, counters=lambda *_: counters)
    service.ignore_offset = True
    found = listed(against, service)
    assert (len(found), found.complete) == (20, False)
    assert "may not be complete" in found.note


def test_fewer_models_than_counted_are_said(against: Against) -> None:
    found = listed(against, Service(15, counters=lambda *_: {"total": 26}))
    assert not found.complete
    assert "The API counts 26 models." in found.note


def test_a_check_costs_one_call(against: Against) -> None:
    service = Service(1000)
    pair = against(service)
    assert pair.call("check") is None
    assert service.calls == 1
    assert "limit=1&" in pair.server.asked[0].target
