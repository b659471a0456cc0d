"""Signing in, connecting and signing out, as far as only a browser shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Watch, connect, sign_in
from tests.sandbox_fixture import EMPTY, KEY, KEYS, PROJECT


def fill(page: Page, key: str = KEY) -> None:
    page.get_by_label("Project ID").fill(PROJECT)
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Connect", exact=True).click()


def test_where_the_key_is_not_the_cause_it_stays_typed_in_the_browser(
    page: Page, sandbox: Any, watch: Watch
) -> None:
    watch.allow("502")
    sign_in(page)
    sandbox.fault("status", status=500)
    fill(page)
    expect(page.get_by_role("alert")).to_contain_text("Service error")
    expect(page.get_by_label("API key")).to_have_value(KEY)
    expect(page.locator("#messages .toast")).to_have_count(0)  # said once, in place
    assert KEY not in page.content()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Models")).to_be_visible()


def test_where_the_key_is_the_cause_its_field_is_empty_and_has_the_focus(page: Page) -> None:
    sign_in(page)
    fill(page, "xero_myproject_revoked_key")
    expect(page.get_by_role("alert")).to_contain_text("Key not accepted")
    expect(page.get_by_label("API key")).to_have_value("")
    expect(page.get_by_label("API key")).to_be_focused()
    expect(page.get_by_label("Project ID")).to_have_value(PROJECT)


def test_the_vault_cookie_is_not_there_for_scripts(page: Page) -> None:
    connect(sign_in(page))
    assert "vault_secret" not in page.evaluate("document.cookie")
    found = {cookie["name"]: cookie for cookie in page.context.cookies()}["vault_secret"]
    assert found["httpOnly"]
    assert found["expires"] == -1
    assert found["sameSite"] == "Lax"


def test_projects_are_switched_from_the_bar(connected_page: Page) -> None:
    page = connect(connected_page, EMPTY, KEYS[EMPTY])
    page.locator("summary.project").click()
    page.get_by_role("link", name=PROJECT).first.click()
    expect(page.locator("summary.project")).to_contain_text(PROJECT)


def test_everything_works_without_javascript(
    new_context: Callable[..., BrowserContext], sandbox: Any
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page)
    fill(page, "xero_myproject_revoked_key")
    expect(page.get_by_role("alert")).to_contain_text("Key not accepted")
    expect(page.get_by_text("Enter the key again")).to_be_visible()
    fill(page)
    expect(page.get_by_role("heading", level=1, name="Models")).to_be_visible()
    page.locator("summary.project").click()
    page.get_by_role("button", name=f"Disconnect {PROJECT}").click()
    expect(page.get_by_role("link", name="Connect a project")).to_be_visible()
