"""`python -m tests.browser.screenshots`: the pictures of README and docs, from the live console.

With a folder as its argument it writes every screen at every width there, to be looked at.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import QUIET, STILL
from tests.browser.screens import SCREENS, Screen, show
from tests.browser.server import ROOT, Console, console_started
from tests.machine import chromium, inter
from tests.sandbox_fixture import sandbox_started

FOLDER = ROOT / "docs" / "screenshots"
PAGE = ROOT / "docs" / "screens.md"
COMPARISON = ROOT / "docs" / "before-and-after.md"
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
LOOKED_AT = (360, 720, 1024, 1280, 1600)
BOTH = (("before/", "before"), ("", "now"))
QUALITY = 50  # of WebP: text stays sharp, all pictures together under 9 MB
HEAD = """# Every screen

Made from the live console by `python -m tests.browser.screenshots`; pictures follow your own light or dark setting.
"""
COMPARISON_HEAD = """# Before and after

The pages on the left are as they were on 25 November 2026, those on the right as they are now. The older pictures show
a fallback font that few people see; the newer ones show Inter, the font that pages name first.
"""


def main() -> None:
    if not inter():
        sys.exit("The pictures need the font Inter: install fonts-inter and fontconfig.")
    looking = Path(sys.argv[1]) if sys.argv[1:] else None
    with sandbox_started(dialect="openai") as sandbox, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        for scheme in ("light", "dark"):
            if looking:
                _look(browser, scheme, sandbox, looking)
                continue
            for suffix, size in (("", WIDE), ("-narrow", NARROW)):
                _shoot(browser, sandbox, scheme, suffix, size)
        browser.close()
    if not looking:
        PAGE.write_text(HEAD + "".join(_section(screen) for screen in SCREENS))
        kept = [screen for screen in SCREENS if (FOLDER / "before" / f"{screen.name}-light.webp").exists()]
        COMPARISON.write_text(COMPARISON_HEAD + "".join(_comparison(screen) for screen in kept))


@contextmanager
def _screens(
    browser: Browser, sandbox: Any, scheme: Any, size: Any
) -> Iterator[tuple[Page, Iterator[Screen]]]:
    """A page, and the screens as it is led through them, on a console without any past."""
    with (
        tempfile.TemporaryDirectory() as home,
        console_started(api_url=sandbox.url, folder=Path(home)) as console,
        browser.new_context(base_url=console.url, color_scheme=scheme, viewport=size) as context,
    ):
        page = context.new_page()
        yield page, _shown(page, sandbox, console)


def _shown(page: Page, sandbox: Any, console: Console) -> Iterator[Screen]:
    for screen in SCREENS:
        show(screen, page, sandbox, console)
        yield screen


def _shoot(browser: Browser, sandbox: Any, scheme: str, suffix: str, size: Any) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _screens(browser, sandbox, scheme, size) as (page, screens):
        for screen in screens:
            _picture(page, FOLDER / f"{screen.name}{suffix}-{scheme}.webp")


def _look(browser: Browser, scheme: str, sandbox: Any, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _screens(browser, sandbox, scheme, WIDE) as (page, screens):
        for screen in screens:
            for width in LOOKED_AT:
                page.set_viewport_size({"width": width, "height": WIDE["height"]})
                page.evaluate(STILL)
                page.screenshot(path=folder / f"{screen.name}-{scheme}-{width}.png", caret="initial")
            page.set_viewport_size(WIDE)


def _picture(page: Page, path: Path) -> None:
    """As WebP, which Playwright's own pictures cannot be."""
    page.evaluate(STILL)
    asked = {"format": "webp", "quality": QUALITY}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    path.write_bytes(base64.b64decode(taken["data"]))
    print(path)


def _section(screen: Screen) -> str:
    pictures = [
        _both(f"{screen.name}{suffix}", screen.title, width)
        for suffix, width in (("", 640), ("-narrow", 200))
    ]
    return f"\n## {screen.title}\n\n" + "\n".join(pictures) + "\n"


def _comparison(screen: Screen) -> str:
    pairs = [
        "\n".join(
            _both(f"{folder}{screen.name}{suffix}", f"{screen.title}, {when}", width) for folder, when in BOTH
        )
        for suffix, width in (("", 440), ("-narrow", 200))
    ]
    return f"\n## {screen.title}\n\n" + "\n\n".join(pairs) + "\n"


def _both(name: str, title: str, width: int) -> str:
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="screenshots/{name}-dark.webp">'
        f'<img src="screenshots/{name}-light.webp" alt="{title}" width="{width}"></picture>'
    )


if __name__ == "__main__":
    main()
