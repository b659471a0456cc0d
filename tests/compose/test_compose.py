"""The services of compose.yaml, each as a process: a person signs in through the proxy, and a console is killed."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, Response, expect, sync_playwright

from sandbox.running import Running
from tests.browser.conftest import QUIET, connect
from tests.browser.server import PASSWORD, ROOT, manage
from tests.compose.services import (
    Compose,
    Service,
    console_started,
    database_started,
    needs_caddy,
    needs_postgresql,
    prepare_run,
    proxy_started,
)
from tests.machine import chromium
from tests.sandbox_fixture import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_caddy, needs_postgresql]
MODELS = 60
AT_ONCE = 4  # calls that a slice makes in parallel
PATIENCE = 60_000  # milliseconds until sixty models are done on a busy machine
GUNICORN = (ROOT / "console/gunicorn.py").read_text()
VALUE = "Set while a console died"
KEEPER = {
    "DJANGO_SUPERUSER_USERNAME": "keeper",
    "DJANGO_SUPERUSER_EMAIL": "keeper@example.com",
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
}
# As if the lease of what a dead process had begun, and the time in which its call may still end, were over.
AGED = [
    "UPDATE models_admin_jobitem SET leased_at = leased_at - interval '2 minutes'",
    "UPDATE models_admin_activity SET created_at = created_at - interval '2 minutes'",
]


@dataclass
class Started:
    url: str
    database: str
    consoles: list[Service]


@pytest.fixture
def started(compose: Compose) -> Iterator[Started]:
    """All services, in the order in which they depend on each other; and an account."""
    with ExitStack() as stack:
        database = stack.enter_context(database_started(compose))
        prepare_run(compose)
        manage(compose.environment("console") | KEEPER, "createsuperuser", "--noinput", "--verbosity=0")
        consoles = [stack.enter_context(console_started(compose, name)) for name in compose.consoles]
        proxy = stack.enter_context(proxy_started(compose))
        yield Started(f"https://localhost:{proxy.ports[443]}", database, consoles)


@pytest.fixture
def page(started: Started) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        # Its certificate is of an authority of its own.
        context = browser.new_context(base_url=started.url, ignore_https_errors=True)
        yield context.new_page()
        browser.close()


def test_the_file_has_two_consoles_behind_the_proxy_and_all_with_the_same_settings(compose: Compose) -> None:
    assert len(compose.consoles) == 2
    assert len({tuple(sorted(compose.environment(name).items())) for name in compose.consoles}) == 1
    upstreams = compose.services["proxy"]["environment"]["CONSOLE_UPSTREAM"].split()
    assert upstreams == list(compose.addresses)
    assert set(compose.services["proxy"]["depends_on"]) == set(compose.consoles)


def test_the_database_has_a_connection_for_each_thread_of_the_consoles(compose: Compose) -> None:
    command = " ".join(compose.services["database"]["command"])
    allowed = int(re.search(r"max_connections=(\d+)", command)[1])  # type: ignore[index]
    found = (
        re.search(r'"WEB_CONCURRENCY", min\(.*?, (\d+)\)', GUNICORN),
        re.search(r'"WEB_THREADS", (\d+)', GUNICORN),
    )
    workers, threads = (int(match[1]) for match in found if match)
    assert not {"WEB_CONCURRENCY", "WEB_THREADS"} & compose.services["console"]["environment"].keys()
    assert allowed > len(compose.consoles) * workers * threads


def test_a_console_killed_in_the_middle_of_a_job_costs_one_retry_and_repeats_no_change(
    page: Page, started: Started, sandbox: Running
) -> None:
    sandbox.set(models=MODELS)
    failed: list[Response] = []
    page.on("response", lambda response: failed.append(response) if response.status >= 500 else None)
    _sign_in(page)
    connect(page)
    _preview(page)
    sandbox.fault("timeout_after", method="PATCH", times=AT_ONCE)  # carried out, and the answer never comes
    page.get_by_role("button", name="Start").click()
    _until(lambda: len(_written(sandbox)) == AT_ONCE)
    _console_of(started, sandbox).kill()
    sandbox.clear_faults()
    progress = page.get_by_role("region", name="Progress")
    expect(progress).to_contain_text(f"{MODELS - AT_ONCE} of {MODELS} done", timeout=PATIENCE)
    with psycopg.connect(started.database, autocommit=True) as database:
        for statement in AGED:
            database.execute(statement)
    expect(progress).to_contain_text(f"{MODELS} of {MODELS} done", timeout=PATIENCE)
    expect(progress).to_contain_text("Finished")
    assert [response.url.rpartition("/jobs/")[2] for response in failed] == ["1/run/"]
    assert page.locator(".toast, [role=alert]").count() == 0
    models = sandbox.store.project(PROJECT).models.values()
    assert Counter(_written(sandbox)) == Counter(model.id for model in models)
    assert {model.facts["description"] for model in models} == {VALUE}


def _sign_in(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("keeper")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connect/**")
    cookies = {cookie["name"]: cookie["secure"] for cookie in page.context.cookies()}
    assert cookies["__Host-sessionid"] is True


def _preview(page: Page) -> None:
    page.get_by_label(f"All {MODELS} matching models").check()
    page.locator("#selection").get_by_label("Field").select_option("description")
    page.get_by_role("button", name="Set…").click()
    page.get_by_label("Description").fill(VALUE)
    page.get_by_role("button", name="Preview").click()


def _written(sandbox: Running) -> list[Any]:
    return [call.model_id for call in list(sandbox.requests) if call.method == "PATCH"]


def _console_of(started: Started, sandbox: Running) -> Service:
    """The one that is waiting for the answers to the changes."""
    ports = [call.connection for call in list(sandbox.requests) if call.method == "PATCH"]
    found = [console for console in started.consoles if all(map(console.has_connection, ports))]
    assert len(found) == 1
    return found[0]


def _until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)
