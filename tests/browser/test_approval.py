"""A deletion that takes two people, in their two browsers, on a project where nobody else is."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_everywhere, connect, fits, sign_in
from tests.sandbox_fixture import KEYS, LARGE

NARROW = {"width": 360, "height": 800}
P = f"/projects/{LARGE}/"
_models = count(10)  # a second try takes another model, for which nobody has asked yet


def person(new_context: Callable[..., BrowserContext], role: str, **options: Any) -> Page:
    return connect(sign_in(new_context(**options).new_page(), role), LARGE, KEYS[LARGE])


def test_one_person_asks_and_another_approves(
    new_context: Callable[..., BrowserContext], sandbox: Any
) -> None:
    admin = person(new_context, "administrator")
    admin.goto(f"{P}settings/")
    admin.get_by_label("Require a second person for deletions").check()
    axe_everywhere(admin)
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("region", name="Messages")).to_contain_text(re.compile("saved|changed"))
    asker = person(new_context, "maintainer")
    model_id, model = list(sandbox.store.project(LARGE).models.items())[next(_models)]
    asker.goto(f"{P}models/{model_id}/")
    asker.get_by_role("button", name="Delete", exact=True).press("Enter")
    dialog = asker.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    axe_everywhere(asker)
    asker.keyboard.type("Superseded")
    asker.keyboard.press("Enter")
    expect(asker.get_by_text("so someone else has to approve it")).to_be_visible()
    admin.goto(f"{P}models/")
    admin.get_by_role("link", name="Requests").click()
    admin.get_by_role("table", name="Open").get_by_role("link").first.click()
    expect(admin.get_by_text("Superseded")).to_be_visible()
    axe_everywhere(admin)
    admin.set_viewport_size(NARROW)
    fits(admin)
    admin.get_by_role("textbox").last.fill(model.facts["name"])
    admin.get_by_role("button", name="Delete model").click()
    expect(admin.get_by_text("was deleted.")).to_be_visible()
    assert model_id not in sandbox.store.project(LARGE).models
    _many_without_javascript(new_context, asker, sandbox)
    admin.goto(f"{P}settings/")
    admin.get_by_label("Require a second person for deletions").uncheck()
    admin.get_by_role("button", name="Save").click()


def _many_without_javascript(new_context: Callable[..., BrowserContext], asker: Page, sandbox: Any) -> None:
    """Several models, approved by someone whose browser runs no scripts."""
    asker.goto(f"{P}models/")
    names = asker.get_by_role("checkbox", name="Select ")
    for at in (1, 2):
        names.nth(at).check()
    asker.get_by_role("button", name="Delete…").click()
    asker.get_by_label("Reason").fill("Old family")
    asker.get_by_role("button", name="Ask for deletion").click()
    expect(asker.get_by_role("heading", name="Request to delete 2 models")).to_be_visible()
    before = len(sandbox.store.project(LARGE).models)
    approver = person(new_context, "maintainer", java_script_enabled=False)
    approver.goto(asker.url)
    approver.get_by_role("textbox").last.fill("delete 2 models")
    approver.get_by_role("button", name="Approve and start").click()
    approver.get_by_role("button", name="Continue").click()
    expect(approver.get_by_text("2 of 2 done")).to_be_visible()
    assert len(sandbox.store.project(LARGE).models) == before - 2
