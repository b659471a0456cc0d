"""The card of a model's versions, prepared so that its templates only print."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.errors.explain import Explanation
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import address_of
from models_admin.services.versions import CREATE, promote_token
from models_admin.xerotier.snippets import Snippets, model_url, promote_url, snippets
from models_admin.xerotier.versions import Version, VersionList

EXAMPLE = {"version": "2.0.0", "version_notes": "What is new"}


@dataclass(frozen=True, slots=True)
class VersionForm:
    """The form of a new version: what was typed, and why it was refused ("" if it wasn't)."""

    token: str
    version: str = ""
    notes: str = ""
    error: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.version or self.notes or self.error)


@dataclass(frozen=True, slots=True)
class VersionsPanel:
    """The card. `url` is its own address.

    `rows` is None where the versions were not read: the page loads them if `loads`. `reason` says why the buttons are
    disabled, "" where they are enabled. `note` says what isn't known. `problem` is why a change was not made.
    """

    url: str
    reason: str
    rows: list[dict[str, Any]] | None = None
    note: str = ""
    form: VersionForm | None = None
    problem: Explanation | None = None
    loads: bool = False
    create_snippets: Snippets | None = None
    promote_snippets: Snippets | None = None


def versions_loading(
    *, access: Access, model_id: str, offered: bool | None, protected: str = ""
) -> VersionsPanel | None:
    """The card of a page that was just opened; None where the API has no versions. `protected` is "" or why."""
    if offered is False:
        return None
    return VersionsPanel(_url(access, model_id), _reason(access, protected), loads=True)


def versions_panel(
    *,
    access: Access,
    model_id: str,
    versions: VersionList | None,
    typed: tuple[str, str] = ("", ""),
    error: str = "",
    problem: Explanation | None = None,
    protected: str = "",
) -> VersionsPanel:
    """`versions` is None where they couldn't be read. `typed` are the version and notes of a form that was refused.

    `protected` is the sentence about the model's protection, "" for none.
    """
    url = model_url(settings.XEROTIER_API_URL, project=access.project, model_id=model_id)
    reason = _reason(access, protected)
    rows = (
        None if versions is None else [_row(access, model_id, item, versions) for item in versions.versions]
    )
    other = next((row["version"] for row in rows or [] if row["promote_url"]), "1.0.0")
    return VersionsPanel(
        url=_url(access, model_id),
        reason=reason,
        rows=rows,
        note=_note(versions) if versions else "",
        form=None if reason else VersionForm(access.form_token(model_id, CREATE), *typed, error),
        problem=problem,
        create_snippets=snippets("POST", f"{url}/versions", body=EXAMPLE),
        promote_snippets=snippets("POST", promote_url(url, other)),
    )


def _url(access: Access, model_id: str) -> str:
    return reverse("model-versions", args=[access.project, model_id])


def _reason(access: Access, protected: str) -> str:
    return access.why_not("publish") or protected


def _row(access: Access, model_id: str, item: Version, versions: VersionList) -> dict[str, Any]:
    """One version. All texts are plain. `promote_url` is "" where there is no button."""
    is_latest = bool(item.is_latest)
    url = "" if is_latest else address_of("model-promote", access.project, model_id, item.version)
    token = ""
    if url:
        token = promote_token(access=access, model_id=model_id, version=item.version, latest=versions.latest)
    return {
        "version": visible(item.version),
        "is_latest": is_latest,
        "created": display.moment_utc(item.created) if item.created else "",
        "created_iso": display.moment_iso(item.created) if item.created else "",
        "notes": visible(item.notes),
        "status": visible(item.status),
        "promote_url": url,
        "token": token,
    }


def _note(versions: VersionList) -> str:
    parts = []
    if versions.latest is None and versions.versions:
        parts.append("The API doesn't say which version is the latest.")
    if not versions.complete:
        parts.append("The list may not be complete.")
    return " ".join(parts)
