"""What is known about a model beside its ten editable fields, as label and text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models_admin.formatting import display
from models_admin.formatting.odd import odd_value
from models_admin.formatting.text import visible
from models_admin.formatting.values import value_text
from models_admin.models import Activity
from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.parsing import model_from_json
from models_admin.xerotier.schemas import CatalogInfo, Model

LONG = 60  # characters; a longer value gets the full width
LATEST = {True: " · latest", False: " · not the latest", None: ""}


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of a card.

    `css_class`: "" plain, "muted" for no value, "odd" for one in an unexpected form, "mono", "tag", "time", or "code"
    (a block). `exact` is the value that the text rounds or explains, else "". `iso` is the moment of a "time".
    """

    label: str
    text: str
    exact: str = ""
    css_class: str = ""
    iso: str = ""


def file_details(model: Model) -> list[Detail]:
    return [
        _text(model, "format", "Format", css_class="tag"),
        _size(model),
        _version(model),
        _text(model, "owned_by", "Owned by", css_class="mono"),
        moment_detail("Created", model.created_at)
        if model.created_at
        else _absent(model, "created_at", "Created"),
        _text(model, "object", "Object", css_class="mono"),
    ]


def sharing_details(model: Model) -> list[Detail]:
    """What the model itself says about the catalog, until the catalog has answered."""
    shared, role = model.is_shared, model.catalog_role
    return [
        _absent(model, "is_shared", "Shared") if shared is None else _flag("Shared", shared),
        Detail("Catalog role", display.word_label(role))
        if role
        else _absent(model, "catalog_role", "Catalog role"),
    ]


def catalog_details(info: CatalogInfo) -> list[Detail]:
    deployments = info.deployment_count
    return [
        Detail("Role", display.word_label(info.catalog_role)) if info.catalog_role else not_reported("Role"),
        Detail("Deployments", f"{deployments:,}") if deployments is not None else not_reported("Deployments"),
        _flag("On shared agents", info.is_on_shared_agents),
        _flag("Public", info.is_public),
        _flag("Featured", info.featured),
        moment_detail("Shared", info.shared_at),
        *other_details(info.other),
    ]


def other_details(other: Mapping[str, Any]) -> list[Detail]:
    """Keys that this console doesn't know, each with its JSON."""
    return [_other(visible(name) or "(no name)", value) for name, value in sorted(other.items())]


def last_known_details(row: Activity) -> list[Detail]:
    """A deleted model as it was read just before the deletion; empty for any other row."""
    if row.action != Activity.Action.DELETE or not isinstance(row.snapshot, dict):
        return []
    snapshot = dict(row.snapshot)
    other = snapshot.pop("other", None)
    try:
        model = model_from_json({**(other if isinstance(other, dict) else {}), **snapshot})
    except BadAnswer:  # nothing was read before, or the row is damaged
        return []
    status = [Detail("Status", display.status_label(model.status))] if model.status else []
    values = [(item, model.current(item.name)) for item in FIELDS]
    fields = [
        Detail(item.label, value_text(item, value)) for item, value in values if value not in (None, "")
    ]
    found = [*status, *fields, *file_details(model), *other_details(model.other)]
    return [detail for detail in found if detail.text != display.NOT_REPORTED]


def _other(label: str, value: Any) -> Detail:
    if value is None or value == "":
        return Detail(label, display.EMPTY, css_class="muted")
    if isinstance(value, str):
        text = visible(value)
    else:
        text = visible(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    return Detail(label, text, css_class="code" if len(text) > LONG or "\n" in text else "mono")


def _absent(model: Model, name: str, label: str) -> Detail:
    """A field without a value that was understood: what was sent, "Empty" for null, or that nothing was sent."""
    sent = model.sent.get(name)
    if sent not in (None, ""):
        odd = odd_value(name, sent)
        return Detail(label, odd.text, exact=odd.note, css_class="odd")
    if name in model.reported:
        return Detail(label, display.EMPTY, css_class="muted")
    return not_reported(label)


def not_reported(label: str) -> Detail:
    return Detail(label, display.NOT_REPORTED, css_class="muted")


def _text(model: Model, name: str, label: str, *, css_class: str) -> Detail:
    text = model.value(name)
    return Detail(label, visible(text), css_class=css_class) if text else _absent(model, name, label)


def _flag(label: str, value: bool | None) -> Detail:
    return not_reported(label) if value is None else Detail(label, display.flag_text(value))


def _size(model: Model) -> Detail:
    size, as_sent = model.size_bytes, visible(model.size_formatted or "")
    if size is None:
        return (
            Detail("Size", as_sent)
            if as_sent and model.understood("size_bytes")
            else _absent(model, "size_bytes", "Size")
        )
    human, exact = display.size_human(size), display.size_exact(size)
    if as_sent not in ("", human):  # the API's own rounding is shown only where it differs
        exact += f"; {as_sent} according to the API"
    return Detail("Size", human, exact=exact)


def _version(model: Model) -> Detail:
    latest = LATEST[model.is_latest]
    if model.version:
        return Detail("Version", visible(model.version) + latest)
    if latest:
        return Detail("Version", latest.removeprefix(" · ").capitalize())
    return _absent(model, "version", "Version")


def moment_detail(label: str, moment: datetime | None, *, exact: str = "") -> Detail:
    if moment is None:
        return not_reported(label)
    text, iso = display.moment_utc(moment), display.moment_iso(moment)
    return Detail(label, text, exact=exact, css_class="time", iso=iso)
