"""One person: the models page and a model page against the bare call, and against Django admin's changelist."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.bench import servers
from tests.bench.processes import processor_seconds
from tests.bench.report import Table
from tests.bench.servers import FRESH_PATH, LIST_PATH, PAGE_PATH, Server
from tests.bench.stats import Samples, in_turn, middle, milliseconds, ratio_of
from tests.bench.talk import Kept, caller, person

LATENCIES = (0, 50, 200)
CHANGELIST = "/admin/adminsite/model/"
MODEL_ID = "00000000-1111-0000-1111-000000000000"
NOTES = [
    "One person on a kept connection; the API has 100 models with all their facts (openai dialect), of which the",
    "page shows 50. *Models page* is `?fresh=1`: the API is called each time, and each of its answers differs from",
    "all before in every model. *Cached* is the page again within ten seconds by the same person, without a call.",
    "Milliseconds: median (middle half of the runs).",
]


def measure(folder: Path, *, runs: int) -> list[Table]:
    with ExitStack() as stack:
        api = stack.enter_context(servers.stub(folder))
        console = stack.enter_context(servers.console(folder, api=api))
        admin = stack.enter_context(servers.admin(folder))
        return [against_call(api, console, runs), against_admin(console, admin, runs)]


def against_call(api: Server, console: Server, runs: int) -> Table:
    table = Table("A page against the bare API call", ["latency", "what", "ms", "x bare call"], notes=NOTES)
    bare, browser = caller(api.port), person(console.port, console.cookies[0])
    for latency in LATENCIES:
        api.tell(f"/_stub/latency/{latency}")
        taken = _pages(bare, browser, runs)
        for name, base in (
            ("list call", "list call"),
            ("models page", "list call"),
            ("models page, cached", "list call"),
            ("model call", "model call"),
            ("model page", "model call"),
        ):
            share = middle(taken[name]) / middle(taken[base])
            table.rows.append([f"{latency} ms", name, milliseconds(taken[name]), f"{share:.2f}"])
        if latency == 50:
            for page, call, most in (
                ("models page", "list call", 1.25),
                ("model page", "model call", 1.2),
            ):
                table.ratios.append(
                    ratio_of(f"{page}, against the bare call at 50 ms", taken, page, call, most=most)
                )
    api.tell("/_stub/latency/0")
    return table


def _pages(bare: Kept, browser: Kept, runs: int) -> Samples:
    pairs = {
        "list call": partial(bare.get, LIST_PATH),
        "models page": partial(browser.get, FRESH_PATH),
        "models page, cached": partial(browser.get, PAGE_PATH),
        "model call": partial(bare.get, f"{LIST_PATH.partition('?')[0]}/{MODEL_ID}?extended=true"),
        "model page": partial(browser.get, f"/projects/proj_ABC123/models/{MODEL_ID}/"),
    }
    return in_turn(pairs, runs=runs)


def against_admin(console: Server, admin: Server, runs: int) -> Table:
    table = Table(
        "The models page against Django admin's changelist",
        ["what", "ms", "x changelist", "processor ms", "bytes"],
        notes=[
            "The same 100 rows, the same nine columns, 50 a page. The changelist reads them from SQLite; the console",
            "asks the API (no latency). Same gunicorn settings, both compressed by gzip. *Processor* is what the",
            "server's worker used for a page.",
        ],
    )
    browser, other = person(console.port, console.cookies[0]), person(admin.port, admin.cookies[0])
    pages = {
        "changelist": (partial(other.get, CHANGELIST), admin),
        "models page": (partial(browser.get, FRESH_PATH), console),
        "models page, cached": (partial(browser.get, PAGE_PATH), console),
    }
    taken = in_turn({name: page for name, (page, _) in pages.items()}, runs=runs)
    used = dict.fromkeys(pages, 0.0)
    for name, (page, server) in pages.items():
        before = processor_seconds(server.workers)
        for _ in range(runs):
            page()
        used[name] = (processor_seconds(server.workers) - before) / runs
    for name, (page, _) in pages.items():
        share = middle(taken[name]) / middle(taken["changelist"])
        row = [
            name,
            milliseconds(taken[name]),
            f"{share:.2f}",
            f"{used[name] * 1000:.1f}",
            f"{len(page()):,}",
        ]
        table.rows.append(row)
    what = "models page, against admin's changelist"
    table.ratios.append(ratio_of(what, taken, "models page", "changelist", most=0.4))
    return table
