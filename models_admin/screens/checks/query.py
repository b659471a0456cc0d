"""What the address of the checks page asks for (pure)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urlencode

from models_admin.checks.rules import BY_NAME

MAX_SEARCH = 200  # characters


@dataclass(frozen=True, slots=True)
class Query:
    """Every value is usable. `state` is "" for what is open; `proposal` is "1" for findings that have one."""

    q: str = ""
    rule: str = ""
    state: str = ""
    proposal: str = ""
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        rule, page = params.get("rule", ""), params.get("page", "")
        return cls(
            q=" ".join(params.get("q", "").replace("\0", "").split())[:MAX_SEARCH],
            rule=rule if rule in BY_NAME else "",
            state="dismissed" if params.get("state") == "dismissed" else "",
            proposal="1" if params.get("proposal") == "1" else "",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 8 else 1,
        )

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.rule or self.proposal)

    def encode(self, **changes: Any) -> str:
        """ "?q=…", without what is not asked for; "" where nothing is. Another filter means page 1."""
        pairs = {**asdict(self), "page": 1, **changes}
        given = {name: value for name, value in pairs.items() if value and (name, value) != ("page", 1)}
        return "?" + urlencode(given, errors="replace") if given else ""
