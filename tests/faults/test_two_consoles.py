"""Two console processes on one PostgreSQL serve one person in turn; one is restarted in between."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.server import console_prepared, console_serving, port_free
from tests.faults.calls import NAME, PAGE
from tests.faults.person import Person
from tests.pages import Page
from tests.postgres import cluster
from tests.sandbox_fixture import sandbox_started


@pytest.mark.slow
def test_two_consoles_serve_one_person_and_one_of_them_is_restarted(tmp_path: Path) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(sandbox_started(validation=3600))
        address = stack.enter_context(cluster())
        first = console_prepared(api_url=api.url, folder=tmp_path, DATABASE_URL=f"{address}/postgres")
        second = {**first, "BIND": f"127.0.0.1:{port_free()}"}
        left = ExitStack()
        stack.callback(left.close)
        one = left.enter_context(console_serving(first, folder=tmp_path))
        two = stack.enter_context(console_serving(second, folder=tmp_path))
        person = Person(one.url, "maintainer-90")
        for number in range(6):
            person.url = (one.url, two.url)[number % 2]
            assert NAME in person.page("/projects/proj_ABC123/models/").text
        address_of_form, form = person.form_of("edit", value="Saved by the other process")
        person.url = one.url
        left.close()  # the first is stopped and started again: nobody is signed out by it
        one = stack.enter_context(console_serving(first, folder=tmp_path))
        saved = person.post(address_of_form, form)
        assert "Saved by the other process" in Page(saved.text).text
        person.url = two.url
        assert "This form was sent before" in Page(person.post(address_of_form, form).text).text
        assert "Saved by the other process" in person.page(PAGE).text
        assert "Saved by the other process" in person.page("/activity/").text
        assert [call.method for call in api.requests].count("PATCH") == 1
        person.post("/sign-out/", {})
        person.url = one.url
        assert "/sign-in/" in person.get("/projects/proj_ABC123/models/").url
