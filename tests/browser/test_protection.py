"""Protecting a model in a browser: with the keyboard alone and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from sandbox.running import Running
from tests.browser.conftest import axe_everywhere, fits
from tests.editing import value_of
from tests.sandbox_fixture import PROJECT

MODELS = f"/projects/{PROJECT}/models/"
NARROW = {"width": 360, "height": 800}


def other_model(sandbox: Running, name: str) -> str:
    """Not the model that every other test edits: the console's database stays as it is between tests."""
    return next(
        model_id
        for model_id, model in sandbox.store.project(PROJECT).models.items()
        if model.facts["name"] == name
    )


def test_a_model_is_protected_in_one_tab_and_refuses_what_was_typed_in_another(
    connected_page: Page, sandbox: Running
) -> None:
    page, model_id = connected_page, other_model(sandbox, "arabic-chat")
    before = value_of(sandbox, "description", model_id)
    page.goto(f"{MODELS}{model_id}/")
    editing = page.context.new_page()
    editing.goto(page.url)
    editing.get_by_role("button", name="Edit Description").click()
    editing.get_by_label("Description", exact=True).fill("Typed before")
    page.get_by_role("button", name="Protect…").press("Enter")
    dialog = page.get_by_role("dialog")
    axe_everywhere(page)
    page.set_viewport_size(NARROW)
    fits(page)
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Serves the demo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Protection")).to_contain_text("Serves the demo")
    axe_everywhere(page)
    fits(page)
    editing.get_by_role("button", name="Save").click()
    expect(editing.get_by_text("Your change has not been saved.")).to_be_visible()
    expect(editing.get_by_label("Description", exact=True)).to_have_value("Typed before")
    assert value_of(sandbox, "description", model_id) == before
    page.goto(f"{MODELS}?q=arabic-chat")
    expect(page.get_by_role("row", name="arabic-chat")).to_contain_text("Serves the demo")
    page.goto(f"{MODELS}{model_id}/")
    page.get_by_role("button", name="Lift protection").press("Enter")
    expect(page.get_by_text("The protection of arabic-chat was lifted.")).to_be_visible()
    expect(page.get_by_role("button", name="Edit Description")).to_be_enabled()


def test_without_javascript(new_connected_page: Callable[..., Page], sandbox: Any) -> None:
    page = new_connected_page(java_script_enabled=False)
    page.goto(f"{MODELS}{other_model(sandbox, 'assistant-70b')}/")
    page.get_by_role("button", name="Protect…").click()
    page.get_by_label("Reason").fill("An audit")
    page.get_by_role("button", name="Protect model").click()
    expect(page.get_by_role("region", name="Protection")).to_contain_text("An audit")
    page.get_by_role("button", name="Lift protection").click()
    expect(page.get_by_role("button", name="Protect…")).to_be_visible()
