"""A job over 500 models on a key with 600 calls a minute, while a second person reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.report import Table
from tests.bench.stats import Ratio, middle, percentile
from tests.browser.server import console_prepared, console_serving
from tests.faults.person import PROJECT_PATH, Person
from tests.pages import Page
from tests.sandbox_fixture import sandbox_started

MODELS, CALLS_A_MINUTE, LATENCY = 500, 600, 50  # latency in ms
EVERY = 1.0  # seconds between two pages of the second person
MOST_SECONDS = 300


def measure(folder: Path, *, runs: int) -> list[Table]:
    with sandbox_started(models=MODELS, latency=LATENCY, dialect="openai") as api:
        environment = console_prepared(api_url=api.url, folder=folder)
        with console_serving(environment, folder=folder) as console:
            person, reader = Person(console.url, "maintainer-1"), Person(console.url, "viewer-1")
            api.set(rate_limit=CALLS_A_MINUTE)
            url = person.job_start("license", "MIT")
            api.requests.clear()
            began = time.monotonic()
            with _reading(reader) as pages:
                text = _finish(person, url)
            seconds = time.monotonic() - began
        calls = list(api.requests)
    first = min(call.at for call in calls)
    in_a_minute = sum(call.at < first + 60 for call in calls)
    refused = sum(call.status == 429 for call in calls)
    written = sum(call.method == "PATCH" for call in calls)
    table = Table(
        "A job on many models",
        [
            "models",
            "seconds",
            "calls",
            "in the first minute",
            "429",
            "second person p50 ms",
            "p95 ms",
            "failed",
        ],
        notes=[
            f"Sets the license of {MODELS} models: each is read, then changed. The key may make {CALLS_A_MINUTE}",
            f"calls a minute, and each takes {LATENCY} ms. A second person opens the models page every {EVERY:g} s.",
        ],
    )
    times = [took for took, _ in pages]
    failed = sum(status != 200 for _, status in pages)
    assert f"{MODELS} of {MODELS} done" in text, text
    assert written == MODELS
    row = [MODELS, f"{seconds:.0f}", len(calls), in_a_minute, refused]
    shown = [f"{middle(times) * 1000:.0f}", f"{percentile(times, 0.95) * 1000:.0f}", failed]
    table.rows.append([str(cell) for cell in (*row, *shown)])
    share = in_a_minute / CALLS_A_MINUTE * 100
    table.ratios.append(Ratio("job: share of the key's calls that is used", share, least=90, unit="%"))
    return [table]


@contextmanager
def _reading(person: Person) -> Iterator[list[tuple[float, int]]]:
    """(seconds, HTTP status) of each page that the person opens meanwhile."""
    found: list[tuple[float, int]] = []
    over = threading.Event()

    def read() -> None:
        while not over.wait(EVERY):
            began = time.monotonic()
            answer = person.get(f"{PROJECT_PATH}models/")
            found.append((time.monotonic() - began, answer.status_code))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _finish(person: Person, url: str) -> str:
    """Run slices as the page of the job does, until none is left. The page as text."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        text = Page(person.post(f"{url}run/", {}).text).text
        if "Finished" in text:
            return text
        time.sleep(0.2)
    raise AssertionError(text)
