"""What the URL of the models page asks for, read and written in one place (pure).

A page, its fragment and its exports therefore agree, and a value that makes no sense falls back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from models_admin.screens.models.columns import SORTS

MAX_SEARCH = 200  # characters; a longer search is cut, as no name is that long

# The API's own names of the same columns: whoever writes a URL by hand may use either.
ALIASES = {column.field: name for name, column in SORTS.items()}
DEFAULT_SORT = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """What the URL asks for. Every value is usable: what the URL got wrong has fallen back."""

    q: str = ""
    status: str = ""
    format: str = ""
    workload: str = ""
    protected: str = ""  # "yes" for protected models alone
    sort: str = DEFAULT_SORT  # a key of SORTS, "-" before it for descending
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        return cls(
            q=" ".join(params.get("q", "").replace("\0", "").split())[:MAX_SEARCH],
            status=_facet(params.get("status", "")),
            format=_facet(params.get("format", "")),
            workload=_facet(params.get("workload", "")),
            protected="yes" if params.get("protected") == "yes" else "",
            sort=_sort(params.get("sort", "")),
            page=_page(params.get("page", "")),
        )

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.status or self.format or self.workload or self.protected)

    def with_(self, **changes: Any) -> Self:
        """The same with changes, back on the first page unless the page is what changes."""
        return replace(self, **{"page": 1, **changes})

    def encode(self) -> str:
        """ "?q=…&page=2", without what is at its default; "" where all of it is."""
        pairs = {
            "q": self.q,
            "status": self.status,
            "format": self.format,
            "workload": self.workload,
            "protected": self.protected,
            "sort": "" if self.sort == DEFAULT_SORT else self.sort,
            "page": "" if self.page == 1 else str(self.page),
        }
        given = {key: value for key, value in pairs.items() if value}
        # A lone surrogate out of a hand-made URL must not fail the page that shows it.
        return "?" + urlencode(given, errors="replace") if given else ""


def _facet(value: str) -> str:
    return value.replace("\0", "").strip().casefold()[:MAX_SEARCH]


def _sort(value: str) -> str:
    sign, name = ("-", value[1:]) if value.startswith("-") else ("", value)
    name = ALIASES.get(name, name)
    return sign + name if name in SORTS else DEFAULT_SORT


def _page(value: str) -> int:
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 10 else 1
