"""Filling the form of all fields from a model's own files, in a browser: only headers are sent, and one PATCH saves."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_check, fits
from tests.editing import elsewhere, patches
from tests.sandbox_fixture import EXAMPLE_ID

MODEL = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
FILES = Path(__file__).parent.parent / "files" / "model-files.json"
CASE = json.loads(FILES.read_text())[0]
DROP = """([form, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  form.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_a_dropped_config_fills_the_form_and_one_patch_saves_it(connected_page: Page, sandbox: Any) -> None:
    elsewhere(sandbox, **dict.fromkeys(CASE["expect"], None))
    page = connected_page
    page.goto(MODEL)
    page.keyboard.press("Shift+E")
    expect(page.get_by_role("heading", name="Edit all")).to_be_visible()
    form = page.locator("[data-files]").element_handle()
    with page.expect_navigation():
        page.evaluate(DROP, [form, CASE["file"], json.dumps(CASE["content"])])
    expect(page.get_by_label("Vocabulary size")).to_have_value("128256")
    expect(page.get_by_text("vocab_size in config.json", exact=True)).to_be_visible()
    assert patches(sandbox) == []
    axe_check(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: ")).to_be_visible()
    assert [json.loads(body) for body in patches(sandbox)] == [CASE["expect"]]


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


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_the_form_fits(connected_page: Page, width: int, colors: Any) -> None:
    page = connected_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=colors)
    page.goto(f"{MODEL}edit/")
    fits(page)
    axe_check(page)
