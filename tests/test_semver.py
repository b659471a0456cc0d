"""What counts as a semantic version."""

from __future__ import annotations

import pytest

from models_admin.formatting.semver import semver_problem


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0",
        "1.0.0",
        "10.20.30",
        "2.0.0-rc.1",
        "1.0.0-0",
        "1.0.0-alpha-a.b-c",
        "1.0.0+build.01",
        "1.0.0-a+b-c.7",
        "1.0.0--",
    ],
)
def test_a_semantic_version_has_no_problem(text: str) -> None:
    assert semver_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "such as 2.0.0"),
        ("2", "three numbers"),
        ("2.0", "three numbers"),
        ("2.0.0.0", "three numbers"),
        ("02.0.0", "leading zeros"),
        ("2.0.x", "three numbers"),
        ("v2.0.0", "Leave out the letter: 2.0.0."),
        ("2.0.0-", "After the hyphen"),
        ("2.0.0-rc..1", "After the hyphen"),
        ("2.0.0-01", "leading zeros"),
        ("2.0.0-ä", "After the hyphen"),
        ("2.0.0+", "After the plus sign"),
        ("2.0.0+a+b", "After the plus sign"),
        ("٢.0.0", "three numbers"),
        (" 2.0.0", "three numbers"),
        ("2.0.0\n", "three numbers"),
        ("1.0.0-" + "a" * 200, "at most 128"),
    ],
)
def test_anything_else_has_a_reason(text: str, words: str) -> None:
    assert words in semver_problem(text)
