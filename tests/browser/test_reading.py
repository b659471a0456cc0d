"""Reading under other conditions: reflow, wide text spacing, forced colours, the theme at first paint, charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sandbox.record import Record
from tests.browser.conftest import Watch, axe_check, connect, fits, sign_in
from tests.editing import MODEL
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

PAGES = (
    "/projects/proj_ABC123/models/",
    "/projects/proj_ABC123/models/charts/",
    MODEL,
    f"{MODEL}fields/description/",
    "/activity/",
    "/team/?q=acme",
    "/team/projects/",
    "/account/",
    "/connect/",
)
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`p { margin-bottom: 2em !important }
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }`);
    document.adoptedStyleSheets = [sheet];
}"""


def test_with_wide_text_spacing_nothing_scrolls_sideways(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = connect(sign_in(new_context(viewport={"width": 320, "height": 640}).new_page(), "administrator"))
    for address in PAGES:
        page.goto(address)
        page.evaluate(SPACED)
        for width in (320, 640, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            fits(page)


CHOSEN = """e => {
    const { outlineStyle, outlineColor, borderColor, backgroundColor } = getComputedStyle(e);
    return [outlineStyle, outlineColor, borderColor, backgroundColor].join();
}"""


def test_forced_colours_leave_what_is_chosen_and_the_focus_to_be_seen(
    new_connected_page: Callable[..., Page],
) -> None:
    page = new_connected_page(forced_colors="active")
    page.goto(PAGES[0])
    chips = page.locator(".chip")
    assert chips.nth(0).evaluate(CHOSEN) != chips.nth(1).evaluate(CHOSEN)
    page.keyboard.press("Control+k")
    options = page.locator("#palette .option:visible")
    assert options.nth(0).evaluate(CHOSEN) != options.nth(1).evaluate(CHOSEN)
    page.keyboard.press("Escape")
    page.locator("summary.who").click()
    themes = page.locator("[data-theme-set]")
    assert themes.nth(0).evaluate(CHOSEN) != themes.nth(1).evaluate(CHOSEN)
    page.keyboard.press("Escape")
    page.locator("#sort-name").focus()
    page.keyboard.press("Tab")
    assert "none" not in page.locator(":focus").evaluate(CHOSEN).split(",")[0]
    axe_check(page)


def test_the_theme_chosen_is_in_the_page_before_any_script_runs(
    new_connected_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("ERR_FAILED")  # of the scripts, which are kept away below
    page = new_connected_page(color_scheme="light")
    page.goto(PAGES[0])
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(color)
    page.locator("summary.who").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    assert page.evaluate(color) != light
    for address in ("/projects/proj_ABC123/models/", MODEL, "/no-such-page/"):
        answer = page.request.get(address)
        assert 'data-theme="dark"' in answer.text().partition("<head>")[0], address
    other = page.context.new_page()
    other.route("**/*.js", lambda route: route.abort())
    other.goto("/projects/proj_ABC123/models/")
    assert other.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.reload()
    assert page.evaluate(color) != light
    page.locator("summary.who").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate(color) == light


def tree(page: Page) -> list[tuple[str, str]]:
    """Role and name of everything that Chromium tells a screen reader."""
    wire = page.context.new_cdp_session(page)
    wire.send("Accessibility.enable")
    nodes = wire.send("Accessibility.getFullAXTree")["nodes"]
    return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]


def test_charts_are_tables_to_a_screen_reader_at_every_width(connected_page: Page) -> None:
    page = connected_page
    page.goto("/projects/proj_ABC123/models/charts/")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        said = tree(page)
        for title in ("Storage by model", "Storage by format", "Models by status"):
            assert ("table", title) in said
        assert said.count(("columnheader", "Size")) == 2
        assert ("rowheader", "Ready") in said
        assert ("cell", "35") in said
        assert not [one for one in said if one[0] in ("image", "graphics-document", "SvgRoot")]


@pytest.mark.parametrize("count", [1, 2])
def test_charts_of_few_models_with_and_without_a_size_fit_and_pass(
    new_connected_page: Callable[..., Page], sandbox: Any, count: int
) -> None:
    models = sandbox.store.project(PROJECT).models
    facts = models[EXAMPLE_ID].facts
    models.clear()
    for number in range(count):
        name = f"{number:08d}-1111-0000-1111-000000000000"
        size = {"size_bytes": None} if number else {}
        models[name] = Record(name, {**facts, "id": name, "name": f"model-{number}", **size})
    page = new_connected_page(viewport={"width": 320, "height": 700})
    page.goto("/projects/proj_ABC123/models/charts/")
    bars = page.get_by_role("table", name="Storage by model").locator("tbody tr")
    expect(bars).to_have_count(1)
    expect(bars).to_contain_text("4.00 GB")
    expect(page.get_by_text("1 model is left out")).to_have_count(2 * (count - 1))
    fits(page)
    axe_check(page)
