"""A person's browser on the live console and the live sandbox; it fails on any error in the browser's console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright

from tests.browser.server import (
    NAMED,
    PASSWORD,
    Console,
    console_prepared,
    console_serving,
    people_connected,
)
from tests.machine import chromium
from tests.sandbox_fixture import KEY, PROJECT

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
STILL = """Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
    .map((animation) => animation.finished.catch(() => {}))).then(() => 0)"""
# Rows of a table, and entries of a list, that differ from one before them in nothing but words: the same elements,
# classes, states and colours. axe-core looks at the first of them, which takes a third of the time.
ALIKE = r"""() => {
    const words = / (id|href|value|title|datetime|aria-label)="[^"]+"/g;
    const drawn = (element) => {
        const { color, backgroundColor, display } = getComputedStyle(element);
        return [color, backgroundColor, display].join();
    };
    const kind = (row) => [
        row.outerHTML.replace(words, ' $1="…"').replace(/>[^<]*[^<\s][^<]*</g, ">…<"),
        ...[row, ...row.querySelectorAll("*")].map(drawn),
    ].join("|");
    const kinds = new Map();
    return [...document.querySelectorAll("tbody > tr, li")].filter((row) => {
        const before = kinds.get(row.parentElement) ?? new Set();
        kinds.set(row.parentElement, before);
        return before.size === before.add(kind(row)).size;
    });
}"""
PATIENCE = 10_000  # milliseconds; two cores are shared with other tests

expect.set_options(timeout=PATIENCE)
_people = count(NAMED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def console_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="session")
def console_environment(sandbox_running: Any, console_folder: Path) -> dict[str, str]:
    return console_prepared(api_url=sandbox_running.url, folder=console_folder)


@pytest.fixture(scope="session")
def console(console_environment: dict[str, str], console_folder: Path) -> Iterator[Console]:
    with console_serving(console_environment, folder=console_folder) as running:
        yield running


@pytest.fixture(scope="session")
def connected_people(console_environment: dict[str, str]) -> list[str]:
    """Cookies of people who are signed in and connected. Each test takes one: signing in has tests of its own."""
    return people_connected(console_environment, project=PROJECT, key=KEY)


# A module at a time: while Playwright runs, Django takes this thread for an asynchronous one and refuses the database.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = chromium()
    assert path, "no Chromium: run `make test`, which installs one"
    started = playwright.chromium.launch(executable_path=path, args=QUIET)
    yield started
    started.close()


class Watch:
    """What went wrong in the browser. `allow(part)` lets errors pass that a test provokes."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.allowed = [
            "Failed to load resource: the server responded with a status of 4",
            # A page left while a panel is still loading: htmx reports its own request as aborted.
            "htmx:sendAbort",
            "htmx:afterRequest",
        ]

    def allow(self, *parts: str) -> None:
        self.allowed.extend(parts)

    def follow(self, page: Page) -> None:
        page.on("console", lambda said: self._error(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._error(str(error)))
        page.on("request", lambda request: self._request(request.url))

    def _error(self, text: str) -> None:
        self.errors.append(text)

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc not in (self.host, "") and not url.startswith(("blob:", "data:")):
            self.foreign.append(url)

    def check(self) -> None:
        wrong = [error for error in self.errors if not any(part in error for part in self.allowed)]
        assert not wrong, wrong
        assert not self.foreign, self.foreign


@pytest.fixture
def watch(console: Console) -> Iterator[Watch]:
    watching = Watch(urlsplit(console.url).netloc)
    yield watching
    watching.check()


@pytest.fixture
def new_context(
    browser: Browser, console: Console, watch: Watch, sandbox: Any
) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(color_scheme="dark", ...)`: another browser profile, that of another person."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(
            **{"base_url": console.url, "viewport": {"width": 1280, "height": 900}} | options
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", watch.follow)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page that nobody has signed in to."""
    return new_context().new_page()


@pytest.fixture
def new_connected_page(
    new_context: Callable[..., BrowserContext], console: Console, connected_people: list[str]
) -> Callable[..., Page]:
    """`new_connected_page(color_scheme="dark", ...)`: that of another Maintainer, as `connected_page`."""

    def make(**options: Any) -> Page:
        context = new_context(**options)
        cookies = (cookie.split("=", 1) for cookie in connected_people.pop().split("; "))
        context.add_cookies([{"name": name, "value": value, "url": console.url} for name, value in cookies])
        return context.new_page()

    return make


@pytest.fixture
def connected_page(new_connected_page: Callable[..., Page]) -> Page:
    """A Maintainer's, signed in and connected to the sandbox's first project. Nothing is opened yet."""
    return new_connected_page()


@pytest.fixture
def models_page(connected_page: Page) -> Page:
    """`connected_page`, on the project's models."""
    connected_page.goto(f"/projects/{PROJECT}/models/")
    return connected_page


def sign_in(page: Page, role: str = "maintainer") -> Page:
    """As a person of that role who has done nothing yet."""
    username = f"{role}-{next(_people)}"
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connect/**")
    return page


def connect(page: Page, project: str = PROJECT, key: str = KEY) -> Page:
    page.goto("/connect/")
    page.get_by_label("Project ID").fill(project)
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(f"**/projects/{project}/models/**")
    return page


def slow_network(page: Page, latency: int) -> None:
    """Each request takes so many milliseconds longer."""
    wire = page.context.new_cdp_session(page)
    speed = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", speed)


def tab_to(page: Page, target: Locator, *, most: int = 60, backwards: bool = False) -> None:
    """Press Tab, or Shift and Tab, until it has the focus."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{target} is not reached by Tab")


def axe_check(page: Page) -> None:
    """No finding of axe-core: WCAG 2.2 AA and its best practices. Waits until what moves has come to rest."""
    page.evaluate(STILL)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        f"async (options) => (await axe.run({{exclude: ({ALIKE})()}}, options)).violations", AXE
    )
    problems = [
        f"{f['id']} ({f['impact']}): {n['html'][:200]} {n['failureSummary']}"
        for f in found
        for n in f["nodes"]
    ]
    assert not problems, "\n".join(problems)


def axe_everywhere(page: Page) -> None:
    """`axe_check` on a phone in light and on a desk in dark: each layout and each set of colours once."""
    for width, scheme in ((360, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=scheme)
        # An element half under the bar of a scrolled page is not a finding.
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        try:
            axe_check(page)
        except AssertionError as problem:
            raise AssertionError(f"{width}px, {scheme}: {problem}") from None


def fits(page: Page) -> None:
    """Nothing scrolls sideways."""
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond <= 0, f"{page.url} is {beyond}px wider than {page.viewport_size}"
