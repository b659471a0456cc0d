"""Finding: no letter, caret, filter or place is lost, however slow the answers and however one comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import connect, sign_in, slow_network
from tests.sandbox_fixture import KEYS, LARGE

CARET = "[document.activeElement.id, document.activeElement.selectionStart]"


def rows(page: Page) -> Locator:
    return page.locator("[data-rows] tbody tr")


@pytest.fixture
def slow_page(models_page: Page) -> Page:
    slow_network(models_page, 300)
    return models_page


def test_letters_typed_while_answers_land_stay_with_caret_and_focus(slow_page: Page) -> None:
    page, search = slow_page, slow_page.get_by_label("Search models")
    search.press_sequentially("assistant-70b-canary", delay=90)
    expect(rows(page)).to_have_count(1)
    expect(search).to_have_value("assistant-70b-canary")
    page.wait_for_url("**q=assistant-70b-canary")
    for _ in range(7):
        search.press("ArrowLeft")
    search.press_sequentially("xyz", delay=200)
    page.wait_for_url("**q=assistant-70bxyz-canary")
    expect(page.get_by_role("heading", name="No models match")).to_be_visible()
    assert page.evaluate(CARET) == ["models-q", len("assistant-70bxyz")]


def test_a_filter_pressed_right_after_typing_and_letters_right_after_a_filter_both_count(
    slow_page: Page,
) -> None:
    page, search = slow_page, slow_page.get_by_label("Search models")
    search.press_sequentially("a")
    page.locator(".chip", has_text="Error").click()
    page.wait_for_url("**q=a*")
    page.wait_for_load_state("networkidle")
    assert "status=error" in page.url
    expect(page.locator(".chip", has_text="Error")).to_have_attribute("aria-current", "true")
    page.locator("#sort-size").click()
    search.press("End")
    search.press_sequentially("u")
    page.wait_for_url("**q=au*")
    page.wait_for_load_state("networkidle")
    assert "sort=size" in page.url
    assert "status=error" in page.url
    expect(search).to_have_value("au")
    expect(search).to_be_focused()


def test_an_input_method_is_not_interrupted(slow_page: Page) -> None:
    page, search = slow_page, slow_page.get_by_label("Search models")
    search.focus()
    keys = page.context.new_cdp_session(page)
    for part in ("n", "に", "にh", "にほ", "にほn", "にほん"):
        keys.send(
            "Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)}
        )
        page.wait_for_timeout(200)
    expect(search).to_have_value("にほん")
    keys.send("Input.insertText", {"text": "日本"})
    page.wait_for_url("**q=%E6%97%A5%E6%9C%AC")
    expect(search).to_have_value("日本")
    assert page.evaluate(CARET) == ["models-q", 2]


def test_pasting_cutting_and_clearing_filter_too(models_page: Page) -> None:
    page, search = models_page, models_page.get_by_label("Search models")
    search.press_sequentially("my-custom-model")
    expect(rows(page)).to_have_count(1)
    search.press("Control+a")
    search.press("Control+x")
    expect(rows(page)).to_have_count(44)
    assert "q=" not in page.url
    search.press("Control+v")
    expect(rows(page)).to_have_count(1)
    search.press("Escape")
    expect(search).to_have_value("")
    expect(rows(page)).to_have_count(44)
    expect(search).to_be_focused()


def test_back_forward_and_reload_restore_search_filters_sort_page_and_place(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = connect(
        sign_in(new_context(viewport={"width": 1280, "height": 600}).new_page()), LARGE, KEYS[LARGE]
    )
    search = page.get_by_label("Search models")
    search.press_sequentially("a", delay=30)
    page.wait_for_url("**q=a")
    page.locator(".chip", has_text="Ready").click()
    page.wait_for_url("**status=ready*")
    page.locator("#sort-size").click()
    page.wait_for_url("**sort=size*")
    page.evaluate("scrollTo(0, 500)")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2*")
    expect(page.get_by_text("Page 2 of")).to_be_visible()
    names = page.locator("[data-rows] .name").all_inner_texts()
    page.locator("summary", has_text="Format").click()
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 700)")
    address = page.url

    def same() -> None:
        expect(page.get_by_text("Page 2 of")).to_be_visible()
        assert page.url == address
        expect(search).to_have_value("a")
        expect(page.locator(".chip", has_text="Ready")).to_have_attribute("aria-current", "true")
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Size")
        assert page.locator("[data-rows] .name").all_inner_texts() == names
        assert page.locator("details[open]").count() == 0
        page.wait_for_function("Math.abs(scrollY - 700) <= 2", timeout=3000)

    page.locator("[data-rows] .name").nth(8).click()
    page.wait_for_url(f"**/projects/{LARGE}/models/*-*/")
    page.go_back()
    same()
    page.reload()
    same()
    page.go_forward()
    expect(page.get_by_role("heading", name="Metadata")).to_be_visible()
    page.go_back()
    same()
    page.go_back()
    expect(page.get_by_text("Page 1 of")).to_be_visible()
    assert "sort=size" in page.url
    page.go_forward()
    same()


def test_back_on_the_activity_restores_the_filters_shown_too(connected_page: Page) -> None:
    page = connected_page
    page.goto("/activity/")
    page.get_by_label("Action").select_option("delete")
    page.wait_for_url("**action=delete*")
    page.go_back()
    page.wait_for_url("**/activity/")
    expect(page.get_by_label("Action")).to_have_value("")
    page.go_forward()
    page.wait_for_url("**action=delete*")
    expect(page.get_by_label("Action")).to_have_value("delete")


def test_on_a_phone_the_filters_are_one_row_that_opens_a_sheet_and_a_card_has_four_lines(
    models_page: Page, sandbox: Any
) -> None:
    page = models_page
    sandbox.set(dialect="openai")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("columnheader", name="Architecture")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    chip = page.locator(".chip", has_text="Error")
    expect(chip).to_be_hidden()
    assert page.locator("header.tools").bounding_box()["height"] < 70  # type: ignore[index]
    heights = {row.inner_text().splitlines()[0]: row.bounding_box() for row in rows(page).all()}
    tall = [name for name, box in heights.items() if box and box["height"] > 120 and len(name) < 40]
    assert tall == []
    page.get_by_role("button", name="Filters").click()
    chip.click()
    page.wait_for_url("**status=error*")
    expect(page.get_by_role("button", name="Filters 1")).to_be_visible()
    expect(page.locator("#models-sheet")).to_be_hidden()
    expect(rows(page)).to_have_count(2)
