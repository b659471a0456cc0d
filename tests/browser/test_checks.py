"""The checks page in a browser: 200 models repaired in few actions, and the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, axe_everywhere, fits
from tests.sandbox_fixture import PROJECT

CHECKS = f"/projects/{PROJECT}/models/checks/"


@pytest.fixture
def gaps(sandbox: Any, connected_page: Page) -> Iterator[Page]:
    """The checks page of 200 models with mistakes."""
    sandbox.set(dialect="openai", gaps=True)
    connected_page.goto(f"{CHECKS}?fresh=1")
    yield connected_page
    sandbox.set(gaps=False)


def test_every_finding_of_200_models_is_repaired_or_dismissed_in_20_actions(gaps: Page, sandbox: Any) -> None:
    page, actions = gaps, 0
    for box in page.get_by_label(re.compile("Select all")).all():
        if "latest" not in (box.get_attribute("value") or ""):
            box.check()
            actions += 1
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set 180 values that checks propose")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Finished")).to_be_visible(timeout=6 * PATIENCE)
    page.goto(CHECKS)
    page.get_by_label("Select all 20 of None or several latest versions").check()
    page.get_by_label("Reason for dismissing").fill("Versions are marked by the upload script")
    page.get_by_role("button", name="Dismiss", exact=True).click()
    actions += 2 + 1 + 3  # preview and start; back to the checks; select, reason and dismiss
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert actions <= 20
    assert sum(call.method == "PATCH" for call in sandbox.requests) == 180


def test_the_page_has_no_finding_of_axe_and_fits(gaps: Page) -> None:
    axe_everywhere(gaps)
    gaps.set_viewport_size({"width": 360, "height": 800})
    fits(gaps)


def test_the_keyboard_walks_through_findings_accepts_and_dismisses(gaps: Page) -> None:
    page = gaps
    page.locator("#main").focus()
    page.keyboard.press("j")
    expect(page.locator(".findings .name").first).to_be_focused()
    page.keyboard.press("a")
    first = page.locator("input[name=finding]").first
    expect(first).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("d")
    name = page.locator(".findings .name").nth(1).inner_text()
    expect(page.get_by_label("Reason for dismissing")).to_be_focused()
    expect(page.get_by_placeholder(f"Reason for dismissing {name}")).to_be_visible()
    page.keyboard.type("Known")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 finding dismissed.")).to_be_visible()
    expect(page.locator("input[name=finding]").first).to_be_checked()
    expect(page.locator("input[name=finding]").nth(1)).not_to_be_checked()
