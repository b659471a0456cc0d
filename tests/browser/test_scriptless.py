"""The whole way of a person whose browser runs no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import fits
from tests.editing import MODEL, value_of


def test_finding_editing_undoing_revalidating_and_deleting(
    new_connected_page: Callable[..., Page], sandbox: Any
) -> None:
    page = new_connected_page(java_script_enabled=False)
    page.goto("/projects/proj_ABC123/models/")
    _find(page)
    before = value_of(sandbox, "context_length")
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_label("Context length", exact=True).fill("64k")
    page.get_by_role("button", name="Save").click()
    assert value_of(sandbox, "context_length") == 65536
    page.locator("#messages").get_by_role("button", name="Undo").click()
    assert value_of(sandbox, "context_length") == before
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    page.wait_for_timeout(400)
    page.locator("#model-status").get_by_role("link", name="Refresh").click()
    expect(page.locator("#model-status")).to_contain_text("Ready")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="Delete my-custom-model?")).to_be_visible()
    page.get_by_role("textbox").fill("my-custom-model")
    page.get_by_role("button", name="Delete model").click()
    page.wait_for_url("**/projects/proj_ABC123/models/")
    expect(page.locator("#messages")).to_contain_text("my-custom-model")
    page.get_by_role("link", name="Activity").click()
    page.get_by_label("Action").select_option("delete")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("table", name="Activity").locator("tbody tr:not(.day)").first).to_contain_text(
        "Deleted"
    )


def _find(page: Page) -> None:
    page.locator(".chip", has_text="Ready").click()
    page.get_by_role("link", name="Size").click()
    page.get_by_label("Search models").fill("my-custom")
    page.get_by_role("button", name="Search").click()
    assert "status=ready" in page.url
    assert "sort=size" in page.url
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.locator("summary", has_text="Format").click()
    expect(page.locator("#menu-format .item").first).to_be_visible()
    page.get_by_role("link", name="my-custom-model").click()
    expect(page).to_have_title(re.compile(r"my-custom-model · Models · Xerotier Console$"))
    page.get_by_role("link", name="Show this model's catalog entry").click()
    expect(page.get_by_text("Deployable")).to_be_visible()
    page.goto(MODEL)


def test_the_screens_without_scripts_fit(new_connected_page: Callable[..., Page]) -> None:
    page = new_connected_page(java_script_enabled=False)
    for address in ("/projects/proj_ABC123/models/", MODEL, f"{MODEL}delete/", "/activity/"):
        page.goto(address)
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            fits(page)
