"""What another model proposes for the fields of this one (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from models_admin.files.proposals import Proposal
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import ValueRefused, same, value_read, value_typed
from models_admin.services.reading import CurrentValue
from models_admin.xerotier.fields import BY_NAME

LONGEST_NAME = 100  # characters


def values_proposed(other: Mapping[str, CurrentValue]) -> list[Proposal]:
    """Every value that the other model has and that its field accepts. The source is the other model's name."""
    found = []
    for name, current in other.items():
        if current.value in (None, ""):
            continue
        try:
            value = value_read(value_typed(current.value), field=BY_NAME[name])
        except ValueRefused:
            continue
        if value is not None and same(value, current.value):
            source = shortened(visible(current.model.label), LONGEST_NAME)
            found.append(Proposal(name, value, source))
    return found
