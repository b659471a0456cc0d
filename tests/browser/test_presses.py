"""One press, one request; what was pressed shows that it is at work; a lost network is said, and one goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

from tests.browser.conftest import Watch, connect, sign_in
from tests.browser.server import PASSWORD
from tests.editing import MODEL
from tests.sandbox_fixture import EMPTY, KEY, KEYS, PROJECT


def posts(page: Page) -> list[str]:
    """The addresses of the changes sent from now on. A preview is posted while someone types, and changes nothing."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and not request.url.endswith("/preview/"):
            sent.append(request.url)

    page.on("request", note)
    return sent


def press_twice(page: Page, button: Locator, *, then: str) -> None:
    """Double click: exactly one request goes out. `then` is what the page says afterwards."""
    sent = posts(page)
    button.dblclick(no_wait_after=True)
    expect(page.get_by_text(then).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1, sent


def test_signing_in_and_connecting_send_once(page: Page, sandbox: Any) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("maintainer-98")
    page.get_by_label("Password").fill(PASSWORD)
    press_twice(page, page.get_by_role("button", name="Sign in"), then="Connect a project")
    page.get_by_label("Project ID").fill(PROJECT)
    page.get_by_label("API key").fill(KEY)
    press_twice(page, page.get_by_role("button", name="Connect", exact=True), then="Needs attention")


def test_saving_undoing_and_revalidating_send_once(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_role("textbox", name="Context length").fill("64k")
    press_twice(
        page, page.get_by_role("button", name="Save"), then="Context length of my-custom-model saved."
    )
    undo = page.locator("#messages").get_by_role("button", name="Undo")
    press_twice(page, undo, then="set back to")
    undo = page.locator("#history").get_by_role("button", name="Undo").first
    press_twice(page, undo, then="Undid")
    page.get_by_role("button", name="Dismiss").first.click()
    press_twice(page, page.get_by_role("button", name="Revalidate"), then="Validating")
    assert sum(call.method == "PATCH" for call in sandbox.requests) == 3


def test_deleting_sends_once(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Delete", exact=True).dblclick()
    dialog = page.get_by_role("dialog", name="Delete my-custom-model?")
    dialog.get_by_role("textbox").fill("my-custom-model")
    press_twice(page, dialog.get_by_role("button", name="Delete model"), then="Needs attention")
    assert sum(call.method == "DELETE" for call in sandbox.requests) == 1


def test_keys_held_down_send_once(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit License").click()
    page.get_by_role("combobox", name="License").fill("LicenseRef-held-down")
    sandbox.fault("slow", method="PATCH", seconds=0.6)
    sent = posts(page)
    for _ in range(4):
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit License")).to_be_focused()
    assert len(sent) == 1


def test_forms_of_the_team_the_account_and_the_projects_send_once(
    new_context: Callable[..., BrowserContext], sandbox: Any
) -> None:
    page = connect(sign_in(new_context().new_page(), "administrator"))
    connect(page, EMPTY, KEYS[EMPTY])
    page.locator("summary.project").click()
    press_twice(page, page.get_by_role("button", name=f"Disconnect {EMPTY}"), then="disconnected")
    page.goto("/team/?q=viewer-97")
    press_twice(page, page.get_by_role("button", name="Lock viewer-97"), then="Locked")
    page.goto("/team/?q=viewer-97")
    press_twice(page, page.get_by_role("button", name="Unlock viewer-97"), then="viewer-97")
    page.goto("/team/add/")
    page.get_by_label("Username").fill("twice")
    for box in page.locator("input[type=password]").all():
        box.fill("a long enough passphrase")
    press_twice(page, page.get_by_role("button", name="Add", exact=True), then="twice")
    page.goto("/account/")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another good passphrase")
    page.get_by_label("Repeat new password").fill("another good passphrase")
    press_twice(page, page.get_by_role("button", name="Change password"), then="Sign in")


def held(page: Page, pattern: str) -> list[Route]:
    """Requests to `pattern` wait in the list until the test lets them go on."""
    waiting: list[Route] = []
    page.route(pattern, lambda route: waiting.append(route))
    return waiting


def test_a_slow_list_shows_it_on_the_filter_pressed_and_only_there(models_page: Page) -> None:
    page = models_page
    waiting = held(page, "**/projects/proj_ABC123/models/rows/**")
    chip = page.locator(".chip", has_text="Error")
    before = chip.evaluate("e => getComputedStyle(e).opacity + getComputedStyle(e, '::after').content")
    chip.click()
    expect(page.locator("[aria-busy=true]")).to_have_count(1)
    expect(chip).to_have_attribute("aria-busy", "true")
    after = chip.evaluate("e => getComputedStyle(e).opacity + getComputedStyle(e, '::after').content")
    assert after != before, "nothing shows that it is at work"
    expect(page.locator("#models-spin")).to_have_css("opacity", "0")
    waiting.pop().continue_()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(2)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.get_by_label("Search models").press_sequentially("a")
    expect(page.locator("#models-spin")).to_have_css("opacity", "1")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_cancelling_while_a_save_is_under_way_does_not_hide_what_came_of_it(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit License").click()
    page.get_by_role("combobox", name="License").fill("LicenseRef-cancelled-late")
    sandbox.fault("slow", method="PATCH", seconds=1)
    page.get_by_role("button", name="Save").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel").click(timeout=500)
    expect(page.locator("#messages")).to_contain_text("License of my-custom-model saved.")
    expect(page.locator("[data-field=license] .value")).to_contain_text("LicenseRef-cancelled-late")


def test_the_preview_follows_the_last_letter_on_a_slow_network(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Context length").click()
    waiting = held(page, "**/preview/**")
    box = page.get_by_role("textbox", name="Context length")
    box.fill("12")
    page.wait_for_timeout(400)
    box.fill("128k")
    page.wait_for_timeout(400)
    for _ in range(3):
        while waiting:
            waiting.pop(0).continue_()
        page.wait_for_timeout(100)
    expect(page.get_by_text("Will be sent as 131,072 tokens.")).to_be_visible()


@pytest.mark.parametrize("what", ["save", "revalidate", "delete", "filter", "connect"])
def test_offline_every_control_says_so_and_works_again(
    connected_page: Page, sandbox: Any, watch: Watch, what: str
) -> None:
    page = connected_page
    watch.allow("ERR_INTERNET_DISCONNECTED", "htmx:sendError")
    page.goto({"filter": "/projects/proj_ABC123/models/", "connect": "/connect/"}.get(what, MODEL))
    button = {
        "save": page.get_by_role("button", name="Save"),
        "revalidate": page.get_by_role("button", name="Revalidate"),
        "delete": page.get_by_role("button", name="Delete model"),
        "filter": page.locator(".chip", has_text="Error"),
        "connect": page.get_by_role("button", name="Connect", exact=True),
    }[what]
    if what == "save":
        page.get_by_role("button", name="Edit Description").click()
        page.get_by_role("textbox", name="Description").fill("Typed with care")
    if what == "delete":
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("textbox").fill("my-custom-model")
    if what == "connect":
        page.get_by_label("Project ID").fill(PROJECT)
        page.get_by_label("API key").fill(KEY)
    page.context.set_offline(True)
    expect(page.get_by_text("You're offline")).to_be_visible()
    button.click()
    said = page.locator("#messages .toast")
    expect(said).to_contain_text("couldn't be reached" if what == "filter" else "don't know whether")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    if what == "save":
        expect(page.get_by_role("textbox", name="Description")).to_have_value("Typed with care")
    page.context.set_offline(False)
    expect(page.get_by_text("You're offline")).to_be_hidden()
    button.click()
    landed = {
        "save": page.locator("[data-field=description] .value", has_text="Typed with care"),
        "revalidate": page.locator("#model-status", has_text="Validating"),
        "delete": page.get_by_role("heading", name="Models"),
        "filter": page.locator(".chip[aria-current]", has_text="Error"),
        "connect": page.get_by_role("heading", name="Models"),
    }[what]
    expect(landed).to_be_visible()
