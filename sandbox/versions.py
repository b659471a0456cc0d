"""The versions of a model: the optional routes, in the forms that servers are known or guessed to use."""

import re
import time
from typing import Any

from .refusals import Refusal, invalid, scope_missing
from .store import Project, Store

SEMVER = re.compile(
    r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?", re.A
)
NOTES = ("version_notes", "versionNotes")  # the older name is taken too
LONGEST_NOTES = 10_000
FIRST = "1.0.0"


def listed(store: Store, project: Project, model_id: str) -> Any:
    """All versions, newest first. Raises Refusal 403 or 404."""
    with store.lock:
        found = _versions(store, project, model_id)
        settings = store.settings
        page = found[: settings.versions_page or None]
        items = [_written(item, model_id, settings.versions_case) for item in page]
        if settings.versions_format == "list":
            return items
        more = {"has_more": len(page) < len(found)} if settings.versions_page else {}
        return {settings.versions_format: items} | more


def add(store: Store, project: Project, model_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Adds a version. Raises Refusal 400, 403, 404 or 409, and then changes nothing."""
    with store.lock:
        found = _versions(store, project, model_id)
        version = body.get("version")
        if not isinstance(version, str) or not SEMVER.fullmatch(version):
            raise invalid("version", "'version' must be a semantic version such as 2.0.0.")
        notes = next((body[name] for name in NOTES if name in body), None)
        if notes is not None and not _is_text(notes):
            raise invalid(
                "version_notes", f"'version_notes' must be text of at most {LONGEST_NOTES} characters."
            )
        if any(item["version"] == version for item in found):
            raise _refused(store, "version_exists", f"Version {version} exists already.")
        found.insert(0, _version(model_id, version, notes, len(found)))
        if store.settings.new_version_is_latest:
            _make_latest(store, project, model_id, version)
        return _written(found[0], model_id, store.settings.versions_case)


def promote(store: Store, project: Project, model_id: str, version: str) -> dict[str, Any]:
    """Makes a version the latest. Raises Refusal 403, 404, or a refusal if it is the latest already."""
    with store.lock:
        chosen = next((v for v in _versions(store, project, model_id) if v["version"] == version), None)
        if chosen is None:
            raise Refusal(404, "version_not_found", f"Version '{version}' was not found.")
        if chosen["is_latest"]:
            raise _refused(store, "version_is_latest", f"Version {version} is the latest already.")
        _make_latest(store, project, model_id, version)
        return _written(chosen, model_id, store.settings.versions_case)


def _versions(store: Store, project: Project, model_id: str) -> list[dict[str, Any]]:
    if store.settings.versions == "forbidden":
        raise scope_missing()
    record = store.model(project, model_id)
    if model_id not in project.versions:
        first = _version(model_id, record.facts["version"] or FIRST, None, 0)
        first["created"], first["is_latest"] = record.facts["created"], True
        project.versions[model_id] = [first]
    return project.versions[model_id]


def _version(model_id: str, version: str, notes: str | None, number: int) -> dict[str, Any]:
    return {
        "id": f"ver_{model_id[:8]}_{number}",
        "object": "model.version",
        "version": version,
        "is_latest": False,
        "created": int(time.time()),
        "version_notes": notes,
        "status": None,
    }


def _make_latest(store: Store, project: Project, model_id: str, version: str) -> None:
    for item in project.versions[model_id]:
        item["is_latest"] = item["version"] == version
    if store.settings.promote_changes_model:
        store.model(project, model_id).change({"version": version})


def _written(item: dict[str, Any], model_id: str, case: str) -> dict[str, Any]:
    if case == "snake":
        return dict(item)
    return {
        "id": item["id"],
        "version": item["version"],
        "parentVersionId": model_id,
        "isLatest": item["is_latest"],
        "versionNotes": item["version_notes"],
        "created": item["created"],
    }


def _refused(store: Store, code: str, message: str) -> Refusal:
    return Refusal(store.settings.version_refusal, code, message)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_NOTES:
        return False
    return not any("\ud800" <= char <= "\udfff" for char in value)
