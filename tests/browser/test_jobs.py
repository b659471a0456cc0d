"""Many models at once: selecting, the preview, and a job that the page itself carries on."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_check, axe_everywhere, tab_to
from tests.sandbox_fixture import PROJECT

PATIENCE = 40_000  # milliseconds until sixty models are done on a busy machine
MODELS = f"/projects/{PROJECT}/models/"


def licence() -> str:
    """One that nobody has set before: the console remembers what was set, in all tests of this run."""
    return f"LicenseRef-{secrets.token_hex(4)}"


def selected(page: Page) -> Any:
    return expect(page.locator("[data-selection-said]"))


def written(sandbox: Any) -> list[str]:
    return sorted(call.model_id for call in sandbox.requests if call.method == "PATCH")


def test_sixty_models_get_a_licence_and_the_one_that_was_refused_is_tried_again(
    connected_page: Page, sandbox: Any
) -> None:
    sandbox.set(models=60)
    value = licence()
    page = connected_page
    page.goto(MODELS)
    page.get_by_label("All 60 matching models").check()
    page.locator("#selection").get_by_label("Field").select_option("license")
    page.get_by_role("button", name="Set…").click()
    page.get_by_label("License").fill(value)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Set License to {value} on 60 models")
    sandbox.fault("status", method="PATCH", status=400, message="No such licence.")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#job")).to_contain_text("Finished", timeout=PATIENCE)
    expect(page.locator("#job")).to_contain_text("59 of 60 done, 1 failed")
    # One of the names is very long; it takes no room from the results.
    table = page.get_by_role("table", name="Models of this job")
    assert table.evaluate("table => table.offsetWidth <= table.parentElement.clientWidth")
    page.get_by_role("link", name="Refused").click()
    expect(page.get_by_role("table", name="Models of this job")).to_contain_text("No such licence.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#job")).to_contain_text("60 of 60 done", timeout=PATIENCE)
    assert len(written(sandbox)) == 61
    assert len(set(written(sandbox))) == 60
    page.get_by_role("link", name="Jobs").first.click()
    expect(page.get_by_role("table", name="Jobs")).to_contain_text(f"Set License to {value}")


def test_the_selection_survives_paging_searching_and_sorting(connected_page: Page, sandbox: Any) -> None:
    sandbox.set(models=120)
    page = connected_page
    page.goto(MODELS)
    boxes = page.get_by_role("checkbox", name=re.compile("^Select (?!all)"))
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    selected(page).to_have_text("4 selected")
    page.get_by_role("link", name="Next").click()
    selected(page).to_have_text("4 selected, 4 of them on other pages")
    page.keyboard.press("j")
    page.keyboard.press("x")
    selected(page).to_have_text("5 selected, 4 of them on other pages")
    axe_everywhere(page)
    page.get_by_label("Search models").fill("llama")
    selected(page).to_contain_text("5 selected")
    page.get_by_label("Select all").check()
    count = int(re.match(r"\d+", page.locator("[data-selection-said]").inner_text())[0])  # type: ignore[index]
    assert count > 5
    page.get_by_role("button", name="Revalidate…").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing has been sent yet")
    expect(page.get_by_role("main")).to_contain_text(f"of {count}")
    page.goto(MODELS)
    page.get_by_role("button", name="Clear selection").click()
    selected(page).to_have_text("None selected")


def test_a_whole_job_and_its_undo_with_keys_alone(models_page: Page, sandbox: Any) -> None:
    page, keys = models_page, models_page.keyboard
    facts = sandbox.store.project(PROJECT).models
    before = {model_id: model.facts["description"] for model_id, model in facts.items()}
    page.wait_for_load_state("networkidle")
    for key in ("j", "x", "j", "j", "j", "Shift+X", "j", "j", "x"):
        keys.press(key)
    selected(page).to_have_text("5 selected")
    tab_to(page, page.locator("#selection").get_by_label("Field"), backwards=True)
    keys.type("Desc")
    keys.press("Tab")
    expect(page.get_by_role("button", name="Set…")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Description")).to_be_focused()
    keys.type("Set without a mouse")
    tab_to(page, page.get_by_role("button", name="Preview"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on 5 models")
    tab_to(page, page.get_by_role("button", name="Start"))
    keys.press("Enter")
    expect(page.locator("#job")).to_contain_text("5 of 5 done", timeout=PATIENCE)
    chosen = set(written(sandbox))
    assert {facts[model_id].facts["description"] for model_id in chosen} == {"Set without a mouse"}
    tab_to(page, page.get_by_role("button", name="Undo"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo job")
    axe_check(page)
    tab_to(page, page.get_by_role("button", name="Start"))
    keys.press("Enter")
    expect(page.locator("#job")).to_contain_text("5 of 5 done", timeout=PATIENCE)
    assert len(chosen) == 5
    assert len(written(sandbox)) == 10
    assert {model_id: model.facts["description"] for model_id, model in facts.items()} == before


def test_closing_the_tab_pauses_the_job_and_another_browser_goes_on(
    new_connected_page: Callable[..., Page], sandbox: Any
) -> None:
    sandbox.set(models=60, latency_ms=100)
    first = new_connected_page()
    first.goto(MODELS)
    first.get_by_label("All 60 matching models").check()
    first.locator("#selection").get_by_label("Field").select_option("license")
    first.get_by_role("button", name="Set…").click()
    first.get_by_label("License").fill(licence())
    first.get_by_role("button", name="Preview").click()
    first.get_by_role("button", name="Start").click()
    first.wait_for_timeout(1000)
    address = first.url
    first.close()
    second = new_connected_page()
    second.goto(address)
    second.get_by_role("button", name="Continue").click()
    expect(second.locator("#job")).to_contain_text("60 of 60 done", timeout=PATIENCE)
    assert len(written(sandbox)) == len(set(written(sandbox))) == 60


def test_twelve_models_are_changed_and_deleted_without_scripts(
    new_connected_page: Callable[..., Page], sandbox: Any
) -> None:
    page = new_connected_page(java_script_enabled=False)
    page.goto(MODELS)
    for box in page.get_by_role("checkbox", name=re.compile("^Select ")).all()[:12]:
        box.check()
    page.locator("#selection").get_by_label("Field").select_option("license")
    page.get_by_role("button", name="Set…").click()
    page.get_by_label("License").fill(licence())
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Start").click()
    while page.get_by_role("button", name="Continue").is_visible():
        page.get_by_role("button", name="Continue").click()
    expect(page.locator("#job")).to_contain_text("12 of 12 done")
    assert len(written(sandbox)) == 12
    page.goto(MODELS)
    for box in page.get_by_role("checkbox", name=re.compile("^Select ")).all()[:2]:
        box.check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_label("Type delete 2 models to confirm").fill("delete 2 models")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#job")).to_contain_text("2 of 2 done")
    assert len([call for call in sandbox.requests if call.method == "DELETE"]) == 2


def test_models_are_compared_and_a_value_is_used_in_another(models_page: Page, sandbox: Any) -> None:
    page = models_page
    boxes = page.get_by_role("checkbox", name=re.compile("^Select (?!all)"))
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare models")
    page.get_by_role("link", name=re.compile("^Use this value in")).first.click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("saved")
    assert len(written(sandbox)) == 1
