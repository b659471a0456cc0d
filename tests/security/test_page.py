"""The security page tells the truth about itself: the tests it names exist, its figures are the suites' own."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.__main__ import counted
from tests.security.test_canary import LEAST
from tests.security.test_hostile_values import CORPUS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_it_names_exists() -> None:
    sources = [path.read_text() for path in ROOT.glob("tests/**/test_*.py")]
    written = {name for source in sources for name in re.findall(r"def (test_\w+)\(", source)}
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 90
    assert named - written == set()


def test_every_threat_has_its_line() -> None:
    lines = re.findall(r"^\| (\d+) \|.*`test_\w+`.*\|$", PAGE, re.M)
    assert len(lines) >= 43
    assert [int(number) for number in lines] == list(range(1, len(lines) + 1))


def test_its_figures_are_counted() -> None:
    faults, kinds, cases = counted()
    assert f"{faults} faults of the API are tried on {kinds} kinds of call" in PAGE
    assert f"{cases:,} of {cases:,}" in PAGE
    assert f"| hostile strings tried in every field | {len(CORPUS)} |" in PAGE
    assert f"over {LEAST['answers']:,} answers, {LEAST['log records']:,} log records" in PAGE
