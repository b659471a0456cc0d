"""What only a browser shows: that hostile values run nothing, and that Back after sign-out shows nothing."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.sandbox_fixture import EXAMPLE_ID, PROJECT
from tests.security.test_hostile_values import CORPUS, FIELDS

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
REPORTS = """addEventListener('securitypolicyviolation', (event) => { (window.reports ??= []).push(event.blockedURI) });
window.pwned = () => { window.ran = true };"""


def test_hostile_values_run_nothing_in_a_browser(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.add_init_script(REPORTS)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    record = sandbox.store.project(PROJECT).models[EXAMPLE_ID]
    for number, payload in enumerate(CORPUS):
        record.change(dict.fromkeys(FIELDS, payload) | {payload: payload})
        record.catalog = {"catalog_role": payload, payload: payload}
        page.goto("/projects/proj_ABC123/models/?fresh=1" if number % 4 == 0 else MODEL)
        expect(page.locator(".skeleton:visible, [aria-busy=true]")).to_have_count(0)
        found = page.evaluate(
            "() => [window.ran, window.reports, document.querySelectorAll('x-pwned, [data-pwned]').length]"
        )
        assert found == [None, None, 0], payload
    assert dialogs == []


def test_back_after_signing_out_shows_nothing(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    expect(page.get_by_text("my-custom-model").first).to_be_visible()
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    page.go_back()
    page.wait_for_url("**/sign-in/**")
    assert "my-custom-model" not in page.content()
