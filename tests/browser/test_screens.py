"""Every screen in every state: nothing scrolls sideways, axe-core finds nothing, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Watch, axe_everywhere, fits
from tests.browser.screens import SCREENS, show
from tests.browser.server import Console

WIDTHS = (320, 360, 719, 720, 980, 1100, 1180, 1280, 1400, 1600)
PROVOKED = ("status of 4", "status of 5", "Response Status Error Code", "ERR_INTERNET_DISCONNECTED", "htmx:")


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_every_screen_fits_and_passes_axe(
    new_context: Callable[..., BrowserContext],
    sandbox: Any,
    console: Console,
    watch: Watch,
    scheme: Any,
    width: int,
) -> None:
    watch.allow(*PROVOKED)
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 860}).new_page()
    found = []
    for screen in SCREENS[width == 360 :: 2]:  # half of them each: axe looks at both widths and themes anyway
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=scheme)
        show(screen, page, sandbox, console)
        found += [f"{screen.name}: {problem}" for problem in _problems(page)]
    page.context.set_offline(False)
    assert not found, "\n".join(found)


def _problems(page: Page) -> Iterator[str]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        try:
            fits(page)
        except AssertionError as problem:
            yield str(problem)
    try:
        axe_everywhere(page)
    except AssertionError as problem:
        yield str(problem)


@pytest.mark.parametrize("name", ["saved", "activity"])
def test_a_printed_page_holds_the_content_and_no_controls(
    new_context: Callable[..., BrowserContext], sandbox: Any, console: Console, name: str
) -> None:
    page = new_context(color_scheme="dark", viewport={"width": 794, "height": 1123}).new_page()
    show(next(screen for screen in SCREENS if screen.name == name), page, sandbox, console)
    page.emulate_media(media="print")
    assert page.locator("button:visible, input:visible, select:visible, dialog:visible").count() == 0
    expect(page.get_by_text("65,536").first).to_be_visible()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    fits(page)
