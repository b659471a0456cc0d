"""A worker killed in the middle of a change, or the whole console: real processes, SIGKILL, started again."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sandbox.running import Running
from tests.browser.server import worker_wait
from tests.faults.calls import NAME, OLD, PAGE, TYPED
from tests.faults.person import Person
from tests.faults.serving import Serving
from tests.pages import Page
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

pytestmark = pytest.mark.slow
METHODS = {"edit": "PATCH", "revalidate": "POST", "delete": "DELETE", "undo": "PATCH"}
TYPES = {"edit": {"value": TYPED}, "delete": {"confirm_name": NAME}}


def _sent(api: Running, kind: str) -> int:
    return sum(1 for call in list(api.requests) if call.method == METHODS[kind])


@pytest.mark.parametrize(
    ("whole", "done"), [(False, True), (True, False)], ids=["worker-carried-out", "console-not-carried-out"]
)
@pytest.mark.parametrize("kind", METHODS)
def test_killed_in_the_middle_of_a_change_it_is_honest_and_sends_nothing_twice(
    serving: Serving, api: Running, kind: str, whole: bool, done: bool
) -> None:
    console = serving.start()
    person = Person(console.url, f"maintainer-{list(METHODS).index(kind) * 4 + whole * 2 + done}")
    if kind == "undo":
        person.post(*person.form_of("edit", value="A value to be undone"))
    address, form = person.form_of(kind, **TYPES.get(kind, {}))
    before = _sent(api, kind)
    api.fault("timeout_after" if done else "timeout_before", method=METHODS[kind], seconds=20)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(person.post, address, form)
        _until(lambda: _sent(api, kind) > before)
        time.sleep(0.1)
        serving.kill(whole=whole)
        with pytest.raises(requests.ConnectionError):
            sending.result()
    api.clear_faults()
    worker_wait(serving.start())
    assert serving.sql("SELECT outcome FROM models_admin_activity ORDER BY id DESC LIMIT 1") == [("intent",)]
    assert "In progress" in person.page("/activity/").text
    serving.sql("UPDATE models_admin_activity SET created_at = datetime(created_at, '-2 minutes')")
    page = person.page("/activity/")
    assert "Unknown" in page.text
    assert "the result was never recorded" in page.text
    again = person.post(address, form)
    assert again.status_code < 500
    assert _sent(api, kind) == before + 1
    _check_afterwards(person, api, kind, done)


def _check_afterwards(person: Person, api: Running, kind: str, done: bool) -> None:
    """Afterwards the pages work and show what is true of the model."""
    assert person.page("/projects/proj_ABC123/models/").text
    answer = person.get(PAGE)
    if kind == "delete" and done:
        assert answer.status_code == 404
        text = person.page("/activity/").text
        assert "When the console checked later, the model no longer existed." in text, text
        return
    assert answer.status_code == 200
    value = api.store.project(PROJECT).models[EXAMPLE_ID].facts["description"]
    expected = {"edit": TYPED if done else OLD, "undo": OLD if done else "A value to be undone"}
    assert value == expected.get(kind, OLD)
    assert ("validating" in answer.text.lower()) is (kind == "revalidate" and done)
    saved = person.post(*person.form_of("edit", value="After all"))
    assert "Description of my-custom-model saved." in Page(saved.text).text


def _until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)
