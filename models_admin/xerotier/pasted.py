"""Cleans keys and project IDs as people paste them: with quotes, a variable's name, a header, or a whole address."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

VARIABLE = re.compile(r"(?:export\s+|set\s+|\$env:)?[A-Z][A-Z0-9_]{2,}\s*=\s*(?=\S)")
HEADER = re.compile(r"authorization\s*:\s*", re.IGNORECASE)
BEARER = re.compile(r"bearer\s+", re.IGNORECASE)
QUOTES = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb", "<>")
LONGEST = 4000  # characters: no key or address has as many, and each pair of quotes is removed by itself


class Cleaned(NamedTuple):
    """The cleaned text, and what was removed from it: for a sentence such as "Removed: quotes, hidden characters"."""

    text: str
    removed: tuple[str, ...]


def key_clean(pasted: str) -> Cleaned:
    """`XEROTIER_API_KEY="xero_…"`, `Authorization: Bearer xero_…` and the like become the key alone."""
    if len(pasted) > LONGEST:
        return Cleaned(pasted, ())
    text, removed = _without_hidden(pasted)
    before = ""
    while before != text:
        before = text
        for pattern, name in ((VARIABLE, "the variable's name"), (HEADER, ""), (BEARER, "the word Bearer")):
            if found := pattern.match(text):
                text = text[found.end() :]
                removed += [name] if name else []
        text = _without_quotes(text, removed)
    return Cleaned(text, tuple(dict.fromkeys(removed)))


def project_clean(pasted: str) -> Cleaned:
    """The ID alone, from a variable's assignment, quotes, or the address of the project in the API or a dashboard."""
    if len(pasted) > LONGEST:
        return Cleaned(pasted, ())
    text, removed = _without_hidden(pasted)
    text = _without_quotes(text, removed)
    if found := VARIABLE.match(text):
        text = _without_quotes(text[found.end() :], [*removed])
        removed.append("the variable's name")
    if "/" in text:
        project = _project_of(text)
        removed += ["the rest of the address"] if project else []
        text = project or text
    return Cleaned(text, tuple(dict.fromkeys(removed)))


def _without_hidden(text: str) -> tuple[str, list[str]]:
    """Without white space around it, and without characters that nobody sees (zero width, byte order mark)."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return seen.strip(), ["hidden characters"] if seen != text else []


def _without_quotes(text: str, removed: list[str]) -> str:
    text = text.strip()
    if len(text) > 2 and text[0] + text[-1] in QUOTES:
        removed.append("quotes")
        return text[1:-1].strip()
    return text


def _project_of(address: str) -> str:
    """The segment after `projects`, else the one before `v1`, else the only one, "" if there is none of these."""
    path = urlsplit(address).path if "://" in address else address.partition("?")[0].partition("#")[0]
    parts = [unquote(part) for part in path.split("/") if part]
    if "://" not in address and parts and "." in parts[0].strip("."):
        parts = parts[1:]  # a host without a scheme
    for place in ("projects", "project"):
        if place in parts[:-1]:
            return parts[parts.index(place) + 1]
    if "v1" in parts[1:]:
        return parts[parts.index("v1", 1) - 1]
    return parts[0] if len(parts) == 1 else ""
