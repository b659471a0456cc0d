"""The filters of the models page as choices with counts (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.filtering import FACETS, NOT_REPORTED, Selection, facet_counts, facet_labels
from models_admin.screens.models.query import Query
from models_admin.xerotier.model_list import ModelList

LABELS = {"status": "Status", "format": "Format", "workload": "Workload"}
STATUS_ORDER = ("ready", "validating", "error")
CHIPS = 5  # of the status filter, "All" included; more statuses go into a menu beside them
MAX_CHOICES = 20  # of one filter; the most frequent ones, should a server invent more


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter. `query` is the query string that chooses it; `dom_id` goes by its position.

    `count` is text, its digits grouped as in all numbers.
    """

    dom_id: str
    label: str
    count: str
    query: str
    pressed: bool
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter with its choices, "All" first. `chosen` is the label of what is chosen, "" for all."""

    name: str
    label: str
    choices: list[Choice]
    chosen: str

    def split(self) -> tuple[list[Choice], "Menu | None"]:
        """The choices that are always visible, and a menu of the others where there are any."""
        if len(self.choices) <= CHIPS:
            return self.choices, None
        known = sum(choice.tone != "idle" for choice in self.choices)  # "All" has no tone
        rest = self.choices[known:]
        chosen = next((choice.label for choice in rest if choice.pressed), "")
        return self.choices[:known], Menu("other", "Other status", rest, chosen)


def menu_make(name: str, *, query: Query, selection: Selection) -> Menu:
    models = selection.source
    chosen: str = getattr(query, name)
    facet = selection.facets[name]
    labels = facet_labels(models, name)
    choices = [
        Choice(f"{name}-all", "All", f"{facet.total:,}", query.with_(**{name: ""}).encode(), not chosen)
    ]
    for place, value in enumerate(_values(name, models, chosen)):
        # The link of the chosen value removes the filter.
        target = query.with_(**{name: "" if value == chosen else value}).encode()
        choices.append(
            Choice(
                dom_id=f"{name}-{place}",
                label=value_label(name, value, labels),
                count=f"{facet.counts[value]:,}",
                query=target,
                pressed=value == chosen,
                tone=display.status_tone(value) if name == "status" else "",
            )
        )
    return Menu(name, LABELS[name], choices, value_label(name, chosen, labels) if chosen else "")


def protected_menus(query: Query, selection: Selection) -> list[Menu]:
    """The filter for protected models, where there are any."""
    facet, chosen = selection.facets.get("protected"), bool(query.protected)
    if facet is None:
        return []
    everything = query.with_(protected="").encode()
    only = everything if chosen else query.with_(protected="yes").encode()
    choices = [
        Choice("protected-all", "All", f"{facet.total:,}", everything, not chosen),
        Choice("protected-yes", "Protected", f"{facet.counts['yes']:,}", only, chosen),
    ]
    return [Menu("protected", "Protection", choices, "Protected" if chosen else "")]


def value_label(name: str, value: str, labels: Mapping[str, str]) -> str:
    """A filter's value in words; `labels` are those of `facet_labels`."""
    if value == NOT_REPORTED:
        return "Not reported"
    text = labels.get(value, value)
    return visible(text) if name == "format" else display.word_label(text)


def _values(name: str, models: ModelList, chosen: str) -> list[str]:
    """The values that occur in the whole list, so that a choice keeps its place whatever is searched."""
    counts = facet_counts(name, models.column(FACETS[name]))
    values = {value for value, _ in counts.most_common(MAX_CHOICES)}
    if chosen:
        values.add(chosen)
    return sorted(values, key=_place)


def _place(value: str) -> tuple[int, str]:
    if value == NOT_REPORTED:
        return (len(STATUS_ORDER) + 1, value)
    return (STATUS_ORDER.index(value) if value in STATUS_ORDER else len(STATUS_ORDER), value)
