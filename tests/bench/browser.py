"""In a real Chromium: bytes and requests of what a person does, and how soon a slow machine shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench import servers
from tests.bench.pages import CHANGELIST, MODEL_ID
from tests.bench.relay import Relay, relay
from tests.bench.report import Table, say
from tests.bench.servers import PAGE_PATH, Server
from tests.bench.stats import Ratio, middle
from tests.machine import chromium

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SLOWED = 4
KILOBYTE = 1024
WATCH = """
window.bench = {lcp: 0, long: []};
new PerformanceObserver(list => { for (const e of list.getEntries()) window.bench.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) window.bench.long.push(e.duration); })
  .observe({type: 'longtask', buffered: true});
"""
# Time to interactive is not waited for: every long task of the whole load counts, from the first paint on.
BLOCKED = "window.bench.long.reduce((sum, took) => sum + Math.max(0, took - 50), 0)"
TYPED = """() => new Promise(done => {
  const input = document.querySelector('#models-q'); let start = 0;
  input.addEventListener('keydown', () => { start = performance.now(); }, {once: true});
  new MutationObserver((_, watch) => {
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  }).observe(document.querySelector('#models-card'), {childList: true});
  input.focus(); window.bench.ready = true;
})"""


@dataclass(slots=True)
class Visitor:
    """A browser profile behind a relay. `requests` counts since the last `step`."""

    relay: Relay
    context: BrowserContext
    page: Page
    requests: list[str] = field(default_factory=list)

    def step(self, act: Callable[[], Any]) -> tuple[int, int, int]:
        """Requests, bytes up and bytes down of one act, until the network is still."""
        self.requests.clear()
        self.relay.reset()
        act()
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(300)
        return len(self.requests), self.relay.up, self.relay.down


@contextmanager
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    with relay(server.port) as between:
        base = f"http://127.0.0.1:{between.port}"
        context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
        pairs = (part.split("=", 1) for part in server.cookies[0].split("; "))
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in pairs])
        page = context.new_page()
        found = Visitor(between, context, page)
        page.on("request", lambda request: found.requests.append(request.url))
        yield found
        context.close()


def measure(folder: Path, *, runs: int) -> list[Table]:
    path = chromium()
    if not path:
        say("Chromium is missing: run `python -m tests.machine`. The browser's part is left out.")
        return []
    with ExitStack() as stack:
        api = stack.enter_context(servers.sandbox(folder, models=100))
        console = stack.enter_context(servers.console(folder, api=api))
        admin = stack.enter_context(servers.admin(folder))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        stack.callback(browser.close)
        speed = _speed(browser, console, admin, max(3, runs // 4))
        return [_sizes(browser, console, admin), speed]


def _sizes(browser: Browser, console: Server, admin: Server) -> Table:
    table = Table(
        "Bytes and requests",
        ["what", "where", "requests", "bytes up", "bytes down"],
        notes=[
            "Counted on the wire, headers included, between Chromium and the server. The first visit has an empty",
            "browser cache, the second right after it. An edit is pressing Save, with all that the page",
            "asks for then: here the model's history, in the admin the list again.",
        ],
    )
    with visitor(browser, console) as ours:
        seen = _console_steps(ours)
    with visitor(browser, admin) as theirs:
        other = _admin_steps(theirs)
    for name in seen:
        for where, steps in (("console", seen), ("admin's changelist", other)):
            if name in steps:
                requests, up, down = steps[name]
                table.rows.append([name, where, str(requests), f"{up:,}", f"{down:,}"])
    requests, _, down = seen["first visit"]
    _, edit_up, edit_down = seen["edit"]
    table.ratios += [
        Ratio("first visit, down", down / KILOBYTE, most=52, unit="KB"),
        Ratio("first visit, requests", requests, most=24, unit=""),
        Ratio("edit, up", edit_up / KILOBYTE, most=3, unit="KB"),
        Ratio("edit, down", edit_down / KILOBYTE, most=3, unit="KB"),
    ]
    return table


def _console_steps(ours: Visitor) -> dict[str, tuple[int, int, int]]:
    page = ours.page
    seen = {
        "first visit": ours.step(lambda: page.goto(PAGE_PATH)),
        "second visit": ours.step(lambda: page.goto(PAGE_PATH)),
        "filter": ours.step(lambda: page.locator("#models-q").press_sequentially("llama", delay=10)),
        "model page": ours.step(lambda: page.goto(f"/projects/proj_ABC123/models/{MODEL_ID}/")),
    }

    def save() -> None:
        page.get_by_role("button", name="Save").click()
        page.locator("[data-field=license]:not(.editing)").wait_for()

    seen["open an edit"] = ours.step(page.get_by_role("button", name="Edit License").click)
    page.locator("[data-field=license] [name=value]").fill("apache-2.0")
    seen["edit"] = ours.step(save)

    def poll() -> None:
        with page.expect_response(lambda answer: "/status/" in answer.url) as answered:
            page.wait_for_timeout(10)
        answered.value.finished()

    page.get_by_role("button", name="Revalidate").click()
    page.wait_for_load_state("networkidle")
    seen["poll"] = ours.step(poll)
    return seen


def _admin_steps(theirs: Visitor) -> dict[str, tuple[int, int, int]]:
    page = theirs.page
    seen = {
        "first visit": theirs.step(lambda: page.goto(CHANGELIST)),
        "second visit": theirs.step(lambda: page.goto(CHANGELIST)),
    }

    def search() -> None:
        page.locator("#searchbar").fill("llama")
        page.locator("#searchbar").press("Enter")
        page.wait_for_url("**q=llama**")

    seen["filter"] = theirs.step(search)

    def save() -> None:
        page.locator("[name=_save]").click()
        page.wait_for_url(f"**{CHANGELIST}")

    seen["open an edit"] = theirs.step(lambda: page.goto(f"{CHANGELIST}{MODEL_ID}/change/"))
    page.locator("[name=quantization]").fill("int4")
    seen["edit"] = theirs.step(save)
    return seen


def _speed(browser: Browser, console: Server, admin: Server, runs: int) -> Table:
    table = Table(
        f"On a machine {SLOWED} times slower",
        ["what", "largest paint ms", "blocked ms", "key press to rows ms"],
        notes=[
            f"Chromium with its processor slowed {SLOWED} times, an empty cache each time, no latency; medians of",
            f"{runs} runs. Blocked is what long tasks take beyond 50 ms each. The 150 ms that the search waits for",
            "the next letter are part of the last figure.",
        ],
    )
    for name, server, path in (
        ("models page", console, PAGE_PATH),
        ("admin's changelist", admin, CHANGELIST),
    ):
        taken = [_load(browser, server, path) for _ in range(runs)]
        lcp, blocked = (middle([one[at] for one in taken]) for at in (0, 1))
        typed = f"{middle([one[2] for one in taken]):.0f}" if server is console else "a page load"
        table.rows.append([name, f"{lcp:.0f}", f"{blocked:.0f}", typed])
    return table


def _load(browser: Browser, server: Server, path: str) -> tuple[float, float, float]:
    with visitor(browser, server) as someone:
        page = someone.page
        page.add_init_script(WATCH)
        session = someone.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        lcp, blocked = page.evaluate("window.bench.lcp"), page.evaluate(BLOCKED)
        typed = 0.0
        if path == PAGE_PATH:
            page.evaluate(f"() => {{ window.bench.typed = ({TYPED})(); }}")
            page.wait_for_function("window.bench.ready")
            page.keyboard.press("l")
            typed = page.evaluate("window.bench.typed")
        return lcp, blocked, typed
