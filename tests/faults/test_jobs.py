"""Jobs on real processes: workers killed at random moments, and a session that ends. Two: test_two_consoles."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.running import Running
from tests.browser.server import worker_wait
from tests.faults.person import Person
from tests.faults.serving import Serving
from tests.pages import Page
from tests.sandbox_fixture import PROJECT

pytestmark = pytest.mark.slow
MODELS = 60
MOMENTS = 10  # at which the worker is killed
MODELS_KILLED = 180  # more than are done until the last of them
VALUE = "Set by a job"


def finish(person: Person, url: str) -> str:
    """Run slices until none is left. The page as text."""
    for _ in range(60):
        text = Page(person.post(f"{url}run/", {}).text).text
        if "Finished" in text:
            return text
        time.sleep(0.2)
    raise AssertionError(text)


def writes(api: Running) -> Counter[str]:
    return Counter(str(call.model_id) for call in list(api.requests) if call.method == "PATCH")


def test_a_worker_killed_at_random_moments_changes_no_model_twice_and_loses_none(
    serving: Serving, api: Running
) -> None:
    seed = random.randrange(2**32)
    print(f"The moments are those of random.Random({seed})")  # pytest shows it when the test fails
    moments = random.Random(seed)
    api.set(models=MODELS_KILLED, latency_ms=40)
    console = serving.start()
    person = Person(console.url, "maintainer-91")
    url = person.job_start("description", VALUE)
    for _ in range(MOMENTS):
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(person.post, f"{url}run/", {})
            time.sleep(moments.uniform(0.02, 0.4))
            serving.kill(whole=False)
            assert sent.exception(), "the slice was over before the worker was killed"
        worker_wait(console)
        serving.sql("UPDATE models_admin_jobitem SET leased_at = datetime(leased_at, '-2 minutes')")
        serving.sql("UPDATE models_admin_activity SET created_at = datetime(created_at, '-2 minutes')")
    finish(person, url)
    assert max(writes(api).values()) == 1
    found = dict(serving.sql("SELECT model_id, state FROM models_admin_jobitem"))
    facts = {model.id: model.facts["description"] for model in api.store.project(PROJECT).models.values()}
    assert set(found.values()) <= {"done", "unknown"}
    assert {name for name, state in found.items() if state == "done"} == {
        name for name, value in facts.items() if value == VALUE
    }
    assert len(found) == MODELS_KILLED


def test_a_session_that_ends_in_the_middle_leaves_the_rest_to_the_next(
    serving: Serving, api: Running
) -> None:
    api.set(models=MODELS, latency_ms=200)
    console = serving.start()
    person, other = Person(console.url, "maintainer-94"), Person(console.url, "maintainer-95")
    url = person.job_start("license", "MIT")
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(person.post, f"{url}run/", {})
        time.sleep(0.4)
        assert other.post("/sign-out/", {}).status_code == 200
        serving.sql("DELETE FROM django_session")
        sent.result()
    assert 0 < len(writes(api)) < MODELS
    assert "/sign-in/" in person.get(url).url
    again = Person(console.url, "maintainer-94")
    assert f"{MODELS} of {MODELS} done" in finish(again, url)
    assert len(writes(api)) == MODELS
    assert max(writes(api).values()) == 1
