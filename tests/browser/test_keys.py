"""The keys: where they act, where they keep still, and a whole way without a mouse."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watch, tab_to
from tests.browser.server import PASSWORD
from tests.editing import MODEL, value_of
from tests.sandbox_fixture import KEY, PROJECT

LETTERS = "jk/?e"
# A second try is another person: where someone has connected before, the project is filled in.
NEW_PEOPLE = iter(("maintainer-95", "maintainer-94"))


def _add(tag: str) -> str:
    """A field of that kind at the page's end, with the focus."""
    return f"""() => {{ const field = document.createElement("{tag}");
        if ("{tag}" === "div") field.setAttribute("contenteditable", "");
        document.querySelector("main").append(field); field.focus(); }}"""


def test_keys_do_nothing_in_whatever_one_types(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    for tag in ("input", "textarea", "select", "div"):
        page.evaluate(_add(tag))
        field = page.locator(f"main > {tag}:last-child")
        page.keyboard.type(LETTERS)
        expect(field).to_be_focused()
        assert page.locator("dialog[open], .field.editing").count() == 0, tag
        if tag != "select":
            assert field.evaluate("field => field.value ?? field.textContent") == LETTERS


def test_keys_do_nothing_behind_an_open_dialog(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    dialog = page.locator("dialog[open]")
    for opening in ("?", "Control+k", "delete"):
        if opening == "delete":
            page.get_by_role("button", name="Delete", exact=True).press("Enter")
        else:
            page.keyboard.press(opening)
        expect(dialog).to_have_count(1)
        page.keyboard.type("je")
        if opening != "Control+k":
            page.keyboard.press("Control+k")
        expect(dialog).to_have_count(1)
        assert page.locator(".field.editing").count() == 0, opening
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_e_edits_the_field_with_the_focus_or_the_first_and_escape_gives_the_focus_back(
    connected_page: Page,
) -> None:
    page = connected_page
    page.goto(MODEL)
    page.keyboard.press("e")
    first = page.locator(".field.editing")
    expect(first).to_have_attribute(
        "data-field", page.locator("[data-field]").first.get_attribute("data-field") or ""
    )
    page.keyboard.press("Escape")
    expect(page.locator("[data-field] .edit").first).to_be_focused()
    page.get_by_role("button", name="Edit License").focus()
    page.keyboard.press("e")
    expect(page.get_by_role("combobox", name="License")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()


def test_slash_searches_or_opens_the_palette_where_there_is_no_search(connected_page: Page) -> None:
    page = connected_page
    for address in ("/projects/proj_ABC123/models/", "/activity/"):
        page.goto(address)
        page.keyboard.press("/")
        expect(page.locator("[data-search]")).to_be_focused()
        page.keyboard.type("a/")
        expect(page.locator("[data-search]")).to_have_value("a/")
    page.goto(MODEL)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Palette")).to_be_focused()
    expect(page.get_by_role("combobox", name="Palette")).to_have_value("")


def test_escape_closes_a_menu_wherever_the_focus_is(models_page: Page) -> None:
    page = models_page
    page.locator("#models-export summary").click()
    page.get_by_role("heading", name="Models").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator("#models-export summary")).to_be_focused()


def test_escape_closes_the_dialog_first_and_then_the_menu_that_it_was_opened_from(
    models_page: Page,
) -> None:
    page = models_page
    page.locator("summary.who").click()
    item = page.get_by_role("button", name="Keyboard shortcuts")
    item.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(item).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator("summary.who")).to_be_focused()


def test_messages_are_dismissed_by_keys_and_give_the_focus_back(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    for text in ("16k", "64k"):
        page.get_by_role("button", name="Edit Context length").press("Enter")
        page.get_by_role("textbox", name="Context length").fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
    toasts = page.locator("#messages .toast")
    expect(toasts).to_have_count(2)
    toasts.last.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Escape")
    expect(toasts).to_have_count(1)
    expect(toasts.get_by_role("button", name="Dismiss")).to_be_focused()
    page.keyboard.press("Enter")
    expect(toasts).to_have_count(0)
    expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()


def marked(page: Page) -> Locator:
    return page.locator("#palette [role=option][aria-selected=true]")


def test_home_and_end_mark_the_first_and_the_last_in_the_palette(models_page: Page) -> None:
    page = models_page
    page.keyboard.press("Control+k")
    options = page.locator("#palette [role=option]:visible")
    page.keyboard.press("End")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(marked(page)).to_have_count(1)
    expect(page.get_by_role("combobox")).to_have_attribute(
        "aria-activedescendant", options.last.get_attribute("id") or "none"
    )
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("arabic")
    expect(page.get_by_role("option", name="arabic-chat")).to_be_visible()
    expect(page.locator("#palette-said")).to_contain_text("Found: ")


@pytest.mark.parametrize("status", [500, 503])
def test_a_palette_whose_search_failed_says_so_and_goes_on(
    models_page: Page, watch: Watch, status: int
) -> None:
    page = models_page
    watch.allow("status of 5", "Response Status Error Code 5")
    page.route("**/palette/**", lambda route: route.fulfill(status=status, body="gone"))
    page.keyboard.press("Control+k")
    page.keyboard.type("act", delay=20)
    if status == 503:
        page.keyboard.press("Enter")
    else:
        expect(page.locator("#palette-lost")).to_be_visible()
        expect(page.locator("#palette [data-stale]")).to_have_count(0)
        page.unroute("**/palette/**")
        page.keyboard.type("i")
        expect(page.locator("#palette-lost")).to_be_hidden()
        page.keyboard.press("Enter")
    page.wait_for_url("**/activity/")


def test_the_whole_way_with_keys_alone(page: Page, sandbox: Any) -> None:
    page.mouse.move(1, 1)
    page.goto("/sign-in/")
    expect(page.get_by_label("Username")).to_be_focused()
    for text, key in ((next(NEW_PEOPLE), "Tab"), (PASSWORD, "Enter")):
        page.keyboard.type(text)
        page.keyboard.press(key)
    page.wait_for_url("**/connect/**")
    expect(page.get_by_label("Project ID")).to_be_focused()
    for text, key in ((PROJECT, "Tab"), (KEY, "Enter")):
        page.keyboard.type(text)
        page.keyboard.press(key)
    page.wait_for_url("**/projects/proj_ABC123/models/**")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    page.keyboard.type("my-custom")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="my-custom-model")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{MODEL}")
    page.wait_for_load_state("networkidle")
    before = value_of(sandbox, "context_length")
    tab_to(page, page.get_by_role("button", name="Edit Context length"))
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Context length")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("64k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
    assert value_of(sandbox, "context_length") == 65536
    tab_to(page, page.locator("#messages").get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("set back to")
    assert value_of(sandbox, "context_length") == before
    page.keyboard.press("Control+k")
    page.keyboard.type("revalidate")
    page.keyboard.press("Enter")
    expect(page.locator("#model-status")).to_contain_text("Validating")
    expect(page.get_by_role("heading", name="Last revalidation")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Delete my-custom-model?").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("my-custom-model")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/proj_ABC123/models/")
    assert sum(call.method == "DELETE" for call in sandbox.requests) == 1
