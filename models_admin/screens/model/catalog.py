"""The catalog card: what the model itself says and what the catalog answers, told once (pure).

The panel is read on its own, after the page. What the page knows of the model travels to it in the address, so
that it costs no second call; it is only ever shown back to whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from models_admin.formatting import display
from models_admin.screens.model import details
from models_admin.xerotier.schemas import CatalogInfo, Model

LONGEST_ROLE = 40  # characters; the documented ones have one word


@dataclass(frozen=True, slots=True)
class Own:
    """What the model's own record says: whether it is shared (None: not told), and its role ("": none)."""

    shared: bool | None = None
    role: str = ""

    @classmethod
    def of(cls, model: Model) -> Own:
        return cls(model.is_shared, (model.catalog_role or "")[:LONGEST_ROLE])

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Own:
        shared = {"yes": True, "no": False}.get(params.get("shared", ""))
        role = params.get("role", "")[:LONGEST_ROLE]
        return cls(shared, role if role.replace("_", "").isalnum() else "")

    def encode(self) -> str:
        told = {None: "", True: "yes", False: "no"}[self.shared]
        pairs = {"shared": told, "role": self.role}
        return urlencode({name: value for name, value in pairs.items() if value})


def catalog_links(project: str, model_id: str, own: Own) -> dict[str, str]:
    """Where the panel is, and the page that shows it without scripts."""
    query = own.encode()
    return {
        "catalog_url": reverse("model-catalog", args=[project, model_id]) + (f"?{query}" if query else ""),
        "catalog_link": reverse("model", args=[project, model_id]) + "?catalog=1#catalog",
    }


def catalog_context(info: CatalogInfo | None, own: Own) -> dict[str, Any]:
    """The panel once the catalog has answered: "known", or "absent", which is the normal state."""
    if info is None:
        shared = "The model's own record says that it is shared." if own.shared else ""
        return {"catalog_state": "absent", "catalog_differs": shared}
    return {
        "catalog_state": "known",
        "catalog_facts": details.catalog_facts(info),
        "catalog_differs": _differs(info, own),
    }


def _differs(info: CatalogInfo, own: Own) -> str:
    """One sentence where the model's own record contradicts the catalog, else ""."""
    parts = ["it is not shared"] if own.shared is False else []
    if own.role and info.catalog_role and own.role.casefold() != info.catalog_role.casefold():
        parts.append(f"its role is {display.word_label(own.role)}")
    return f"The model's own record says otherwise: {' and '.join(parts)}." if parts else ""
