"""Unsaved edits: the browser asks before they are lost, and gives them back to their person after a new sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, axe_everywhere, fits
from tests.browser.server import PASSWORD
from tests.editing import MODEL, elsewhere, patches, value_of
from tests.sandbox_fixture import KEY

ACTIVITY = "/projects/proj_ABC123/activity/"
NOTE = "What you typed before has been restored."


@pytest.fixture
def person_page(new_connected_page: Callable[..., Page]) -> Page:
    """On a model's page, as someone who can sign in again."""
    page = new_connected_page()
    page.goto(MODEL)
    return page


def description(page: Page) -> Any:
    return page.get_by_label("Description", exact=True)


def type_description(page: Page, text: str) -> None:
    page.get_by_role("button", name="Edit Description").click()
    with page.expect_response("**/preview/"):
        description(page).fill(text)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def session_end(page: Page) -> str:
    """The name of the person whose session has ended."""
    name = page.locator("summary.who").inner_text().strip()
    page.context.clear_cookies(name="sessionid")
    return name


def sign_in_again(page: Page, name: str) -> None:
    page.wait_for_url("**/sign-in/**")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connect/**")


def connect_again(page: Page) -> None:
    expect(page.get_by_label("Project ID")).to_have_value("proj_ABC123")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(re.compile(r"^[^?]*/projects/"))


def drafts(page: Page) -> Any:
    return page.evaluate("JSON.parse(sessionStorage.getItem('drafts'))")


@contextmanager
def dialogs(page: Page, *, accept: bool) -> Iterator[list[str]]:
    """The kinds of the questions that the browser asked meanwhile."""
    found: list[str] = []

    def answer(dialog: Any) -> None:
        found.append(dialog.type)
        (dialog.accept if accept else dialog.dismiss)()

    page.on("dialog", answer)
    yield found
    page.remove_listener("dialog", answer)


def test_what_was_typed_comes_back_after_signing_in_again(person_page: Page, sandbox: Any) -> None:
    page = person_page
    type_description(page, "Line one\nLine two")
    name = session_end(page)
    with dialogs(page, accept=False) as asked:
        save(page)
        sign_in_again(page, name)
        connect_again(page)
    assert asked == []
    assert patches(sandbox) == []
    expect(description(page)).to_have_value("Line one\nLine two")
    expect(description(page)).to_be_focused()
    expect(page.get_by_text(NOTE)).to_be_visible()
    assert drafts(page) is None
    page.set_viewport_size({"width": 360, "height": 740})
    fits(page)
    axe_everywhere(page)
    save(page)
    expect(page.get_by_role("button", name="Edit Description")).to_be_focused()
    assert value_of(sandbox, "description") == "Line one\nLine two"


def test_a_change_by_someone_else_meanwhile_is_still_a_conflict(person_page: Page, sandbox: Any) -> None:
    page = person_page
    type_description(page, "Mine")
    name = session_end(page)
    save(page)
    sign_in_again(page, name)
    elsewhere(sandbox, description="Theirs")
    connect_again(page)
    expect(description(page)).to_have_value("Mine")
    save(page)
    expect(page.locator(".versus")).to_contain_text("Theirs")
    assert value_of(sandbox, "description") == "Theirs"
    name = session_end(page)
    page.get_by_role("button", name="Save my value").click()
    sign_in_again(page, name)
    connect_again(page)
    expect(description(page)).to_have_value("Mine")


def test_another_person_in_the_same_browser_never_gets_it(person_page: Page) -> None:
    page = person_page
    type_description(page, "Secret of the first person")
    session_end(page)
    save(page)
    page.wait_for_url("**/sign-in/**")
    assert len(drafts(page)) == 1
    sign_in_again(page, "maintainer-97")
    assert drafts(page) is None
    connect_again(page)
    page.goto(MODEL)
    expect(page.get_by_role("button", name="Edit Description")).to_be_visible()
    expect(page.get_by_text("Secret of the first person")).to_have_count(0)


@pytest.mark.parametrize("where", ["here", "another tab"])
def test_signing_out_deletes_it(person_page: Page, where: str) -> None:
    page = person_page
    other = page.context.new_page()
    type_description(page, "Gone at sign-out")
    name = session_end(page)
    save(page)
    sign_in_again(page, name)
    assert len(drafts(page)) == 1
    tab = page if where == "here" else other
    tab.goto("/connect/")
    tab.locator("summary.who").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/sign-in/**")
    page.wait_for_url("**/sign-in/**")
    assert drafts(page) is None


def test_a_form_from_before_signing_in_again_in_another_tab_keeps_its_text(
    person_page: Page, watch: Watch
) -> None:
    watch.allow("htmx:", "Response Status Error Code")
    page = person_page
    type_description(page, "Typed in the old form")
    name = session_end(page)
    other = page.context.new_page()
    other.goto(MODEL)
    sign_in_again(other, name)
    connect_again(other)
    save(page)
    expect(page.locator("#messages")).to_contain_text("This form has expired")
    expect(description(page)).to_have_value("Typed in the old form")
    description(page).press_sequentially("!")
    page.wait_for_load_state("networkidle")
    with dialogs(page, accept=False) as asked:
        page.reload()
    assert asked == []
    expect(description(page)).to_have_value("Typed in the old form!")
    save(page)
    expect(page.get_by_role("button", name="Edit Description")).to_be_focused()


def test_the_form_of_all_fields_comes_back_and_is_forgotten_once_saved(
    person_page: Page, sandbox: Any
) -> None:
    page = person_page
    page.goto(f"{MODEL}edit/")
    description(page).fill("All of it")
    name = session_end(page)
    save(page)
    sign_in_again(page, name)
    elsewhere(sandbox, architecture="MistralForCausalLM")
    connect_again(page)
    expect(description(page)).to_have_value("All of it")
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.get_by_label("Architecture", exact=True)).to_have_value("MistralForCausalLM")
    save(page)
    page.wait_for_url(f"**{MODEL}")
    assert value_of(sandbox, "description") == "All of it"
    assert value_of(sandbox, "architecture") == "MistralForCausalLM"
    assert drafts(page) is None
    page.goto(f"{MODEL}edit/")
    expect(page.get_by_text(NOTE)).to_be_hidden()


def test_the_browser_asks_before_a_changed_form_is_left(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    type_description(page, "Changed")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity")
    with dialogs(page, accept=False) as asked:
        link.click()
        expect(description(page)).to_have_value("Changed")
        assert asked == ["beforeunload"]
        page.locator("summary.who").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign out")).not_to_have_attribute("aria-busy", "true")
        assert asked == ["beforeunload"] * 2
    with dialogs(page, accept=True) as asked:
        link.click()
        page.wait_for_url(f"**{ACTIVITY}")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("path", [MODEL, f"{MODEL}edit/", f"{MODEL}fields/description/"])
def test_it_does_not_ask_without_a_change_or_when_saving_or_cancelling(
    connected_page: Page, path: str
) -> None:
    for way in ("untouched", "typed and taken back", "cancelled", "saved"):
        _leave(connected_page, path, way)


def _leave(page: Page, path: str, way: str) -> None:
    """Nothing is asked when the form at `path` is left in that way."""
    page.goto(path)
    if path == MODEL:
        page.get_by_role("button", name="Edit Description").click()
    description(page).click()
    if way == "typed and taken back":
        before = description(page).input_value()
        description(page).fill("x")
        description(page).fill(before)
    elif way != "untouched":
        description(page).fill(f"Changed: {way}")
    with dialogs(page, accept=False) as asked:
        if way == "saved":
            save(page)
        elif way == "cancelled":
            page.get_by_role("button", name="Cancel").or_(page.get_by_role("link", name="Cancel")).click()
        if way in ("saved", "cancelled"):
            expect(page.get_by_role("button", name="Edit Description")).to_be_visible()
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
        page.wait_for_url(f"**{ACTIVITY}")
    assert asked == [], way


def test_a_swap_that_would_drop_a_changed_form_asks_first(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    type_description(page, "Saved first")
    save(page)
    expect(page.get_by_role("button", name="Edit Description")).to_be_focused()
    elsewhere(sandbox, description="Theirs")
    type_description(page, "Being typed")
    undo = page.locator("#messages").get_by_role("button", name="Undo")
    with dialogs(page, accept=False) as asked:
        undo.click()
        expect(undo).to_have_count(0)
    assert asked == ["confirm"]
    expect(description(page)).to_have_value("Being typed")
