"""What only a browser shows: focus, dialogs, keys, messages, the theme, the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Watch, axe_check, connect, sign_in
from tests.sandbox_fixture import EXAMPLE_ID

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def edit(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Edit {label}").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def patches(sandbox: Any) -> int:
    return sum(call.method == "PATCH" for call in sandbox.requests)


def test_focus_returns_to_the_edit_button_after_saving_and_the_value_flashes(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    page.goto(MODEL)
    edit(page, "Context length")
    expect(page.get_by_role("textbox", name="Context length")).to_be_focused()
    axe_check(page)
    page.get_by_role("textbox", name="Context length").fill("64k")
    page.keyboard.press("Enter")
    expect(page.locator("[data-field=context_length]")).to_contain_text("65,536")
    expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("saved")
    axe_check(page)
    page.locator(".toast").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_undo_from_the_message_puts_the_value_back(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    before = page.locator("[data-field=description] dd").first.inner_text()
    edit(page, "Description")
    page.get_by_role("textbox", name="Description").fill("Something else")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-field=description]")).to_contain_text("Something else")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-field=description]")).to_contain_text(before)


def test_escape_cancels_an_edit_and_sends_nothing(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    edit(page, "License")
    page.keyboard.type("MIT")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()
    assert patches(sandbox) == 0


def test_a_double_click_sends_once(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    edit(page, "License")
    page.get_by_role("combobox", name="License").fill("BSD-3-Clause")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.locator("[data-field=license]")).to_contain_text("BSD-3-Clause")
    assert patches(sandbox) == 1


def test_a_refused_value_keeps_what_was_typed_and_the_focus(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    edit(page, "Context length")
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    field = page.get_by_role("textbox", name="Context length")
    expect(field).to_have_value("many")
    expect(field).to_be_focused()
    axe_check(page)


def test_the_delete_dialog_waits_for_the_name_and_gives_the_focus_back(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    opener = page.get_by_role("button", name="Delete", exact=True)
    opener.click()
    dialog = page.get_by_role("dialog", name="Delete my-custom-model?")
    expect(dialog).to_be_visible()
    axe_check(page)
    delete = dialog.get_by_role("button", name="Delete model")
    expect(delete).to_be_disabled()
    dialog.get_by_role("textbox").fill("my-custom-model")
    expect(delete).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_keys_move_search_and_list_themselves_but_not_while_typing(connected_page: Page) -> None:
    page = connected_page
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
    axe_check(page)
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    search = page.get_by_label("Search models")
    expect(search).to_be_focused()
    page.keyboard.type("j?/k")
    expect(search).to_have_value("j?/k")
    expect(keys).to_be_hidden()


def test_search_typed_quickly_loses_no_letter_and_back_restores(connected_page: Page) -> None:
    page = connected_page
    search = page.get_by_label("Search models")
    search.press_sequentially("my-custom", delay=40)
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(search).to_have_value("my-custom")
    page.wait_for_url("**q=my-custom*")
    page.get_by_role("link", name="my-custom-model").click()
    page.wait_for_url(f"**{MODEL}")
    page.go_back()
    expect(page.get_by_label("Search models")).to_have_value("my-custom")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Search models")).to_have_value("my-custom")


def test_the_theme_is_chosen_remembered_and_goes_back_to_the_system(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = connect(sign_in(new_context(color_scheme="light").new_page()))
    scheme = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(scheme)
    page.locator("summary.who").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = page.evaluate(scheme)
    assert dark != light
    page.reload()
    assert page.evaluate(scheme) == dark
    page.locator("summary.who").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate(scheme) == light


def test_menus_close_on_escape_and_on_a_click_elsewhere(connected_page: Page) -> None:
    page = connected_page
    menu = page.get_by_label("Project proj_ABC123")
    menu.click()
    expect(page.get_by_role("link", name="Connect another project")).to_be_visible()
    axe_check(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Connect another project")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("heading", name="Models").click()
    expect(page.get_by_role("link", name="Connect another project")).to_be_hidden()


def test_a_lost_network_is_said_and_recovers(connected_page: Page, watch: Watch) -> None:
    page = connected_page
    watch.allow("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    page.goto(MODEL)
    edit(page, "License")
    page.get_by_role("combobox", name="License").fill("Zlib")
    page.context.set_offline(True)
    expect(page.get_by_text("You're offline")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("we don't know whether")
    expect(page.get_by_role("combobox", name="License")).to_have_value("Zlib")
    page.context.set_offline(False)
    expect(page.get_by_text("You're offline")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-field=license]")).to_contain_text("Zlib")


def test_a_failed_panel_says_so_and_retries(connected_page: Page, sandbox: Any, watch: Watch) -> None:
    page = connected_page
    watch.allow("status of 5", "Response Status Error Code 5")
    sandbox.fault("status", status=503, route="catalog", times=2)
    page.goto(MODEL)
    panel = page.locator("[data-panel]")
    expect(panel.get_by_role("alert")).to_be_visible()
    axe_check(page)
    sandbox.clear_faults()
    panel.get_by_role("link", name="Retry").click()
    expect(page.get_by_text("Deployable")).to_be_visible()


def test_signing_out_blanks_the_other_tab(connected_page: Page, watch: Watch) -> None:
    other = connected_page
    page = other.context.new_page()
    page.goto("/projects/proj_ABC123/models/")
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    other.wait_for_url("**/sign-in/**")


def test_an_ended_session_takes_htmx_to_sign_in_and_back(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    page.context.clear_cookies()
    page.get_by_role("button", name="Edit License").click()
    page.wait_for_url("**/sign-in/**")
    assert "next=" in page.url


def test_reduced_motion_stands_still(new_context: Callable[..., BrowserContext]) -> None:
    page = connect(sign_in(new_context(reduced_motion="reduce").new_page()))
    longest = page.evaluate(
        "Math.max(0, ...document.getAnimations().map((a) => a.effect.getComputedTiming().duration))"
    )
    assert longest <= 1
