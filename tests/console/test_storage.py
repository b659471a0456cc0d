"""Static files have hashed names, and so have the imports between JavaScript modules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from console.staticfiles import StaticStorage

HOME = Path(__file__).resolve().parents[2]
LONGEST = 120  # lines


@pytest.fixture
def storage(tmp_path: Path, settings: Any) -> StaticStorage:
    settings.DEBUG = False
    names = [path.name for path in (HOME / "static/js").glob("*.js")]
    for name in names:
        (tmp_path / name).write_text((HOME / "static/js" / name).read_text())
    made = StaticStorage(location=str(tmp_path), base_url="/static/")
    list(made.post_process({name: (made, name) for name in names}))
    return made


def test_every_import_names_a_file_by_its_hashed_name(storage: StaticStorage) -> None:
    app = Path(storage.path(storage.stored_name("app.js"))).read_text()
    imports = re.findall(r'from "(\./[^"]+)"', app)
    assert len(imports) >= 8
    for name in imports:
        assert re.fullmatch(r"\./\w+\.[0-9a-f]{12}\.js", name), name
        assert storage.exists(name[2:])


def test_a_file_that_is_not_there_is_an_error(storage: StaticStorage) -> None:
    with pytest.raises(ValueError, match=r"none\.css"):
        storage.url("none.css")


def test_every_imported_module_is_preloaded() -> None:
    preloaded = set(re.findall(r"js/(\w+\.js)", (HOME / "templates/_modules.html").read_text()))
    texts = {path.name: path.read_text() for path in (HOME / "static/js").glob("*.js")}
    imported = {name for text in texts.values() for name in re.findall(r'from "\./([^"]+)"', text)}
    assert preloaded == imported


@pytest.mark.parametrize("path", sorted((HOME / "static/js").glob("*.js")), ids=lambda path: path.name)
def test_a_module_is_short_and_its_exports_are_described(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST
    for found in re.finditer(r"^export ", text, re.MULTILINE):
        assert text[: found.start()].rstrip().endswith("*/"), text[found.start() :].splitlines()[0]
