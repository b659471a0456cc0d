"""Jobs on real processes: workers killed at random moments, and two consoles on one PostgreSQL at once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.running import Running
from tests.browser.server import Console, console_prepared, console_serving, port_free, worker_wait
from tests.faults.person import Person
from tests.pages import Page
from tests.postgres import cluster
from tests.sandbox_fixture import PROJECT, sandbox_started

pytestmark = pytest.mark.slow
MODELS = 60
MOMENTS = 20  # at which the worker is killed
MODELS_KILLED = 260  # more than are done until the last of them
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


def _sql(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "console.sqlite3", timeout=10)) as database, database:
        return database.execute(statement).fetchall()


def _kill_worker(console: Console) -> None:
    pid = console.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)


def test_a_worker_killed_at_twenty_random_moments_changes_no_model_twice_and_loses_none(
    tmp_path: Path,
) -> None:
    seed = random.randrange(2**32)
    print(f"The moments are those of random.Random({seed})")  # pytest shows it when the test fails
    moments = random.Random(seed)
    with ExitStack() as stack:
        api = stack.enter_context(sandbox_started(models=MODELS_KILLED, latency=40))
        environment = console_prepared(api_url=api.url, folder=tmp_path)
        console = stack.enter_context(console_serving(environment, folder=tmp_path))
        person = Person(console.url, "maintainer-91")
        url = person.job_start("description", VALUE)
        for _ in range(MOMENTS):
            with ThreadPoolExecutor(1) as pool:
                sent = pool.submit(person.post, f"{url}run/", {})
                time.sleep(moments.uniform(0.02, 0.4))
                _kill_worker(console)
                assert sent.exception(), "the slice was over before the worker was killed"
            worker_wait(console)
            _sql(tmp_path, "UPDATE models_admin_jobitem SET leased_at = datetime(leased_at, '-2 minutes')")
            _sql(tmp_path, "UPDATE models_admin_activity SET created_at = datetime(created_at, '-2 minutes')")
        finish(person, url)
        assert max(writes(api).values()) == 1
        found = dict(_sql(tmp_path, "SELECT model_id, state FROM models_admin_jobitem"))
        facts = {model.id: model.facts["description"] for model in api.store.project(PROJECT).models.values()}
        assert set(found.values()) <= {"done", "unknown"}
        assert {name for name, state in found.items() if state == "done"} == {
            name for name, value in facts.items() if value == VALUE
        }
        assert len(found) == MODELS_KILLED


def test_two_consoles_and_two_tabs_carry_one_job_and_send_each_change_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(sandbox_started(models=MODELS, latency=40))
        address = stack.enter_context(cluster())
        first = console_prepared(api_url=api.url, folder=tmp_path, DATABASE_URL=f"{address}/postgres")
        second = {**first, "BIND": f"127.0.0.1:{port_free()}"}
        one = stack.enter_context(console_serving(first, folder=tmp_path))
        two = stack.enter_context(console_serving(second, folder=tmp_path))
        people = [Person(one.url, "maintainer-92"), Person(two.url, "maintainer-93")]
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


def test_a_session_that_ends_in_the_middle_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(sandbox_started(models=MODELS, latency=300))
        environment = console_prepared(api_url=api.url, folder=tmp_path)
        console = stack.enter_context(console_serving(environment, folder=tmp_path))
        person = Person(console.url, "maintainer-94")
        url = person.job_start("license", "MIT")
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(person.post, f"{url}run/", {})
            time.sleep(1)
            assert Person(console.url, "maintainer-95").post("/sign-out/", {}).status_code == 200
            _sql(tmp_path, "DELETE FROM django_session")
            sent.result()
        assert "/sign-in/" in person.get(url).url
        again = Person(console.url, "maintainer-94")
        assert f"{MODELS} of {MODELS} done" in finish(again, url)
        assert len(writes(api)) == MODELS
        assert max(writes(api).values()) == 1
