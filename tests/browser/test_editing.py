"""Conflicts, undo and the activity, in a real browser: two people, in place, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_everywhere, fits
from tests.editing import elsewhere, patches, value_of
from tests.sandbox_fixture import EXAMPLE_ID

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"


def field(page: Page, name: str) -> Any:
    return page.locator(f"[data-field={name}]")


def type_into(page: Page, name: str, label: str, text: str) -> None:
    field(page, name).get_by_role("button", name=f"Edit {label}").click()
    box = page.get_by_label(label, exact=True)
    expect(box).to_be_focused()
    box.fill(text)


def save(page: Page, name: str, label: str, text: str) -> None:
    type_into(page, name, label, text)
    field(page, name).get_by_role("button", name="Save").click()
    expect(field(page, name).locator(".edit")).to_be_focused()


def test_two_people_editing_one_field_lose_nothing(
    new_connected_page: Callable[..., Page], sandbox: Any
) -> None:
    ana, rui = (new_connected_page() for _ in range(2))
    for page, text in ((ana, "From Ana"), (rui, "From Rui")):
        page.goto(MODEL)
        type_into(page, "description", "Description", text)
    field(rui, "description").get_by_role("button", name="Save").click()
    expect(field(rui, "description").locator(".edit")).to_be_focused()
    field(ana, "description").get_by_role("button", name="Save").click()
    versus = field(ana, "description").locator(".versus")
    expect(versus).to_contain_text("From Ana")
    expect(versus).to_contain_text("From Rui")
    expect(ana.get_by_role("button", name="Keep current value")).to_be_focused()
    assert len(patches(sandbox)) == 1
    ana.get_by_role("button", name="Save my value").click()
    expect(field(ana, "description").locator(".edit")).to_be_focused()
    assert value_of(sandbox, "description") == "From Ana"
    expect(ana.locator("#history")).to_contain_text("changed description")


def test_an_undo_that_meets_another_value_asks_where_the_person_is(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    page.goto(MODEL)
    save(page, "context_length", "Context length", "128k")
    elsewhere(sandbox, context_length=4096)
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(field(page, "context_length")).to_contain_text("4,096 tokens")
    page.get_by_role("button", name="Save my value").click()
    expect(field(page, "context_length").locator(".value")).to_contain_text("32,768 tokens")
    elsewhere(sandbox, context_length=8192)
    page.goto("/activity/")
    row = page.get_by_role("row").filter(has_text="Undid a change to context length").first
    row.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Undo a change to context length")).to_be_visible()
    page.get_by_role("button", name="Keep current value").click()
    page.wait_for_url(f"**{MODEL}")
    assert value_of(sandbox, "context_length") == 8192


def test_an_undo_on_the_activity_page_renews_the_rows_in_place(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(MODEL)
    save(page, "architecture", "Architecture", "MistralForCausalLM")
    page.goto("/activity/")
    rows = page.get_by_role("row").filter(has_text="architecture")
    rows.first.get_by_role("button", name="Undo").click()
    expect(rows.first).to_contain_text("Undid a change to architecture")
    assert value_of(sandbox, "architecture") == "LlamaForCausalLM"


def test_filters_apply_in_place_and_back_restores(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    save(page, "num_layers", "Layers", "32")
    page.goto("/activity/")
    every = page.locator("#activity-rows tbody tr").count()
    page.get_by_label("Action").select_option("delete")
    page.wait_for_url("**action=delete*")
    expect(page.locator("#activity-rows tbody tr")).not_to_have_count(every)
    assert "action=delete" in (page.get_by_role("link", name="CSV").get_attribute("href") or "")
    page.go_back()
    expect(page.locator("#activity-rows tbody tr")).to_have_count(every)


def test_what_will_be_sent_is_said_while_typing_and_what_the_api_refuses_where_it_was_typed(
    connected_page: Page,
) -> None:
    page = connected_page
    page.goto(MODEL)
    type_into(page, "context_length", "Context length", "128k")
    expect(page.get_by_text("Will be sent as 131,072 tokens.")).to_be_visible()
    expect(page.get_by_label("Context length", exact=True)).to_be_focused()
    expect(page.get_by_label("Context length", exact=True)).to_have_value("128k")
    page.keyboard.press("Escape")
    type_into(page, "quantization", "Quantization", "int3")
    field(page, "quantization").get_by_role("button", name="Save").click()
    expect(page.get_by_text("The API refused the change.")).to_be_visible()
    axe_everywhere(page)
    page.set_viewport_size({"width": 360, "height": 740})
    fits(page)
    page.goto(f"{MODEL}fields/workload_type/")
    axe_everywhere(page)
    page.set_viewport_size({"width": 360, "height": 740})
    fits(page)


def test_it_all_works_without_javascript(new_connected_page: Callable[..., Page], sandbox: Any) -> None:
    page = new_connected_page(java_script_enabled=False)
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_label("Context length", exact=True).fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It must be a whole number")).to_be_visible()
    page.get_by_label("Context length", exact=True).fill("64k")
    elsewhere(sandbox, context_length=4096)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save my value").click()
    expect(page.get_by_text("Context length of my-custom-model saved.")).to_be_visible()
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("set back to 4,096 tokens.")).to_be_visible()
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_role("button", name="Cancel").click()
    assert page.url.rstrip("?").endswith(MODEL)


def test_a_problem_with_409_or_422_never_takes_the_place_of_what_is_shown(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    page.locator("#lifecycle-actions input[name=token]").evaluate("box => box.value = 'made up'")
    page.get_by_role("button", name="Revalidate", exact=True).click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("This button has expired")
    expect(page.get_by_role("heading", level=1)).to_have_text("my-custom-model Ready")


def test_messages_give_way_to_the_focus_without_lying_on_the_main_buttons(connected_page: Page) -> None:
    page = connected_page
    page.goto(MODEL)
    for name, label in (("description", "Description"), ("num_layers", "Layers")):
        save(page, name, label, "7")
    page.locator("#history").get_by_role("button", name="Undo", exact=True).last.focus()
    messages = page.get_by_role("region", name="Messages")
    messages.get_by_text("Layers of my-custom-model saved.").wait_for()
    page.get_by_role("button", name="Delete", exact=True).click(timeout=5000)
    expect(page.get_by_role("dialog", name="Delete my-custom-model?")).to_be_visible()
