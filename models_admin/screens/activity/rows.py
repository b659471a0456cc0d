"""Rows of the activity, prepared so that templates only print. They never hold a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from models_admin.access.permissions import REASONS
from models_admin.access.tokens import token_issue
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.formatting.values import change_text
from models_admin.models import Activity
from models_admin.screens.model.details import Fact
from models_admin.screens.model.last_known import last_known
from models_admin.services.activity import UNKNOWNS, undo_obstacle
from models_admin.xerotier.fields import BY_NAME

UNDER_WAY = timedelta(seconds=45)  # longer than any call; then nobody will complete the row any more
NEVER_RECORDED = "It was about to be sent, and what came of it was never recorded."
HINTS = {Activity.Action.REVALIDATE: "", Activity.Action.DELETE: "Look whether the model is still there."}
LONG = 160  # characters of a value in a list; the whole stands in its title


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One field before and after, in words. `*_whole` is the uncut text, "" where nothing was cut."""

    label: str
    before: str
    after: str
    before_whole: str = ""
    after_whole: str = ""


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One row in words. All texts are plain: escape them.

    `tone` is "done", "refused" or "unknown"; `outcome` is the word, `told` the sentence after it.
    `undo_token` is "" where it cannot be undone; `obstacle` then says why. `last_known` is what a deleted
    model was like.
    """

    number: int
    who: str
    when: str
    when_iso: str
    project: str
    model: str
    model_id: str
    model_url: str
    action: str
    deed: str
    changes: tuple[ChangeView, ...]
    outcome: str
    tone: str
    told: str
    api_request_id: str
    request_id: str
    undo_url: str
    undo_token: str
    obstacle: str
    undoes: int | None
    last_known: list[Fact]


def activity_views(rows: Iterable[Activity], *, user: User, may_edit: bool) -> list[ActivityView]:
    return [activity_view(row, user=user, may_edit=may_edit) for row in rows]


def activity_view(row: Activity, *, user: User, may_edit: bool) -> ActivityView:
    obstacle = undo_obstacle(row) or ("" if may_edit else REASONS["edit"])
    outcome, tone, told = outcome_words(row)
    return ActivityView(
        number=row.pk,
        who=visible(row.username),
        when=display.moment_utc(row.created_at),
        when_iso=display.moment_iso(row.created_at),
        project=row.project,
        model=visible(row.model_name or row.model_id),
        model_id=row.model_id,
        model_url=_model_url(row),
        action=row.get_action_display(),
        deed=_deed(row),
        changes=tuple(_change_view(entry) for entry in change_entries(row)),
        outcome=outcome,
        tone=tone,
        told=visible(told),
        api_request_id=visible(row.api_request_id),
        request_id=row.request_id,
        undo_url=reverse("activity-undo", args=[row.project, row.pk]),
        undo_token="" if obstacle else undo_token(row, user=user),
        obstacle=obstacle,
        undoes=row.undoes_id,
        last_known=last_known(row),
    )


def undo_token(row: Activity, *, user: User) -> str:
    return token_issue(user=user, project=row.project, model_id=row.model_id, purpose=f"undo:{row.pk}")


def change_entries(row: Activity) -> list[dict[str, Any]]:
    return [entry for entry in row.changes if isinstance(entry, dict)]


def _deed(row: Activity) -> str:
    """ "changed context length", "revalidated": what was done, or tried."""
    label = BY_NAME[row.field].label.lower() if row.field in BY_NAME else visible(row.field)
    if row.action == Activity.Action.EDIT:
        cleared = row.changes and row.changes[0].get("after") in (None, "")
        done, tried = ("cleared", "clear") if cleared else ("changed", "change")
        return f"{done} {label}" if row.outcome == Activity.Outcome.DONE else f"tried to {tried} {label}"
    done, tried = {
        Activity.Action.UNDO: (f"undid a change of {label}", f"undo a change of {label}"),
        Activity.Action.REVALIDATE: ("revalidated", "revalidate"),
        Activity.Action.DELETE: ("deleted the model", "delete the model"),
    }.get(Activity.Action(row.action), (row.action, row.action))
    return done if row.outcome == Activity.Outcome.DONE else f"tried to {tried}"


def outcome_words(row: Activity) -> tuple[str, str, str]:
    """The word, its tone, and the sentence after it."""
    if row.outcome == Activity.Outcome.INTENT:
        if timezone.now() - row.created_at < UNDER_WAY:
            return "Under way", "unknown", ""
        hint = HINTS.get(Activity.Action(row.action), "Look at the value before you change it again.")
        return "Unknown", "unknown", f"{NEVER_RECORDED} {hint}".strip()
    label = Activity.Outcome(row.outcome).label
    tone = "done" if row.outcome == Activity.Outcome.DONE else "refused"
    return label, "unknown" if row.outcome in UNKNOWNS else tone, row.message


def _change_view(entry: dict[str, Any]) -> ChangeView:
    name = str(entry.get("field", ""))
    before = change_text(name, entry.get("before")) if entry.get("before_known", True) else "Not known"
    after = change_text(name, entry.get("after"))
    return ChangeView(
        label=BY_NAME[name].label if name in BY_NAME else visible(name),
        before=_cut(before),
        after=_cut(after),
        before_whole=before if len(before) > LONG else "",
        after_whole=after if len(after) > LONG else "",
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _model_url(row: Activity) -> str:
    try:
        return reverse("model", args=[row.project, row.model_id])
    except NoReverseMatch:
        return ""
