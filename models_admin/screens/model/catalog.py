"""The catalog card: what the model itself says about sharing, and what the catalog answers.

The panel is loaded after the page. What the page knows of the model travels to it in the address, which saves a
second call. It is only ever shown back to the person who asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse

from models_admin.formatting import display
from models_admin.screens.model.details import catalog_details
from models_admin.xerotier.schemas import CatalogInfo, Model

LONGEST_ROLE = 40  # characters; the documented ones are single words


@dataclass(frozen=True, slots=True)
class SharingState:
    """What the model itself says: whether it is shared (None: not reported), and its catalog role ("": none)."""

    shared: bool | None = None
    role: str = ""

    @classmethod
    def of(cls, model: Model) -> Self:
        return cls(model.is_shared, (model.catalog_role or "")[:LONGEST_ROLE])

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        shared = {"yes": True, "no": False}.get(params.get("shared", ""))
        role = params.get("role", "")[:LONGEST_ROLE]
        return cls(shared, role if role.replace("_", "").isalnum() else "")

    def encode(self) -> str:
        pairs = {"shared": {None: "", True: "yes", False: "no"}[self.shared], "role": self.role}
        return urlencode({name: value for name, value in pairs.items() if value})


def catalog_links(project: str, model_id: str, sharing: SharingState) -> dict[str, str]:
    """The address of the panel, and of the page that shows it without JavaScript."""
    query = sharing.encode()
    return {
        "catalog_url": reverse("model-catalog", args=[project, model_id]) + (f"?{query}" if query else ""),
        "catalog_link": reverse("model", args=[project, model_id]) + "?catalog=1#catalog",
    }


def catalog_context(info: CatalogInfo | None, sharing: SharingState) -> dict[str, Any]:
    """The panel once the catalog has answered: "known", or "absent", as for most models."""
    if info is None:
        differs = "The model itself is marked as shared." if sharing.shared else ""
        return {"catalog_state": "absent", "catalog_differs": differs}
    return {
        "catalog_state": "known",
        "catalog_details": catalog_details(info),
        "catalog_differs": _differs(info, sharing),
    }


def _differs(info: CatalogInfo, sharing: SharingState) -> str:
    """One sentence where the model itself contradicts the catalog, else ""."""
    parts = ["is marked as not shared"] if sharing.shared is False else []
    if sharing.role and info.catalog_role and sharing.role.casefold() != info.catalog_role.casefold():
        parts.append(f"has the role {display.word_label(sharing.role)}")
    return f"The model itself {' and '.join(parts)}." if parts else ""
