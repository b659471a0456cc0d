"""Large projects: 100, 1,000, 10,000 models, in both dialects, and what they leave in a worker's memory."""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from tests.bench import servers
from tests.bench.changes import CSRF
from tests.bench.processes import memory
from tests.bench.report import Table
from tests.bench.servers import FRESH_PATH, LIST_PATH, PAGE_PATH, Server
from tests.bench.stats import Ratio, Samples, in_turn, middle, milliseconds
from tests.bench.talk import Kept, caller, person

SIZES = (100, 1_000, 10_000)
LATENCY = 50
NOTES = [
    f"API latency {LATENCY} ms. *Call and parse* is one GET on a kept connection and `json.loads`: of the whole list",
    "in the document dialect, of one page of 100 in the openai dialect, where the console fetches all in parallel.",
    "*Search* filters the cached list; *checks* runs every rule on all models; *preview of all* plans a job that sets",
    "the licence of every model. Memory is the worker's that served them, before the first page and after the last.",
]


def measure(folder: Path, *, runs: int) -> list[Table]:
    head = ["dialect", "models", "what", "ms", "x call and parse", "worker MB"]
    table = Table("Large projects", head, notes=NOTES)
    for dialect in ("document", "openai"):
        for models in SIZES:
            with ExitStack() as stack:
                api = stack.enter_context(servers.stub(folder, models=models, dialect=dialect))
                console = stack.enter_context(servers.console(folder, api=api, WEB_CONCURRENCY="1"))
                api.tell(f"/_stub/latency/{LATENCY}")
                _project(table, dialect, models, api, console, max(3, runs // 4))
    return [table]


def _project(table: Table, dialect: str, models: int, api: Server, console: Server, runs: int) -> None:
    (worker,) = console.workers
    before = memory(worker)["rss"]
    bare, browser = caller(api.port), person(console.port, console.cookies[0])
    taken = _pages(bare, browser, runs)
    after = memory(worker)["rss"]
    for name, samples in taken.items():
        share = middle(samples) / middle(taken["call and parse"])
        grown = f"{before:.0f} \N{RIGHTWARDS ARROW} {after:.0f}" if name == "search" else ""
        table.rows.append([dialect, f"{models:,}", name, milliseconds(samples), f"{share:.2f}", grown])
    if models == max(SIZES):
        most = 1.5 if dialect == "document" else 15.0
        base = "the bare call and parse" if dialect == "document" else "one call"
        value = middle(taken["models page"]) / middle(taken["call and parse"])
        what = f"models page: {models:,} models, {dialect} dialect, against {base}"
        table.ratios.append(Ratio(what, value, most=most))
        checks = middle(taken["checks"]) / middle(taken["models page"])
        what = f"checks: {models:,} models, {dialect} dialect, against the models page"
        table.ratios.append(Ratio(what, checks, most=1.5))
        table.ratios.append(
            Ratio(
                f"memory of a worker after {models:,} models, {dialect} dialect", after, most=150, unit="MB"
            )
        )


def _pages(bare: Kept, browser: Kept, runs: int) -> Samples:
    def call_and_parse() -> None:
        json.loads(bare.get(LIST_PATH))

    return in_turn(
        {
            "call and parse": call_and_parse,
            "models page": partial(browser.get, FRESH_PATH),
            "models page, cached": partial(browser.get, PAGE_PATH),
            "search": partial(browser.get, f"{PAGE_PATH}?q=support"),
            "checks": partial(browser.get, f"{PAGE_PATH}checks/?fresh=1"),
            "checks, cached": partial(browser.get, f"{PAGE_PATH}checks/"),
            "preview of all": partial(_preview, browser),
        },
        runs=runs,
    )


def _preview(browser: Kept) -> None:
    form = urlencode({"all": "1", "action": "set", "field": "license", "value": "Apache-2.0"})
    head = {"X_CSRFToken": CSRF, "Content_Type": "application/x-www-form-urlencoded"}
    answer = browser.ask("POST", f"{PAGE_PATH}selection/", form, **head)
    if answer.status != http.client.OK:
        raise RuntimeError(f"the preview answered {answer.status}")
