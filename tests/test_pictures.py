"""The pictures of README and docs: all there, none left over, small."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.screens import SCREENS

HOME = Path(__file__).resolve().parent.parent
MOST_BYTES = 9_000_000
README = HOME / "README.md"
SCREENS_PAGE = HOME / "docs" / "screens.md"
COMPARISON = HOME / "docs" / "before-and-after.md"
FOLDER = HOME / "docs" / "screenshots"


def named(page: Path) -> set[Path]:
    found = re.findall(r'(?:src|srcset)="([^"]+)"', page.read_text())
    return {(page.parent / name).resolve() for name in found}


def pictures() -> set[Path]:
    return {path.resolve() for path in FOLDER.rglob("*.webp")}


def test_every_picture_named_is_there_and_no_other() -> None:
    assert named(README) <= pictures()
    assert named(SCREENS_PAGE) | named(COMPARISON) == pictures()


def test_every_screen_has_its_pictures() -> None:
    text = SCREENS_PAGE.read_text()
    assert [screen.name for screen in SCREENS if f"/{screen.name}-dark.webp" not in text] == []


def test_all_pictures_together_are_small() -> None:
    assert sum(path.stat().st_size for path in pictures()) <= MOST_BYTES
