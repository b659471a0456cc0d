"""`/metrics`: absent without a token, and right for a console of two worker processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from models_admin.metrics.recording import outcome_of
from models_admin.xerotier import errors
from tests.browser.server import Console, console_prepared, console_serving, worker_wait
from tests.console.test_environment import GOOD, HOME
from tests.faults.calls import PAGE
from tests.faults.person import Person
from tests.sandbox_fixture import PROJECT, sandbox_started

TOKEN = "metrics-5f0c9a1e7b3d4826a0e4c7d91b6f3852"
OPERATIONS = (HOME / "docs/operations.md").read_text()
LIST = f"/projects/{PROJECT}/models/"


class Served(NamedTuple):
    console: Console
    api: Any
    person: Person
    temporary: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers, one person who is connected, the token in a file."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "token").write_text(f"{TOKEN}\n")
    (folder / "temporary").mkdir()
    with sandbox_started(validation=3600) as api:
        environment = console_prepared(
            api_url=api.url,
            folder=folder,
            WEB_CONCURRENCY="2",
            METRICS_TOKEN_FILE=str(folder / "token"),
            AUDIT_LOG=str(folder / "audit.log"),
            TMPDIR=str(folder / "temporary"),
        )
        with console_serving(environment, folder=folder) as console:
            yield Served(console, api, Person(console.url, "maintainer-1"), folder / "temporary")
    assert list((folder / "temporary").iterdir()) == []  # what the workers counted in goes with the console


def scrape(console: Console) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels in the order of their names."""
    answer = requests.get(f"{console.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (
            sample.name.removeprefix("xerotier_console_"),
            *dict(sorted(sample.labels.items())).values(),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def workers(console: Console) -> list[int]:
    pid = console.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def increase(served: Served, name: tuple[str, ...], act: Any) -> float:
    before = scrape(served.console).get(name, 0)
    act()
    return scrape(served.console).get(name, 0) - before


def test_every_request_of_either_worker_is_counted(served: Served) -> None:
    """Each request has a connection of its own, so that either worker may take it."""
    sent = 0

    def send() -> None:
        nonlocal sent
        counting: set[str] = set()
        while sent < 2000 and len(counting) < 2:
            with ThreadPoolExecutor(8) as pool:
                answers = list(
                    pool.map(lambda _: requests.get(f"{served.console.url}/nowhere/", timeout=30), range(20))
                )
            assert {answer.status_code for answer in answers} == {404}
            sent += len(answers)
            counting = {
                file.name for file in served.temporary.glob("*/counter_*.db") if b'"404"' in file.read_bytes()
            }
        assert len(counting) == 2, "both workers have answered"

    assert increase(served, ("requests_total", "GET", "404", "none"), send) == sent
    for _ in range(5):  # whichever worker is asked
        assert scrape(served.console)["requests_total", "GET", "404", "none"] >= sent


def test_calls_to_the_api_have_operation_outcome_and_time(served: Served) -> None:
    person = served.person
    name = ("api_calls_total", "GET /models/{id}", "ok")
    assert increase(served, name, lambda: person.page(PAGE)) == 1
    samples = scrape(served.console)
    assert samples["api_call_seconds_count", "GET /models/{id}"] >= 1
    assert samples["api_call_seconds_sum", "GET /models/{id}"] > 0
    assert samples["api_calls_open",] == 0
    assert samples["request_seconds_count", "model"] >= 1


def test_a_429_and_a_failure_are_counted_by_their_kinds(served: Served) -> None:
    served.api.fault("status", status=429, route="get")
    before = scrape(served.console)
    served.person.get(PAGE)
    after = scrape(served.console)
    limited = ("api_calls_total", "GET /models/{id}", "rate_limited")
    assert after[limited] - before.get(limited, 0) == 1
    assert after["api_rate_limited_total",] - before["api_rate_limited_total",] == 1
    failed = ("api_calls_total", "GET /models/{id}", "service_failed")
    served.api.fault("status", status=503, route="get")
    assert increase(served, failed, lambda: served.person.get(PAGE)) == 1


def test_what_is_left_of_the_rate_limit_is_that_of_the_newest_answer(served: Served) -> None:
    served.person.page(PAGE)
    before = scrape(served.console)["api_budget_left", PROJECT]
    served.person.page(PAGE)
    assert 0 <= scrape(served.console)["api_budget_left", PROJECT] < before


def test_a_change_is_counted_once_its_outcome_is_recorded(served: Served) -> None:
    address, form = served.person.form_of("edit", value="Counted")
    assert increase(served, ("changes_total", "edit", "done"), lambda: served.person.post(address, form)) == 1
    assert not any(name[0] == "changes_total" and "intent" in name for name in scrape(served.console))


def test_sign_ins_are_counted_by_outcome(served: Served) -> None:
    url = served.console.url
    assert increase(served, ("sign_ins_total", "succeeded"), lambda: Person(url, "maintainer-2")) == 1
    wrong = {"username": "maintainer-3", "password": "wrong"}
    assert increase(served, ("sign_ins_total", "failed"), lambda: served.person.post("/sign-in/", wrong)) == 1


def test_no_name_of_a_person_or_model_and_no_key_is_in_it(served: Served) -> None:
    text = requests.get(
        f"{served.console.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    ).text
    for word in ("maintainer-", "my-custom-model", "xero_", TOKEN):
        assert word not in text


def test_jobs_are_those_of_the_database(served: Served) -> None:
    assert scrape(served.console)["database_up",] == 1
    data = {"action": "revalidate", "all": "1"}
    served.person.post(f"{LIST}selection/", data)
    assert scrape(served.console)["jobs", "revalidate", "draft"] == 1


def documented() -> dict[str, set[str]]:
    """The names of the labels of each metric in the table of docs/operations.md."""
    rows = re.findall(r"^\| `(xerotier_console_\w+)` \|([^|]*)\|", OPERATIONS, re.M)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def test_the_documented_metrics_are_served_with_their_labels_and_no_others(served: Served) -> None:
    served.person.post(*served.person.form_of("edit", value="For the table"))
    served.person.post(f"{LIST}selection/", {"action": "set", "field": "license", "value": "MIT", "all": "1"})
    served.api.fault("status", status=429, route="get")
    served.person.get(PAGE)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    text = requests.get(f"{served.console.url}/metrics", headers=headers, timeout=30).text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            name = family.name if family.type == "histogram" else sample.name
            found.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    assert found == documented()


def test_the_documented_alerts_use_documented_metrics_and_labels() -> None:
    alerts = re.findall(r"(xerotier_console_\w+)(?:\{(\w+)=)?", OPERATIONS.partition("Worth an alert")[2])
    assert len(alerts) >= 6
    metrics = documented()
    assert {name for name, _ in alerts} <= metrics.keys()
    assert all(not label or label in metrics[name] for name, label in alerts)


def test_a_killed_worker_leaves_its_counts_and_no_open_calls(served: Served) -> None:
    served.person.page(PAGE)
    before = scrape(served.console)
    served.api.fault("timeout_before", seconds=15, route="get")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: served.person.get(PAGE))
        while scrape(served.console)["api_calls_open",] != 1:
            assert not waiting.done()
        for pid in workers(served.console):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(requests.ConnectionError):
            waiting.result()
    worker_wait(served.console)
    after = scrape(served.console)
    assert after["api_calls_open",] == 0
    name = ("api_calls_total", "GET /models/{id}", "ok")
    assert after[name] == before[name]


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer ü",
    ],
)
def test_it_is_refused_without_the_token(client: Any, settings: Any, given: str | None) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={} if given is None else {"Authorization": given})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"xerotier_console" not in answer.content


@pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_one_process_without_gunicorn_counts_too(client: Any, settings: Any, db: None, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": given})
    assert answer.status_code == 200
    assert b"xerotier_console_api_calls_open 0.0" in answer.content
    assert answer["Cache-Control"] == "no-store"


def test_it_is_absent_when_it_is_off(client: Any) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_nothing_of_it_is_loaded_when_it_is_off(tmp_path: Path) -> None:
    code = (
        "import sys, django; django.setup()\n"
        "from django.test import Client\n"
        "from models_admin.services.client import client\n"
        "client()\n"
        "assert Client().get('/healthz', headers={'Host': 'console.example.com'}).status_code == 200\n"
        "print([name for name in sys.modules if 'prometheus' in name or 'models_admin.metrics' in name])\n"
    )
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "console.settings", **GOOD}
    environment |= {"STATIC_ROOT": str(tmp_path), "INSECURE_HTTP": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_an_outcome_is_the_kind_of_failure() -> None:
    assert outcome_of(None) == "ok"
    assert outcome_of(errors.ConnectionBroken("x")) == "connection_broken"
