"""Sharing and versions in a browser: with the keyboard alone, at the narrowest width, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.running import Running
from tests.browser.conftest import fits
from tests.editing import MODEL, value_of

NARROW = {"width": 360, "height": 800}


@pytest.fixture
def publishing(connected_page: Page, sandbox: Any) -> Page:
    sandbox.set(sharing="on", versions="on")
    connected_page.goto(MODEL)
    return connected_page


def press(where: Locator, key: str) -> None:
    where.focus()
    where.press(key)


def test_a_model_is_shared_and_unshared_with_the_keyboard(publishing: Page, sandbox: Running) -> None:
    page = publishing
    press(page.get_by_role("button", name="Share…"), "Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Share")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert value_of(sandbox, "is_shared") is False
    press(page.get_by_role("button", name="Share…"), "Enter")
    press(dialog.get_by_role("button", name="Share model"), "Enter")
    expect(page.get_by_text("is shared in the public catalog.")).to_be_visible()
    assert value_of(sandbox, "is_shared") is True
    press(page.get_by_role("button", name="Unshare…"), "Enter")
    press(dialog.get_by_role("button", name="Unshare model"), "Enter")
    expect(page.get_by_text("is no longer shared.")).to_be_visible()
    assert value_of(sandbox, "is_shared") is False


def test_a_version_is_created_and_made_the_latest_with_the_keyboard(publishing: Page) -> None:
    page = publishing
    card = page.get_by_role("region", name="Versions")
    press(card.get_by_text("New version", exact=True), "Enter")
    press(card.get_by_label("Version", exact=True), "9")
    page.keyboard.type(".0")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("Nothing was sent")
    card.get_by_label("Version", exact=True).fill("9.0.0")
    press(card.get_by_role("button", name="Create version"), "Enter")
    expect(page.get_by_text("Version 9.0.0 was created.")).to_be_visible()
    press(card.get_by_role("button", name="Make latest: 9.0.0"), "Enter")
    expect(page.get_by_text("Version 9.0.0 is now the latest.")).to_be_visible()
    expect(card.get_by_role("button", name="Make latest: 1.0.0")).to_be_visible()
    page.set_viewport_size(NARROW)
    fits(page)


def test_without_the_routes_nothing_is_offered(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Share…")).to_be_hidden()
    expect(page.get_by_role("heading", name="Versions")).to_be_hidden()
