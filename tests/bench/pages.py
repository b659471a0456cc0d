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
    "page shows 50. *Uncached* is `?fresh=1`: the API is called each time. *All new* is the same with an API whose",
    "every answer differs in every model, so that nothing worked out before is of use. *Kept* is the page again",
    "within ten seconds by the same person, without a call. Milliseconds: median (middle half of the runs).",
]


def measure(folder: Path, *, runs: int) -> list[Table]:
    with ExitStack() as stack:
        api = stack.enter_context(servers.stub(folder))
        console = stack.enter_context(servers.console(folder, api=api))
        admin = stack.enter_context(servers.admin(folder))
        return [against_call(api, console, runs), against_admin(api, console, admin, runs)]


def against_call(api: Server, console: Server, runs: int) -> Table:
    table = Table("A page against the bare API call", ["latency", "what", "ms", "x bare call"], notes=NOTES)
    bare, browser = caller(api.port), person(console.port, console.cookies[0])
    for latency in LATENCIES:
        api.tell(f"/_stub/latency/{latency}")
        taken = _pages(api, bare, browser, runs)
        for name, base in (
            ("list call", "list call"),
            ("models page, uncached", "list call"),
            ("models page, all new", "list call"),
            ("models page, kept", "list call"),
            ("model call", "model call"),
            ("model page", "model call"),
        ):
            share = middle(taken[name]) / middle(taken[base])
            table.rows.append([f"{latency} ms", name, milliseconds(taken[name]), f"{share:.2f}"])
        if latency == 50:
            for page, call, most in (
                ("models page, uncached", "list call", 1.25),
                ("models page, all new", "list call", 1.25),
                ("model page", "model call", 1.15),
            ):
                table.ratios.append(
                    ratio_of(f"{page}, against the bare call at 50 ms", taken, page, call, most=most)
                )
    api.tell("/_stub/latency/0")
    return table


def _pages(api: Server, bare: Kept, browser: Kept, runs: int) -> Samples:
    pairs = {
        "list call": partial(bare.get, LIST_PATH),
        "models page, uncached": partial(browser.get, FRESH_PATH),
        "models page, kept": partial(browser.get, PAGE_PATH),
        "model call": partial(bare.get, f"{LIST_PATH.partition('?')[0]}/{MODEL_ID}?extended=true"),
        "model page": partial(browser.get, f"/projects/proj_ABC123/models/{MODEL_ID}/"),
    }
    taken = in_turn(pairs, runs=runs)
    api.tell("/_stub/vary/1")
    again = in_turn({"models page, all new": pairs["models page, uncached"]}, runs=runs)
    api.tell("/_stub/vary/0")
    return taken | again


def against_admin(api: Server, console: Server, admin: Server, runs: int) -> Table:
    table = Table(
        "The models page against Django admin's changelist",
        ["what", "ms", "x changelist", "processor ms", "bytes"],
        notes=[
            "The same 100 rows, the same nine columns, 50 a page. The changelist reads them from SQLite; the console",
            "asks the API (no latency). Same gunicorn settings; Brotli here, gzip there. *Processor* is what the",
            "server's worker used for a page.",
        ],
    )
    browser, other = person(console.port, console.cookies[0]), person(admin.port, admin.cookies[0])
    pages = {
        "changelist": (partial(other.get, CHANGELIST), admin),
        "models page, uncached": (partial(browser.get, FRESH_PATH), console),
        "models page, all new": (partial(browser.get, FRESH_PATH), console),
        "models page, kept": (partial(browser.get, PAGE_PATH), console),
    }
    taken: Samples = {name: [] for name in pages}
    used = dict.fromkeys(pages, 0.0)
    for _ in range(runs):
        for name, (page, _) in pages.items():
            api.tell(f"/_stub/vary/{int(name.endswith('all new'))}")
            taken[name] += in_turn({name: page}, runs=1, warm=0)[name]
    for name, (page, server) in pages.items():
        api.tell(f"/_stub/vary/{int(name.endswith('all new'))}")
        before = processor_seconds(server.workers)
        for _ in range(runs):
            page()
        used[name] = (processor_seconds(server.workers) - before) / runs
    api.tell("/_stub/vary/0")
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
    for name in ("models page, uncached", "models page, all new"):
        table.ratios.append(
            ratio_of(f"{name}, against admin's changelist", taken, name, "changelist", most=0.3)
        )
    return table
