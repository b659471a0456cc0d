"""What is known of a model beside its ten editable fields, as label and text (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.xerotier.schemas import CatalogInfo, Model

LONG = 60  # characters; a longer value gets the full width


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card. `look`: "" plain, "muted" for no value, "mono", "tag", "time", "code" (a block).

    `exact` is what the text rounds, "" where it rounds nothing. `iso` is the moment of a "time".
    """

    label: str
    text: str
    exact: str = ""
    look: str = ""
    iso: str = ""


def file_facts(model: Model) -> list[Fact]:
    return [
        _word(model, "format", "Format", look="tag"),
        _size(model),
        _version(model),
        _word(model, "owned_by", "Owned by", look="mono"),
        _created(model),
        _word(model, "object", "Object", look="mono"),
    ]


def sharing_facts(model: Model) -> list[Fact]:
    """What the model's own record says of the catalog, until the catalog itself has answered."""
    return [_flag(model, "is_shared", "Shared"), _role(model)]


def catalog_facts(info: CatalogInfo) -> list[Fact]:
    deployments = info.deployment_count
    facts = [
        Fact("Role", display.word_label(info.catalog_role)) if info.catalog_role else _none("Role"),
        Fact("Deployments", f"{deployments:,}") if deployments is not None else _none("Deployments"),
        _told("On shared agents", info.is_on_shared_agents),
        _told("Public", info.is_public),
        _told("Featured", info.featured),
        _moment("Shared", info.shared_at) if info.shared_at else _none("Shared"),
    ]
    return facts + other_facts(info.other)


def other_facts(other: Mapping[str, Any]) -> list[Fact]:
    """Keys that this console does not know, each with its JSON. Any value is only text here."""
    return [_other(name, value) for name, value in sorted(other.items())]


def _other(key: str, value: Any) -> Fact:
    name = key or "(no name)"
    if value is None or value == "":
        return Fact(visible(name), display.EMPTY, look="muted")
    if isinstance(value, bool):
        return Fact(visible(name), "true" if value else "false", look="mono")
    if isinstance(value, str):
        text = visible(value)
    else:
        text = visible(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    return Fact(visible(name), text, look="code" if len(text) > LONG or "\n" in text else "mono")


def _absent(model: Model, name: str, label: str) -> Fact:
    return Fact(label, display.EMPTY, look="muted") if name in model.reported else _none(label)


def _none(label: str) -> Fact:
    return Fact(label, display.NOT_REPORTED, look="muted")


def _word(model: Model, name: str, label: str, *, look: str) -> Fact:
    text = getattr(model, name)
    return Fact(label, visible(text), look=look) if text else _absent(model, name, label)


def _flag(model: Model, name: str, label: str) -> Fact:
    value = getattr(model, name)
    return _absent(model, name, label) if value is None else Fact(label, display.flag_text(value))


def _told(label: str, value: bool | None) -> Fact:
    return _none(label) if value is None else Fact(label, display.flag_text(value))


def _role(model: Model) -> Fact:
    role, label = model.catalog_role, "Catalog role"
    return Fact(label, display.word_label(role)) if role else _absent(model, "catalog_role", label)


def _size(model: Model) -> Fact:
    size, written = model.size_bytes, visible(model.size_formatted or "")
    if size is None:
        return Fact("Size", written) if written else _absent(model, "size_bytes", "Size")
    human = display.size_human(size)
    # The API's own rounding is worth a word only where it says something else.
    exact = display.size_exact(size) + (f"; the API writes {written}" if written not in ("", human) else "")
    return Fact("Size", human, exact=exact)


def _version(model: Model) -> Fact:
    latest = {True: " · latest", False: " · not the latest", None: ""}[model.is_latest]
    if model.version:
        return Fact("Version", visible(model.version) + latest)
    if latest:
        return Fact("Version", latest.removeprefix(" · ").capitalize())
    return _absent(model, "version", "Version")


def _created(model: Model) -> Fact:
    if model.created_at is None:
        return _absent(model, "created_at", "Created")
    return _moment("Created", model.created_at)


def _moment(label: str, moment: Any) -> Fact:
    return Fact(label, display.moment_utc(moment), look="time", iso=display.moment_iso(moment))
