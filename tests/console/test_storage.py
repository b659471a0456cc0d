"""Static addresses are looked up once, and are those of the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from whitenoise.storage import CompressedManifestStaticFilesStorage

from console.storage import StaticStorage


@pytest.fixture
def storage(tmp_path: Path, settings: Any) -> StaticStorage:
    settings.DEBUG = False
    (tmp_path / "site.css").write_text("body { color: black }")
    made = StaticStorage(location=str(tmp_path), base_url="/static/")
    list(made.post_process({"site.css": (made, "site.css")}))
    return made


def test_an_address_is_that_of_the_manifest(storage: StaticStorage) -> None:
    plain = CompressedManifestStaticFilesStorage(location=storage.location, base_url="/static/")
    assert storage.url("site.css") == plain.url("site.css") != "/static/site.css"


def test_it_is_looked_up_once(storage: StaticStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    found = storage.url("site.css")
    monkeypatch.setattr(CompressedManifestStaticFilesStorage, "url", lambda *_: "another")
    assert storage.url("site.css") == found
    assert storage.url("site.css", force=True) == "another"


def test_a_file_that_is_not_there_is_an_error_each_time(storage: StaticStorage) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"none\.css"):
            storage.url("none.css")
