"""Uploads in a browser: what is being sent is followed, and one is cancelled with the keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from sandbox.uploads import SEED, advance
from tests.sandbox_fixture import PROJECT

UPLOADS = f"/projects/{PROJECT}/uploads/"
UPLOAD, FILE = SEED[0][:2]


def test_an_upload_is_followed_and_cancelled_with_the_keyboard(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    sandbox.set(uploads="on")
    page.goto(UPLOADS)
    row = page.get_by_role("row", name=FILE)
    expect(row).to_contain_text("64 of 156 parts")
    button = row.get_by_role("button", name=f"Cancel the upload of {FILE}")
    button.focus()
    advance(sandbox.store, PROJECT, UPLOAD, 10)
    expect(row).to_contain_text("74 of 156 parts", timeout=15_000)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text(f"Cancel the upload of {FILE}?")
    dialog.get_by_role("button", name="Keep the upload").press("Enter")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Cancel upload").press("Enter")
    expect(page.get_by_text(f"The upload of {FILE} was cancelled.")).to_be_visible()
    expect(page.get_by_role("row", name=FILE)).to_contain_text("Cancelled")
    assert sum(call.route == "upload_cancel" for call in sandbox.requests) == 1
