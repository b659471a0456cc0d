"""The difference between two texts, as parts to show one after the other. Pure."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, NamedTuple

from models_admin.formatting.text import line_ends, shortened, spaces_shown, visible

# Comparing takes cubic time where pieces repeat, as spaces do: up to a second for 400 of them. Texts that differ in
# more are compared by line, or not at all.
MOST_PIECES = 400
UNCHANGED = 400  # characters of an unchanged part that are shown


class Part(NamedTuple):
    """A piece of text that both have ("same"), or only the first ("removed") or the second ("added").

    "gap" is a space that neither has: it keeps a removed piece and the added one beside it apart.
    """

    kind: Literal["same", "removed", "added", "gap"]
    text: str


def difference(one: str, other: str) -> list[Part]:
    """The parts of two texts, with white space drawn as symbols where it differs; [] for texts that are too long."""
    for pattern in (r"\s|[^\s]+", r"[^\n]*\n|[^\n]+"):
        pieces = [re.findall(pattern, line_ends(text)) for text in (one, other)]
        start = _common(*pieces)
        end = _common(*(reversed(part[start:]) for part in pieces))
        inner = [part[start : len(part) - end] for part in pieces]
        if max(map(len, inner)) <= MOST_PIECES:
            return _same(pieces[0][:start]) + _parts(*inner) + _same(pieces[0][len(pieces[0]) - end :])
    return []


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many pieces both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _same(pieces: list[str]) -> list[Part]:
    return [Part("same", visible(_middle_cut("".join(pieces))))] if pieces else []


def _parts(one: list[str], other: list[str]) -> list[Part]:
    parts = []
    for tag, start, end, start_other, end_other in SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        removed, added = "".join(one[start:end]), "".join(other[start_other:end_other])
        if tag == "equal":
            parts += _same(one[start:end])
            continue
        show = visible if removed.strip() or added.strip() else spaces_shown
        parts += [Part("removed", show(removed))] if removed else []
        parts += [Part("gap", " ")] if removed and added else []
        parts += [Part("added", show(added))] if added else []
    return parts


def _middle_cut(text: str) -> str:
    if len(text) <= UNCHANGED:
        return text
    half = UNCHANGED // 2
    return f"{shortened(text, half)}\n{text[-half:]}"


def differ_in_space_only(one: str, other: str) -> bool:
    """Whether two different texts have the same characters but for white space."""
    return one != other and "".join(one.split()) == "".join(other.split())
