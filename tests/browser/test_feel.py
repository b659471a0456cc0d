"""What only a browser shows: focus, dialogs, keys, messages, the theme, the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def edit(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Edit {label}").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def patches(sandbox: Any) -> int:
    return sum(call.method == "PATCH" for call in sandbox.requests)


def test_a_refused_value_stays_with_the_focus_and_a_saved_one_gives_it_back_to_the_edit_button(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    page.goto(MODEL)
    edit(page, "License")
    page.keyboard.type("MIT")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()
    assert patches(sandbox) == 0
    edit(page, "Context length")
    box = page.get_by_role("textbox", name="Context length")
    expect(box).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(box).to_have_value("many")
    expect(box).to_be_focused()
    box.fill("64k")
    page.keyboard.press("Enter")
    expect(page.locator("[data-field=context_length]")).to_contain_text("65,536")
    expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("saved")
    page.locator(".toast").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_the_delete_dialog_waits_for_the_name_and_gives_the_focus_back(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    opener = page.get_by_role("button", name="Delete", exact=True)
    opener.click()
    dialog = page.get_by_role("dialog", name="Delete my-custom-model?")
    expect(dialog).to_be_visible()
    delete = dialog.get_by_role("button", name="Delete model")
    expect(delete).to_be_disabled()
    dialog.get_by_role("textbox").fill("my-custom-model")
    expect(delete).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_keys_move_search_and_list_themselves_but_not_while_typing(models_page: Page) -> None:
    page = models_page
    names = page.locator("[data-rows] .name")
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    search = page.get_by_label("Search models")
    expect(search).to_be_focused()
    page.keyboard.type("j?/k")
    expect(search).to_have_value("j?/k")
    expect(keys).to_be_hidden()


def test_menus_close_on_escape_and_on_a_click_elsewhere(models_page: Page) -> None:
    page = models_page
    menu = page.get_by_label("Project proj_ABC123")
    menu.click()
    expect(page.get_by_role("link", name="Connect another project")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Connect another project")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("heading", name="Models").click()
    expect(page.get_by_role("link", name="Connect another project")).to_be_hidden()


def test_a_failed_panel_says_so_and_retries(connected_page: Page, sandbox: Any, watch: Watch) -> None:
    page = connected_page
    watch.allow("status of 5", "Response Status Error Code 5")
    sandbox.fault("status", status=503, route="catalog", times=2)
    page.goto(MODEL)
    panel = page.locator("[data-panel]")
    expect(panel.get_by_role("alert")).to_be_visible()
    sandbox.clear_faults()
    panel.get_by_role("link", name="Retry").click()
    expect(page.get_by_text("Deployable")).to_be_visible()


def test_reduced_motion_stands_still(new_connected_page: Callable[..., Page]) -> None:
    page = new_connected_page(reduced_motion="reduce")
    page.goto(f"/projects/{PROJECT}/models/")
    longest = page.evaluate(
        "Math.max(0, ...document.getAnimations().map((a) => a.effect.getComputedTiming().duration))"
    )
    assert longest <= 1
