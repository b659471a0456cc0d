"""Filling the form of all fields from a model's own files, in a browser: only headers are sent, and one PATCH saves."""

from __future__ import annotations

import json
import random
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import axe_check, fits
from tests.browser.server import Console
from tests.editing import elsewhere, patches
from tests.files.gguf_file import gguf
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
FILES = Path(__file__).parent.parent / "files" / "model-files.json"
# One for each name of a file: tests/views/test_edit_all.py sends all of them.
CASES = {case["file"]: case for case in reversed(json.loads(FILES.read_text()))}.values()
DROP = """([form, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  form.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def forget(console: Console) -> None:
    """Take away what was last set here: a repeated test begins like the first."""
    with closing(sqlite3.connect(console.database, timeout=10)) as database, database:
        database.execute("UPDATE models_admin_activity SET project = 'proj_BEFORE'")


def drop(page: Page, *files: tuple[str, str]) -> None:
    """Drop files on the form, and wait for the form that they fill."""
    form = page.locator("[data-files]").element_handle()
    with page.expect_navigation():
        page.evaluate(DROP, [form, files])


def test_the_dropped_files_of_public_models_are_saved_with_one_patch_each(
    connected_page: Page, sandbox: Any, console: Console
) -> None:
    forget(console)
    page = connected_page
    models = [model.id for model in sandbox.store.project(PROJECT).models.values()]
    for case, model_id in zip(CASES, models[1:], strict=False):
        elsewhere(sandbox, model_id, **dict.fromkeys(case["expect"], None))
        sandbox.requests.clear()
        page.goto(f"/projects/{PROJECT}/models/{model_id}/edit/")
        text = case["content"] if isinstance(case["content"], str) else json.dumps(case["content"])
        drop(page, (case["file"], text))
        for field, value in case["expect"].items():
            row = page.locator(f"[data-field={field}]")
            expect(row.locator(f"[name={field}]")).to_have_value(str(value))
            expect(row.get_by_role("checkbox", name=case["file"])).to_be_checked()
        assert page.locator("[name=take]").count() == len(case["expect"])
        assert patches(sandbox) == []
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved: ")).to_be_visible()
        assert [json.loads(body) for body in patches(sandbox)] == [case["expect"]], case["name"]


def test_the_sample_model_of_the_documentation_gets_its_values_back_from_files(
    connected_page: Page, sandbox: Any, console: Console
) -> None:
    forget(console)
    facts = sandbox.store.project(PROJECT).models[EXAMPLE_ID].facts
    names = ("architecture", "context_length", "quantization", "parameter_count", "hidden_size")
    sample = {name: facts[name] for name in (*names, "num_layers", "vocab_size", "license")}
    config = {
        "architectures": [sample["architecture"]],
        "max_position_embeddings": sample["context_length"],
        "hidden_size": sample["hidden_size"],
        "num_hidden_layers": sample["num_layers"],
        "vocab_size": sample["vocab_size"],
        "quantization_config": {"quant_method": sample["quantization"]},
    }
    elsewhere(sandbox, **dict.fromkeys(sample, None))
    page = connected_page
    page.goto(MODEL)
    page.keyboard.press("Shift+E")
    expect(page.get_by_role("heading", name="Edit all")).to_be_visible()
    page.get_by_label("Description").fill("Typed before the files")
    drop(
        page,
        ("config.json", json.dumps(config)),
        (
            "model.safetensors.index.json",
            json.dumps({"metadata": {"total_parameters": sample["parameter_count"]}}),
        ),
        ("README.md", f"---\nlicense: {sample['license']}\n---\n"),
    )
    expect(page.get_by_text("vocab_size in config.json", exact=True)).to_be_visible()
    axe_check(page)
    assert patches(sandbox) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: ")).to_be_visible()
    sent = sample | {"description": "Typed before the files"}
    assert [json.loads(body) for body in patches(sandbox)] == [sent]


def test_two_large_gguf_files_share_what_may_be_sent(connected_page: Page, tmp_path: Path) -> None:
    page = connected_page
    names = [f"model-{number}.gguf" for number in (1, 2)]
    for name in names:
        (tmp_path / name).write_bytes(gguf({"general.architecture": "llama", "llama.block_count": 32}))
        with (tmp_path / name).open("ab") as file:
            file.truncate(20 * 2**20)
    (tmp_path / "config.json").write_text('{"hidden_size": 4242}' + " " * 2**20)
    page.goto(f"{MODEL}edit/")
    page.locator("[name=files]").set_input_files([tmp_path / name for name in [*names, "config.json"]])
    page.get_by_role("button", name="Fill from files…").click()
    expect(page.get_by_label("Hidden size")).to_have_value("4242")
    expect(page.get_by_text("architecture in model-1.gguf")).to_be_visible()


def test_values_of_a_model_that_is_searched_for_are_ticked_and_saved(
    connected_page: Page, sandbox: Any
) -> None:
    page = connected_page
    other = next(
        model
        for model in sandbox.store.project(PROJECT).models.values()
        if model.facts["name"] == "assistant-70b-canary"
    )
    page.goto(f"{MODEL}edit/")
    page.get_by_label("Description").fill("Typed before the search")
    page.get_by_label("Name or ID of the other model").press_sequentially("assistant")
    page.get_by_role("button", name="Take values from assistant-70b-canary").click()
    expect(page.get_by_label("Context length")).to_have_value(str(other.facts["context_length"]))
    expect(page.get_by_label("Description")).to_have_value("Typed before the search")
    page.wait_for_load_state()
    axe_check(page)
    page.locator("[data-field=context_length]").get_by_role("checkbox").check()
    hidden = random.randrange(1000, 9000)  # another value than any that was set here before
    page.get_by_label("Hidden size").fill(str(hidden))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: ")).to_be_visible()
    sent = {
        "description": "Typed before the search",
        "context_length": other.facts["context_length"],
        "hidden_size": hidden,
    }
    assert [json.loads(body) for body in patches(sandbox)] == [sent]


def test_a_proposal_that_is_changed_by_hand_is_ticked_also_before_the_script_arrives(
    connected_page: Page,
) -> None:
    page = connected_page
    page.goto(f"{MODEL}edit/")
    page.get_by_label("Name or ID of the other model").press_sequentially("assistant")
    waiting: list[Route] = []
    page.route("**/js/files.*", lambda route: waiting.append(route))  # a method can't be a handler
    page.get_by_role("button", name="Take values from assistant-70b-canary").click(no_wait_after=True)
    tick = page.locator("[data-field=context_length]").get_by_role("checkbox")
    expect(tick).not_to_be_checked()
    page.get_by_label("Context length").fill("4321")
    expect(tick).not_to_be_checked()
    for route in waiting:
        route.continue_()
    expect(tick).to_be_checked()
    tick.uncheck()
    page.get_by_label("Context length").fill("4322")
    expect(tick).to_be_checked()


def test_each_conflict_has_to_be_decided_before_the_form_is_sent(connected_page: Page, sandbox: Any) -> None:
    page = connected_page
    page.goto(f"{MODEL}edit/")
    page.get_by_label("Description").fill("Mine")
    elsewhere(sandbox, description="Theirs")
    page.get_by_label("Context length").fill("1234")
    page.get_by_label("Context length").press("Enter")  # saves, as the button does
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been saved")
    expect(page.get_by_label("Keep current value")).to_be_focused()
    expect(page.get_by_label("Keep current value")).to_be_in_viewport(ratio=1)
    # An element half under the bar of a scrolled page is not a finding.
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    axe_check(page)
    fits(page)
    page.get_by_role("button", name="Save").click()
    assert patches(sandbox) == []
    page.get_by_label("Save my value").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Description, Context length.")).to_be_visible()
    assert [json.loads(body) for body in patches(sandbox)] == [
        {"description": "Mine", "context_length": 1234}
    ]
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Description, Context length.")).to_be_visible()
    assert len(patches(sandbox)) == 2


def test_only_the_header_of_a_safetensors_file_is_sent(connected_page: Page, tmp_path: Path) -> None:
    page = connected_page
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [1000, 1000], "data_offsets": [0, 4_000_000]}}
    ).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + bytes(20 * 2**20))
    page.goto(f"{MODEL}edit/")
    page.locator("[name=files]").set_input_files(file)
    page.get_by_role("button", name="Fill from files…").click()
    expect(page.get_by_label("Parameters")).to_have_value("1000000")
