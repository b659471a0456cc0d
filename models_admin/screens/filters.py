"""Filters of a page as menus (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from models_admin.formatting.text import visible


@dataclass(frozen=True, slots=True)
class FilterMenu:
    """A filter: its field name, its label, and (value, label, chosen) of each option."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


def filter_menu(
    name: str, label: str, everything: str, pairs: Sequence[tuple[str, str]], chosen: str
) -> FilterMenu:
    known = [("", everything), *pairs]
    if chosen and chosen not in dict(pairs):
        known.append((chosen, visible(chosen)))
    return FilterMenu(name, label, tuple((value, text, value == chosen) for value, text in known))
