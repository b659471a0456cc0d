"""The endpoints card in a browser: loaded after the page, hidden where the API has no such list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.editing import MODEL


def test_the_card_lists_endpoints_and_their_addresses_can_be_copied(
    connected_page: Page, sandbox: Any
) -> None:
    sandbox.set(endpoints="on")
    page = connected_page
    page.goto(MODEL)
    card = page.get_by_role("region", name="Endpoints")
    expect(card.get_by_role("button", name="Copy the address of the endpoint")).to_have_count(5)


def test_without_the_route_there_is_no_card_before_and_after_it_was_asked(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    with page.expect_response("**/endpoints/**"):
        page.goto(MODEL)
    for _ in range(2):
        expect(page.get_by_role("heading", name="Endpoints")).to_be_hidden()
        with page.expect_response("**/catalog/**"):
            page.goto(MODEL)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("heading", name="Endpoints")).to_be_hidden()
    assert sum(call.route == "endpoints" for call in sandbox.requests) == 1


@pytest.mark.usefixtures("console")
def test_a_failure_is_shown_with_retry(connected_page: Page, sandbox: Any, watch: Watch) -> None:
    watch.allow("status of 5", "Response Status Error Code")
    sandbox.set(endpoints="on")
    sandbox.fault("status", route="endpoints", status=503, times=None)
    page = connected_page
    page.goto(MODEL)
    card = page.get_by_role("region", name="Endpoints")
    expect(card).to_contain_text("Service error")
    sandbox.clear_faults()
    card.get_by_role("link", name="Retry").click()
    expect(page.get_by_role("region", name="Endpoints")).to_contain_text("eu-west")


def test_without_javascript_a_link_shows_them(new_connected_page: Callable[..., Page], sandbox: Any) -> None:
    sandbox.set(endpoints="on")
    page = new_connected_page(java_script_enabled=False)
    page.goto(MODEL)
    page.get_by_role("link", name="Show this model's endpoints").click()
    expect(page.get_by_role("region", name="Endpoints")).to_contain_text("eu-west")


@pytest.mark.parametrize("height", [740, 860])
def test_the_field_that_confirms_a_deletion_is_never_covered(
    connected_page: Page, sandbox: Any, height: int
) -> None:
    """The endpoints make the dialog longer than the window."""
    sandbox.set(endpoints="on")
    page = connected_page
    page.set_viewport_size({"width": 360, "height": height})
    page.goto(MODEL)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("to confirm")).to_be_focused()
    expect(dialog.get_by_role("heading", name="Delete my-custom-model?")).to_be_in_viewport(ratio=1)
    on_top = """field => {
        const box = field.getBoundingClientRect()
        return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === field
    }"""
    assert dialog.get_by_label("to confirm").evaluate(on_top)
