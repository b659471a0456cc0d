"""What a file proposes for a field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.parsing import count_of

LONGEST_TEXT = 255


class FileRefused(ValueError):
    """The file could not be read. The message says why, for the person who chose it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value for one editable field, text or whole number. `source` names where it is written."""

    field: str
    value: str | int
    source: str


@dataclass(slots=True)
class Found:
    """What one file or several have. `notes` are sentences about what could not be derived."""

    proposals: list[Proposal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def number(self, name: str, value: Any, source: str) -> bool:
        """Propose a whole number; `4096.0` and "4096" are taken. False if it is none that the field accepts."""
        count, limits = count_of(value), BY_NAME[name]
        if count is None or not limits.minimum <= count <= limits.maximum:
            return False
        self.proposals.append(Proposal(name, count, source))
        return True

    def text(self, name: str, value: Any, source: str) -> bool:
        """Propose a text of one line. False for anything else."""
        line = value.strip() if isinstance(value, str) else ""
        if not line or len(line) > LONGEST_TEXT or not line.isprintable():
            return False
        self.proposals.append(Proposal(name, line, source))
        return True

    def first_number(
        self, name: str, places: Iterable[tuple[Mapping[str, Any], str]], keys: Iterable[str]
    ) -> None:
        """Propose the first usable number under one of the keys, in the first place that has one."""
        for holder, where in places:
            if any(self.number(name, holder.get(key), f"{key} in {where}") for key in keys):
                return
