"""Reads the versions of a model. The format of the list is left open by the API's documentation.

Older servers write the keys in camelCase.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models_admin.xerotier.lists import items_of
from models_admin.xerotier.parsing import flag_of, text_of, time_of, value_of


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a model. `is_latest` is None and texts are "" where the answer has none. `created` is aware."""

    version: str
    is_latest: bool | None = None
    created: datetime | None = None
    notes: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class VersionList:
    """The versions in the order of the answer. `complete` is False where there are more, or one can't be read."""

    versions: tuple[Version, ...]
    complete: bool = True

    @property
    def latest(self) -> str | None:
        """The latest version; None where the answer marks none, or several."""
        found = [item.version for item in self.versions if item.is_latest]
        return found[0] if len(found) == 1 else None

    def find(self, version: str) -> Version | None:
        return next((item for item in self.versions if item.version == version), None)


def versions_from_json(data: Mapping[str, Any], *, request_id: str | None = None) -> VersionList:
    """Raises BadAnswer where the answer has no list. A bare list is passed as `{"data": [...]}`."""
    return VersionList(*items_of(data, "versions", version_from_json, request_id=request_id))


def version_from_json(item: object) -> Version | None:
    """One version; None if it does not say which one it is."""
    if not isinstance(item, dict):
        return None
    version = text_of(item.get("version"))
    if not version:
        return None
    return Version(
        version,
        is_latest=value_of(item, ("is_latest", "isLatest"), flag_of)[1],
        created=value_of(item, ("created", "created_at", "createdAt"), time_of)[1],
        notes=value_of(item, ("version_notes", "versionNotes"), text_of)[1] or "",
        status=text_of(item.get("status")) or "",
    )
