"""Ctrl K: models, pages and actions without the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, axe_check, connect
from tests.sandbox_fixture import EMPTY, EXAMPLE_ID, KEYS, PROJECT

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def palette(page: Page, text: str = "") -> Any:
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Palette")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(text)
    return dialog


def marked(page: Page) -> Any:
    return page.locator("#palette [role=option][aria-selected=true]")


def test_it_finds_a_model_and_opens_it(models_page: Page) -> None:
    page = models_page
    dialog = palette(page, "my-custom")
    expect(dialog.get_by_role("option", name="my-custom-model")).to_be_visible()
    expect(marked(page)).to_contain_text("my-custom-model")
    assert dialog.get_by_role("combobox").get_attribute("aria-activedescendant") == "palette-model-1"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{MODEL}")


def test_enter_waits_for_the_models_that_were_typed(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto("/activity/")
    sandbox.set(latency_ms=400)
    palette(page, "my-custom-model")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{MODEL}")
    sandbox.set(latency_ms=0)


def test_it_edits_a_field_and_deletes_on_a_models_page(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    palette(page, "edit lic")
    expect(marked(page)).to_contain_text("Edit License")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="License")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()
    palette(page, "delete")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete my-custom-model?")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()


def test_pages_and_projects_and_the_theme_are_there(connected_page: Page) -> None:
    page = connect(connected_page, EMPTY, KEYS[EMPTY])
    palette(page, "activity")
    page.keyboard.press("Enter")
    page.wait_for_url("**/activity/")
    palette(page, f"switch {PROJECT}")
    page.keyboard.press("Enter")
    expect(page.locator("summary.project")).to_contain_text(PROJECT)
    palette(page, "theme dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    palette(page, "sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/**")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")  # signing out keeps it


def test_arrows_move_escape_closes_and_the_focus_returns(models_page: Page) -> None:
    page = models_page
    page.keyboard.press("j")
    first = page.locator("[data-rows] .name").first
    expect(first).to_be_focused()
    palette(page)
    options = page.locator("#palette [role=option]:visible")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("button", name="Find", exact=True)).to_be_focused()


def test_with_the_api_down_pages_and_actions_still_work(
    connected_page: Page, sandbox: Any, watch: Watch
) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit License").click()
    page.get_by_role("combobox", name="License").fill(f"LicenseRef-{uuid4()}")
    # A change makes the cached list outdated; an unchanged value would not.
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("License of my-custom-model saved")
    sandbox.fault("status", status=503, times=99)
    dialog = palette(page, "mod")
    expect(dialog.get_by_role("option", name="Models couldn't be loaded")).to_be_visible()
    expect(marked(page)).to_contain_text("Models")
    axe_check(page)
    watch.allow("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    page.context.set_offline(True)
    page.keyboard.type("els")
    expect(dialog.locator("#palette-lost")).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.type("zzz")
    sandbox.clear_faults()
    page.keyboard.type("z")
    expect(dialog.locator("#palette-none")).to_be_visible()
    axe_check(page)


def test_it_opens_and_chooses_by_touch(new_connected_page: Callable[..., Page]) -> None:
    page = new_connected_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(MODEL)
    page.get_by_role("button", name="Find", exact=True).tap()
    page.keyboard.type("a")
    expect(page.get_by_role("option", name="arabic-chat")).to_be_visible()
    page.get_by_role("option", name="arabic-chat").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("arabic-chat")


def test_what_is_typed_and_pressed_before_its_module_is_loaded_counts(models_page: Page) -> None:
    page = models_page
    waiting: list[Any] = []
    page.route("**/js/palette.*", lambda route: waiting.append(route))  # a method can't be a handler
    dialog = palette(page, "about")
    expect(dialog.get_by_role("combobox")).to_have_value("about")
    expect(dialog.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")
    waiting[0].continue_()
    page.wait_for_url("**/about/")
