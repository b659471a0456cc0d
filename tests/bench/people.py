"""Many people: requests a second and p95, against nginx that passes the same JSON and admin's changelist."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench import servers
from tests.bench.load import Load, have_wrk, saturate, visit
from tests.bench.pages import CHANGELIST
from tests.bench.processes import memory, processor_seconds
from tests.bench.report import Table, say
from tests.bench.servers import FRESH_PATH, LIST_PATH, PAGE_PATH, Server
from tests.bench.stats import Ratio, middle, percentile

PEOPLE = (1, 32, 128)
LATENCIES = (50, 200)
EVERY = 5.0  # seconds between two pages of a person
OTHERS = ("x nginx", "x changelist")
BUSY = 200  # ms, at which the bounds are set


@dataclass(frozen=True, slots=True)
class Scene:
    folder: Path
    api: Server
    console: Server
    admin: Server
    nginx: Server
    seconds: int
    rounds: int


def measure(folder: Path, *, runs: int) -> list[Table]:
    if not have_wrk():
        say("wrk is missing: install the Debian package wrk. The loads are left out.")
        return []
    short = runs <= 5
    with ExitStack() as stack:
        api = stack.enter_context(servers.stub(folder))
        front = stack.enter_context(servers.nginx(folder, api=api))
        if front is None:
            say("nginx is missing: install the Debian package nginx. The loads are left out.")
            return []
        console = stack.enter_context(servers.console(folder, api=api, people=max(PEOPLE)))
        admin = stack.enter_context(servers.admin(folder))
        scene = Scene(
            folder, api, console, admin, front, 3 if short else 6, 1 if short else 2 if runs < 30 else 3
        )
        for server, path in _subjects(scene).values():  # the first page of each worker loads its modules
            _one(scene, server, path, people=16)
        tables = [_saturated(scene), _thinking(scene, 12.0 if short else 40.0)]
        fresh = stack.enter_context(servers.console(folder, api=api, people=max(PEOPLE)))
        return [*tables, _memory(scene, fresh)]


def _subjects(scene: Scene) -> dict[str, tuple[Server, str]]:
    """Name -> server, path."""
    return {
        "nginx, the JSON": (scene.nginx, LIST_PATH),
        "models page": (scene.console, FRESH_PATH),
        "models page, cached": (scene.console, PAGE_PATH),
        "admin's changelist": (scene.admin, CHANGELIST),
    }


def _saturated(scene: Scene) -> Table:
    table = Table(
        "As fast as they are answered",
        [
            "latency",
            "people",
            "what",
            "pages a second",
            "p50 ms",
            "p95 ms",
            "processor ms a page",
            "x nginx",
            "x changelist",
        ],
        notes=[
            "Each person asks again as soon as the answer is there (wrk, one thread; every person has a session of",
            "their own). nginx proxies the same JSON of 100 models from the same API. The changelist has no API",
            f"behind it: its latency is none. {scene.rounds} rounds of {scene.seconds} s, in turn; the median counts.",
            "Load generator, API and database share the two cores with what is measured.",
        ],
    )
    for latency in LATENCIES[-1:] if scene.rounds == 1 else LATENCIES:
        scene.api.tell(f"/_stub/latency/{latency}")
        for people in PEOPLE[1:] if scene.rounds == 1 else PEOPLE:
            _compare(scene, table, latency, people)
    scene.api.tell("/_stub/latency/0")
    return table


def _compare(scene: Scene, table: Table, latency: int, people: int) -> None:
    loads: dict[str, list[tuple[Load, float]]] = {}
    for _ in range(scene.rounds):
        for name, (server, path) in _subjects(scene).items():
            loads.setdefault(name, []).append(_one(scene, server, path, people))
    rates = {name: middle([max(load.rate, 0.1) for load, _ in taken]) for name, taken in loads.items()}
    bare, other = rates["nginx, the JSON"], rates["admin's changelist"]
    for name, taken in loads.items():
        p50, p95 = (middle([getattr(load, at) for load, _ in taken]) * 1000 for at in ("p50", "p95"))
        wrong = sum(load.refused + load.broken for load, _ in taken)
        rate = f"{rates[name]:.0f}" + (f" ({wrong} refused)" if wrong else "")
        used = middle([seconds for _, seconds in taken]) * 1000
        row = [f"{latency} ms", str(people), name, rate, f"{p50:.0f}", f"{p95:.0f}", f"{used:.1f}"]
        table.rows.append([*row, f"{rates[name] / bare:.2f}", f"{rates[name] / other:.2f}"])
    if latency == BUSY and people == max(PEOPLE):
        what = f"models page, {people} people at {latency} ms, against admin's changelist"
        table.ratios.append(Ratio(what, rates["models page"] / other, least=2.5))


def _one(scene: Scene, server: Server, path: str, people: int) -> tuple[Load, float]:
    """A load, and the seconds of the processor that its server's workers took for each page."""
    before = processor_seconds(server.workers)
    bearer = server is scene.nginx
    load = saturate(
        server, path, connections=people, seconds=scene.seconds, folder=scene.folder, bearer=bearer
    )
    return load, (processor_seconds(server.workers) - before) / max(load.requests, 1)


def _thinking(scene: Scene, seconds: float) -> Table:
    people = max(PEOPLE)
    table = Table(
        "People who read what they see",
        ["latency", "what", "pages", "p50 ms", "p95 ms", "x latency"],
        notes=[
            f"{people} people, each with a kept connection, each opening the page every {EVERY:g} s, for {seconds:g} s."
        ],
    )
    for latency in LATENCIES:
        scene.api.tell(f"/_stub/latency/{latency}")
        for name, path in (
            ("models page", FRESH_PATH),
            ("models page, cached where possible", PAGE_PATH),
        ):
            taken = visit(scene.console, path, people=people, every=EVERY, seconds=seconds)
            p95 = percentile(taken, 0.95) * 1000
            row = [f"{latency} ms", name, str(len(taken)), f"{middle(taken) * 1000:.0f}", f"{p95:.0f}"]
            table.rows.append([*row, f"{p95 / latency:.2f}"])
            if latency == BUSY and path == FRESH_PATH:
                table.ratios.append(
                    Ratio(f"p95 of {people} people who act every {EVERY:g} s", p95 / latency, most=1.3)
                )
    scene.api.tell("/_stub/latency/0")
    return table


def _memory(scene: Scene, console: Server) -> Table:
    """Of a console that has served nothing before."""
    people = max(PEOPLE)
    table = Table(
        "Memory of a worker",
        ["when", "resident MB", "own share MB"],
        notes=[
            f"The larger of two workers, under {people} people who ask without a pause at {BUSY} ms.",
        ],
    )
    scene.api.tell(f"/_stub/latency/{BUSY}")
    _remember(table, "at rest", console)
    for _ in range(4):
        _one(scene, console, FRESH_PATH, people)
    worst = _remember(table, "after the models page", console)
    table.ratios.append(
        Ratio(f"memory of a worker, {people} people at {BUSY} ms", worst, most=150, unit="MB")
    )
    scene.api.tell("/_stub/latency/0")
    return table


def _remember(table: Table, when: str, console: Server) -> float:
    found = [memory(number) for number in console.workers]
    worst = max(one["rss"] for one in found)
    table.rows.append([when, f"{worst:.0f}", f"{max(one['pss'] for one in found):.0f}"])
    return worst
