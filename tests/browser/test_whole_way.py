"""The whole way of a person, in one go: what each step leaves is what the next one starts from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Watch, connect, sign_in
from tests.editing import elsewhere, value_of
from tests.sandbox_fixture import EXAMPLE_ID

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def field(page: Page, name: str) -> Any:
    return page.locator(f"[data-field={name}]")


def save(page: Page, label: str, text: str) -> None:
    page.get_by_role("button", name=f"Edit {label}").click()
    page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Save").click()


def test_from_sign_in_to_the_activity_of_a_deleted_model(page: Page, sandbox: Any) -> None:
    page.goto("/")
    expect(page).to_have_title("Sign in · Xerotier Console")
    connect(sign_in(page))
    _find_and_read(page)
    _edit_and_undo(page, sandbox)
    _conflict(page, sandbox)
    _revalidate(page)
    _delete(page, sandbox)
    _look_back(page)


def _find_and_read(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("my-custom", delay=20)
    expect(page.get_by_role("table", name="Models").locator("tbody tr")).to_have_count(1)
    assert "q=my-custom" in page.url
    page.get_by_role("link", name="my-custom-model").press("Enter")
    expect(page).to_have_title(re.compile(r"my-custom-model · Models · Xerotier Console$"))
    expect(page.get_by_text("Deployable")).to_be_visible()


def _edit_and_undo(page: Page, sandbox: Any) -> None:
    before = value_of(sandbox, "context_length")
    save(page, "Context length", "64k")
    expect(field(page, "context_length").locator(".value")).to_contain_text("65,536")
    expect(page.locator("#history")).to_contain_text("changed context length")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(field(page, "context_length").locator(".value")).to_contain_text(f"{before:,}")
    assert value_of(sandbox, "context_length") == before


def _conflict(page: Page, sandbox: Any) -> None:
    page.get_by_role("button", name="Edit Description").click()
    page.get_by_label("Description", exact=True).fill("Mine")
    elsewhere(sandbox, description="Theirs")
    page.get_by_role("button", name="Save").click()
    expect(field(page, "description").locator(".versus")).to_contain_text("Theirs")
    page.get_by_role("button", name="Save my value").click()
    expect(field(page, "description").locator(".value")).to_have_text("Mine")


def _revalidate(page: Page) -> None:
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    expect(page.locator("#model-status")).to_contain_text("Ready")
    expect(page.get_by_role("heading", name="Last revalidation")).to_be_visible()


def _delete(page: Page, sandbox: Any) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete my-custom-model?")
    dialog.get_by_role("textbox").fill("my-custom-model")
    dialog.get_by_role("button", name="Delete model").click()
    page.wait_for_url("**/projects/proj_ABC123/models/")
    expect(page.locator("#messages")).to_contain_text("my-custom-model")
    assert sum(call.method == "DELETE" for call in sandbox.requests) == 1


def _look_back(page: Page) -> None:
    page.get_by_role("link", name="Activity").click()
    rows = page.get_by_role("table", name="Activity").locator("tbody tr:not(.day)")
    for place, deed in enumerate(
        (
            "Deleted the model",
            "Revalidated",
            "Changed description",
            "Undid a change",
            "Changed context length",
        )
    ):
        expect(rows.nth(place)).to_contain_text(deed)


def test_a_slow_answer_shows_on_what_was_pressed_and_only_there(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit License").click()
    page.get_by_role("combobox", name="License").fill("Zlib")
    sandbox.fault("slow", method="PATCH", seconds=1.5)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[aria-busy=true]")).to_have_count(1)
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_a_saved_value_flashes_once_and_messages_keep_few(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    for text in ("16k", "32k", "64k", "128k"):
        save(page, "Context length", text)
        expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
        expect(field(page, "context_length")).to_have_class("field changed")
    expect(page.locator("#messages .toast")).to_have_count(2)
    message = page.locator("#messages").bounding_box()
    focused = page.locator(":focus").bounding_box()
    assert message
    assert focused
    apart = (
        focused["y"] + focused["height"] <= message["y"] or focused["x"] + focused["width"] <= message["x"]
    )
    assert apart, "a message lies on what has the focus"


def test_failures_that_pile_up_stay_inside_the_window(
    connected_page: Page, sandbox: Any, watch: Watch
) -> None:
    watch.allow("status of 5", "Response Status Error Code")
    page = connected_page
    page.set_viewport_size({"width": 1280, "height": 400})
    page.goto(MODEL)
    sandbox.fault("status", status=500, times=None)
    for _ in range(4):
        with page.expect_response("**/delete/"):
            page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator("#messages .toast")).not_to_have_count(0)
    box = page.locator("#messages").bounding_box()
    assert box
    assert box["y"] >= 0, box


def test_messages_leave_by_themselves_unless_one_is_on_them(
    new_context: Callable[..., BrowserContext], sandbox: Any
) -> None:
    page = new_context().new_page()
    page.clock.install()
    connect(sign_in(page))
    page.goto(MODEL)
    save(page, "Context length", "16k")
    toast = page.locator("#messages .toast")
    expect(toast).to_have_count(1)
    expect(page.get_by_role("button", name="Edit Context length")).to_be_focused()
    toast.get_by_role("button", name="Undo").focus()
    page.clock.run_for(35_000)
    expect(toast).to_have_count(1)
    page.get_by_role("button", name="Edit License").focus()
    page.clock.run_for(35_000)
    expect(toast).to_have_count(0)
