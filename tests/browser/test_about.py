"""About, in a browser: it fits, axe-core finds nothing, and Refresh works by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_everywhere, fits, sign_in


def test_about_is_reached_from_the_account_menu_and_refreshed_by_keyboard(
    models_page: Page, sandbox: Any
) -> None:
    page = models_page
    sandbox.set(endpoints="on")
    page.locator("summary.who").click()
    page.get_by_role("link", name="About").click()
    routes = page.get_by_role("region", name="Optional routes")
    expect(routes).to_contain_text("Not asked yet")
    page.get_by_role("button", name="Refresh").focus()
    page.keyboard.press("Enter")
    expect(routes).to_contain_text("Answers")
    axe_everywhere(page)
    page.set_viewport_size({"width": 360, "height": 800})
    fits(page)


def test_it_fits_without_a_project_and_without_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = sign_in(new_context(java_script_enabled=False, viewport={"width": 360, "height": 800}).new_page())
    page.goto("/about/")
    expect(page.get_by_role("heading", level=1)).to_have_text("About")
    fits(page)
