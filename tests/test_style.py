"""The words that docs/style.md marks with ¹ occur in no text of the project: pages, documents, code, names of tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STYLE = ROOT / "docs" / "style.md"
FOLDERS = ("console", "models_admin", "sandbox", "static", "templates", "tests", "docs")
SUFFIXES = {".py", ".js", ".css", ".html", ".md", ".txt", ".yaml"}
# Where a word has its ordinary meaning: (path, words). Weights of a model can be packed, and style.md lists all words.
ALLOWED = (
    ("docs/style.md", ""),
    ("tests/test_style.py", ""),
    ("models_admin/files/safetensors.py", "packed"),
    ("tests/files/test_readers.py", "packed"),
    ("models_admin/migrations/0001_activity.py", "settled"),  # a column that 0005 renamed
    ("models_admin/migrations/0005_resolved_at.py", "settled"),
)
# Words in one sense only, and their forms; all other marked words are refused as they are.
SENSES = {
    "standing": r"standing(?=s?\b\s*[:(=.])",  # the class or name; "long-standing" and the like are English
    "book": r"book(?:s|ed|ing)? (?:the|a|its) (?:row|change|intent|result|edit)s?",
    "settle": r"settle[sd]?|settling",
    "spoil": r"spoil(?:s|ed|t|ing)?",
    "wish": r"wish(?:es)?",
    "rival": r"rivals?",
    "ledger": r"ledgers?",
    "way on": r"ways?[ _]on",
}


def marked_words() -> list[str]:
    return re.findall(r"¹([a-z][a-z ]*[a-z])", STYLE.read_text().partition("## Glossary")[2])


def pattern_of(words: list[str]) -> re.Pattern[str]:
    """Underscores end a word too, so that names are covered. The group is the word that was found."""
    senses = "|".join(SENSES.get(word, re.escape(word)) for word in words)
    return re.compile(rf"(?<![a-z])({senses})(?![a-z])", re.IGNORECASE)


def texts() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    return [*found, ROOT / "README.md", ROOT / "CHANGELOG.md"]


def test_no_text_has_a_word_that_the_glossary_refuses() -> None:
    refused = pattern_of(marked_words())
    found = []
    for path in texts():
        name = path.relative_to(ROOT).as_posix()
        allowed = [word for allowed_path, word in ALLOWED if allowed_path == name]
        if "" in allowed:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            words = [word for word in refused.findall(line) if word.lower() not in allowed]
            found += [f"{name}:{number}: {word}" for word in words]
    assert not found, "docs/style.md has better words:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "sentence", ["Somebody left.", "test_settled_by", "SPOILT = 1", "the way on", "packed", "wishes"]
)
def test_refused_words_are_found_in_sentences_and_names(sentence: str) -> None:
    assert pattern_of(marked_words()).search(sentence)


@pytest.mark.parametrize(
    "sentence", ["a long-standing bug", "unpacked", "a notebook", "always on", "handbook"]
)
def test_other_words_are_accepted(sentence: str) -> None:
    assert not pattern_of(marked_words()).search(sentence)
