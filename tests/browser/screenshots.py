"""`python -m tests.browser.screenshots`: the pictures of README, from the live console, into docs/screenshots.

With a folder as its argument it writes every screen there, light and dark, wide and narrow, to be looked at.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import QUIET, STILL, connect, sign_in
from tests.browser.server import ROOT, console_started
from tests.machine import chromium
from tests.sandbox_fixture import EXAMPLE_ID, sandbox_started

MODEL = f"/models/{EXAMPLE_ID}/"
README = (
    ("models", "light"),
    ("models", "dark"),
    ("model-editing", "light"),
    ("delete", "light"),
    ("activity", "dark"),
)
WIDTHS = (360, 720, 1100, 1600)
SIZE = {"width": 1280, "height": 860}


def _edit(page: Page) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Description").click()
    page.get_by_role("button", name="Save").wait_for()


def _delete(page: Page) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").wait_for()


def _activity(page: Page) -> None:
    for value in ("64k", "128k"):
        page.goto(MODEL)
        page.get_by_role("button", name="Edit Context length").click()
        page.get_by_role("textbox", name="Context length").fill(value)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Edit Context length").wait_for()
    page.goto("/activity/")


def _keys(page: Page) -> None:
    page.goto("/models/")
    page.keyboard.press("?")


SCREENS: dict[str, Callable[[Page], object]] = {
    "connect": lambda page: page.goto("/connect/"),
    "models": lambda page: page.goto("/models/"),
    "models-none": lambda page: page.goto("/models/?q=nothing-like-this"),
    "model": lambda page: page.goto(MODEL),
    "model-editing": _edit,
    "delete": _delete,
    "activity": _activity,
    "team": lambda page: page.goto("/team/"),
    "account": lambda page: page.goto("/account/"),
    "keys": _keys,
    "not-found": lambda page: page.goto("/no-such-page/"),
}


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        sandbox_started(dialect="openai") as sandbox,
        tempfile.TemporaryDirectory() as home,
        console_started(api_url=sandbox.url, folder=Path(home)) as console,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        for scheme in ("light", "dark"):
            sandbox.reset()
            _shoot(browser, console.url, scheme, folder, everything=bool(sys.argv[1:]))
        browser.close()


def _shoot(browser: Browser, url: str, scheme: str, folder: Path, *, everything: bool) -> None:
    page = browser.new_context(base_url=url, color_scheme=scheme, viewport=SIZE).new_page()
    page.goto("/sign-in/")
    if everything:
        _picture(page, folder / f"sign-in-{scheme}.png")
    connect(sign_in(page, "administrator"))
    for name, show in SCREENS.items():
        if not everything and (name, scheme) not in README:
            continue
        show(page)
        page.wait_for_load_state("networkidle")
        if not everything:
            _picture(page, folder / f"{name}-{scheme}.png")
            continue
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": SIZE["height"]})
            _picture(page, folder / f"{name}-{scheme}-{width}.png")
        page.set_viewport_size(SIZE)


def _picture(page: Page, path: Path) -> None:
    page.evaluate(STILL)
    page.screenshot(path=path, caret="initial")
    print(path)


if __name__ == "__main__":
    main()
