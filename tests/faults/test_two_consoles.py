"""Two console processes on one PostgreSQL serve one person in turn, and carry one job at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from sandbox.running import Running
from tests.browser.server import console_prepared, port_free
from tests.faults.calls import NAME, PAGE
from tests.faults.person import Person
from tests.faults.serving import Serving
from tests.faults.test_jobs import MODELS, finish, writes
from tests.pages import Page
from tests.postgres import cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two(api: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Serving]]:
    folder = tmp_path_factory.mktemp("two-consoles")
    with ExitStack() as stack:
        address = stack.enter_context(cluster())
        first = console_prepared(api_url=api.url, folder=folder, DATABASE_URL=f"{address}/postgres")
        found = Serving(first, folder), Serving({**first, "BIND": f"127.0.0.1:{port_free()}"}, folder)
        for one in found:
            stack.callback(one.stop)
        yield found


def test_two_consoles_serve_one_person_and_one_of_them_is_restarted(
    two: tuple[Serving, Serving], api: Running
) -> None:
    api.reset()
    urls = [one.start().url for one in two]
    person = Person(urls[0], "maintainer-90")
    for number in range(6):
        person.url = urls[number % 2]
        assert NAME in person.page("/projects/proj_ABC123/models/").text
    address_of_form, form = person.form_of("edit", value="Saved by the other process")
    two[0].stop()  # it is started again: nobody is signed out by that
    person.url = two[0].start().url
    saved = person.post(address_of_form, form)
    assert "Saved by the other process" in Page(saved.text).text
    person.url = urls[1]
    assert "This form was sent before" in Page(person.post(address_of_form, form).text).text
    assert "Saved by the other process" in person.page(PAGE).text
    assert "Saved by the other process" in person.page("/activity/").text
    assert [call.method for call in api.requests].count("PATCH") == 1
    person.post("/sign-out/", {})
    person.url = urls[0]
    assert "/sign-in/" in person.get("/projects/proj_ABC123/models/").url


def test_two_consoles_and_two_tabs_carry_one_job_and_send_each_change_once(
    two: tuple[Serving, Serving], api: Running
) -> None:
    api.reset()
    api.set(models=MODELS, latency_ms=40)
    people = [
        Person(one.start().url, name)
        for one, name in zip(two, ("maintainer-92", "maintainer-93"), strict=True)
    ]
    url = people[0].job_start("license", "MIT")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda person: person.post(f"{url}run/", {}), people * 2))
    text = finish(people[0], url)
    assert f"{MODELS} of {MODELS} done" in text
    assert len(writes(api)) == MODELS
    assert max(writes(api).values()) == 1
    ran = people[1].page(url).text
    assert "maintainer-92" in ran
    assert "maintainer-93" in ran
