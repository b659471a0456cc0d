"""Rows of the activity as the templates show them. They never contain a key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from models_admin.access.permissions import Act, why_not
from models_admin.formatting import display
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import change_text
from models_admin.http import address_of
from models_admin.models import Activity, Job
from models_admin.screens.jobs.page import job_title
from models_admin.screens.model.details import last_known_details
from models_admin.services.activity import DEAD_AFTER, UNKNOWNS, undo_obstacle, version_of
from models_admin.services.activity_search import changes_of_jobs
from models_admin.services.protection import protection_sentence, protections_of
from models_admin.services.undoing import undo_token
from models_admin.xerotier.fields import BY_NAME

NEVER_RECORDED = "The change may have been sent, but the result was never recorded."
HINTS = {
    Activity.Action.REVALIDATE: "",
    Activity.Action.DELETE: "Check whether the model still exists.",
    Activity.Action.SHARE: "Check whether the model is shared.",
    Activity.Action.UNSHARE: "Check whether the model is shared.",
    Activity.Action.VERSION: "Check whether the version exists.",
    Activity.Action.PROMOTE: "Check which version is the latest.",
    Activity.Action.CANCEL_UPLOAD: "Check the list of uploads.",
}
# What a change of something other than a field is called, done and tried. "{}" is its version.
DEEDS = {
    Activity.Action.REVALIDATE: ("revalidated", "revalidate"),
    Activity.Action.DELETE: ("deleted the model", "delete the model"),
    Activity.Action.SHARE: ("shared the model", "share the model"),
    Activity.Action.UNSHARE: ("unshared the model", "unshare the model"),
    Activity.Action.VERSION: ("created version {}", "create version {}"),
    Activity.Action.PROMOTE: ("made version {} the latest", "make version {} the latest"),
    Activity.Action.CANCEL_UPLOAD: ("cancelled the upload", "cancel the upload"),
    Activity.Action.PROTECT: ("protected the model", "protect the model"),
    Activity.Action.ASK_DELETE: ("asked for the deletion", "ask for the deletion"),
    Activity.Action.DECLINE_DELETE: ("declined the deletion", "decline the deletion"),
    Activity.Action.WITHDRAW_DELETE: ("withdrew the request to delete", "withdraw the request to delete"),
    Activity.Action.SETTINGS: ("changed the project's settings", "change the project's settings"),
    Activity.Action.UNPROTECT: ("lifted the protection", "lift the protection"),
}
OTHER_LABELS = {
    "is_shared": "Shared",
    "version": "Version",
    "version_notes": "Notes",
    "latest_version": "Latest version",
    "upload_status": "Status",
    "protection": "Reason of the protection",
    "asked_by": "Asked by",
    "asked_reason": "Reason",
    "approve_deletions": "Second person for deletions",
}
FACTS = {"asked_by", "asked_reason"}  # entries that change nothing, and so have no value before
LONG = 160  # characters of a value in a list
LONG_ID = 12  # characters of an ID in a list; a longer one is cut to its beginning
ID_START = 8


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One field before and after. `before` is "" for a fact that has none."""

    label: str
    before: str
    after: str


def activity_views(rows: Iterable[Activity], *, user: User) -> list[dict[str, Any]]:
    """One query, for the protections of their models: a protected model has no Undo."""
    rows = list(rows)
    found = protections_of(*{row.project for row in rows}) if rows else {}
    protected = {key: protection_sentence(item) for key, item in found.items()}
    return [
        activity_view(row, user=user, protected=protected.get((row.project, row.model_id), ""))
        for row in rows
    ]


def jobs_grouped(views: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows where the newest one of each job stands for all of its changes, with `job_title`. Two queries."""
    views = list(views)
    counts = changes_of_jobs({view["job"] for view in views if view["job"]})
    jobs = Job.objects.in_bulk([number for number, count in counts.items() if count > 1])
    for view in views:
        if job := jobs.get(view["job"]):
            count = counts[job.pk]
            view |= {"job_title": job_title(job, count), "job_rows_text": f"Show all {count:,} changes"}
    return views


def activity_view(row: Activity, *, user: User, protected: str = "", whole: bool = False) -> dict[str, Any]:
    """`protected` says why its model is protected, "" if it isn't. `whole`: long values are not cut.

    All texts are plain. `tone` is "done", "refused" or "unknown", `outcome` its word, and `message` the sentence after
    it. `undo_token` is "" where it can't be undone; `obstacle` then says why. `job` is 0 for a change without a job.
    """
    obstacle = undo_obstacle(row) or why_not(user, _act_of_undo(row), row.project) or protected
    outcome, tone, message = outcome_words(row)
    is_upload = row.action == Activity.Action.CANCEL_UPLOAD
    url = reverse("activity-change", args=[row.project, row.pk])
    return {
        "number": row.pk,
        "who": visible(row.username),
        "day": display.day_long(row.created_at),
        "when": display.moment_utc(row.created_at),
        "when_iso": display.moment_iso(row.created_at),
        "project": row.project,
        "model": visible(row.model_name or row.model_id),
        "model_id": row.model_id,
        "id_start": row.model_id if len(row.model_id) <= LONG_ID else f"{row.model_id[:ID_START]}…",
        "id_label": "upload ID" if is_upload else "model ID",
        "model_url": address_of("upload" if is_upload else "model", row.project, row.model_id),
        "url": url,
        "action": row.get_action_display(),
        "summary": _summary(row),
        "changes": tuple(_change_view(entry, whole=whole) for entry in change_entries(row)),
        "outcome": outcome,
        "tone": tone,
        "message": visible(message),
        "api_request_id": visible(row.api_request_id),
        "request_id": row.request_id,
        "undo_url": f"{url}undo/",
        "undo_token": "" if obstacle else undo_token(row, user=user),
        "obstacle": obstacle,
        "undoes_url": reverse("activity-change", args=[row.project, row.undoes_id]) if row.undoes_id else "",
        "job": row.job_id or 0,
        "job_url": reverse("job", args=[row.project, row.job_id]) if row.job_id else "",
        "job_rows_url": reverse("activity", args=[row.project]) + f"?job={row.job_id}" if row.job_id else "",
        "last_known": last_known_details(row),
    }


def _act_of_undo(row: Activity) -> Act:
    return "publish" if row.action == Activity.Action.PROMOTE else "edit"


def change_entries(row: Activity) -> list[dict[str, Any]]:
    return [entry for entry in row.changes if isinstance(entry, dict)]


def _summary(row: Activity) -> str:
    """ "changed context length", "tried to revalidate"."""
    label = BY_NAME[row.field].label.lower() if row.field in BY_NAME else visible(row.field)
    if not row.field and row.changes:
        label = f"{len(row.changes)} fields"
    if row.action == Activity.Action.EDIT:
        cleared = len(row.changes) == 1 and row.changes[0].get("after") in (None, "")
        done, tried = ("cleared", "clear") if cleared else ("changed", "change")
        return f"{done} {label}" if row.outcome == Activity.Outcome.DONE else f"tried to {tried} {label}"
    done, tried = f"undid a change to {label}", f"undo a change to {label}"
    if row.action != Activity.Action.UNDO:
        version = visible(version_of(row))
        done, tried = (deed.format(version) for deed in DEEDS[Activity.Action(row.action)])
    return done if row.outcome == Activity.Outcome.DONE else f"tried to {tried}"


def outcome_words(row: Activity) -> tuple[str, str, str]:
    """The word, its tone, and the sentence after it."""
    if row.outcome == Activity.Outcome.INTENT:
        if timezone.now() - row.created_at < DEAD_AFTER:
            return "In progress", "unknown", ""
        hint = HINTS.get(Activity.Action(row.action), "Check the value before you change it again.")
        return "Unknown", "unknown", f"{NEVER_RECORDED} {hint}".strip()
    if row.outcome == Activity.Outcome.UNKNOWN and row.status == 202:
        return "Accepted", "unknown", row.message
    label = Activity.Outcome(row.outcome).label
    tone = "done" if row.outcome == Activity.Outcome.DONE else "refused"
    return label, "unknown" if row.outcome in UNKNOWNS else tone, row.message


def _change_view(entry: dict[str, Any], *, whole: bool) -> ChangeView:
    name = str(entry.get("field", ""))
    before = change_text(name, entry.get("before")) if entry.get("before_known", True) else "Not known"
    after = change_text(name, entry.get("after"))
    before = "" if name in FACTS else before
    return ChangeView(
        label=BY_NAME[name].label if name in BY_NAME else OTHER_LABELS.get(name) or visible(name),
        before=before if whole else shortened(before, LONG),
        after=after if whole else shortened(after, LONG),
    )
