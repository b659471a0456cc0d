"""What the pages of a job say: its title, its progress, and what can be done with it."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.access.permissions import may, why_not
from models_admin.formatting import display
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import value_text
from models_admin.models import Job, JobItem
from models_admin.screens.jobs.items import DONE_TO
from models_admin.services.approval import OWN, approval_of, is_own_request
from models_admin.services.jobs import ACTS, LEFT, UNDONE, confirm_sentence
from models_admin.xerotier.fields import BY_NAME

State = JobItem.State
LONGEST_VALUE = 60  # characters
SHOWN = (
    State.DONE,
    State.UNCHANGED,
    State.CONFLICT,
    State.REFUSED,
    State.UNKNOWN,
    State.SKIPPED,
    State.WAITING,
)
LEFT_ALONE = (State.UNCHANGED, State.SKIPPED)  # the title counts the others, as it did in the preview
DONE = (State.DONE, State.UNCHANGED)  # the model is as the job wants it
FAILED = (State.CONFLICT, State.REFUSED, State.UNKNOWN)
LEFT_OUT = {
    State.UNCHANGED: "Already have this value",
    State.SKIPPED: "Can't be done",
    State.CONFLICT: "Changed since then",
}
AT_ONCE = 0.1  # seconds until the page asks for the next slice
LOOK_AGAIN = 15.0  # seconds until it does while someone else's calls are in progress


def job_title(job: Job, total: int) -> str:
    """ "Set License to Apache-2.0 on 12 models"."""
    models = display.plural(total, "model")
    if job.action == Job.Action.REPAIR:
        return f"Set {display.plural(total, 'value')} that checks propose"
    label = BY_NAME[job.field].label if job.field in BY_NAME else job.field or "values"
    if job.action == Job.Action.SET:
        value = value_text(BY_NAME[job.field], job.value) if job.field in BY_NAME else ""
        return f"Set {label} to {shortened(' '.join(value.split()), LONGEST_VALUE)} on {models}"
    if job.action == Job.Action.CLEAR:
        return f"Clear {label} on {models}"
    if job.action == Job.Action.UNDO:
        return f"Undo job {job.undoes_id or ''}".strip() + f": {label} of {models}"
    return f"{Job.Action(job.action).label} {models}"


def job_view(
    job: Job,
    counts: Mapping[str, int],
    *,
    user: User,
    now: datetime,
    running: list[str],
    seconds_left: float = 0,
) -> dict[str, Any]:
    """`counts`: items by state. `running`: the models that are being worked on. `seconds_left`: 0 if not known.

    `handled` of `total` models are done, failed or skipped, `left` are to come. `pause` and `delay`, after which the
    page asks for the next slice, are in seconds. `asked` says who asked for deletions, "" where nobody had to.
    """
    total, left = sum(counts.values()), sum(counts.get(state, 0) for state in LEFT)
    at = job.started_at or job.created_at
    pause = max(0, math.ceil((job.resume_at - now).total_seconds())) if job.resume_at else 0
    is_open = job.state == Job.State.OPEN
    return _buttons(job, counts, user, left) | {
        "number": job.pk,
        "title": job_title(job, total - sum(counts.get(state, 0) for state in LEFT_ALONE) or total),
        "url": reverse("job", args=[job.project, job.pk]),
        "who": visible(job.username),
        "when": display.moment_utc(at),
        "when_iso": display.moment_iso(at),
        "state": _state(job, pause),
        "total": total,
        "done": sum(counts.get(state, 0) for state in DONE),
        "failed": sum(counts.get(state, 0) for state in FAILED),
        "handled": total - left,
        "left": left,
        "running": [shortened(visible(name), LONGEST_VALUE) for name in running],
        "counts": _counts(counts, {state: state.label for state in SHOWN}),
        "reason": visible(job.reason),
        "asked": _asked(job),
        "pause": pause if is_open else 0,
        "time_left": _duration(seconds_left + pause) if is_open and left and seconds_left else "",
        "delay": pause or (AT_ONCE if counts.get(State.WAITING) else LOOK_AGAIN),
        "changes_field": job.action in UNDONE,
    }


def _counts(counts: Mapping[str, int], labels: Mapping[State, str]) -> list[dict[str, Any]]:
    """How many items are in each state. States without items are left out."""
    return [
        {"state": state, "label": label, "count": counts[state]}
        for state, label in labels.items()
        if counts.get(state)
    ]


def _asked(job: Job) -> str:
    asked = approval_of(job)
    return f"Asked for by {visible(asked.username)}: {visible(asked.reason)}" if asked else ""


def _buttons(job: Job, counts: Mapping[str, int], user: User, left: int) -> dict[str, Any]:
    """What this person can do with the job now; `why_not` is why they can't, "" where they can.

    `auto`: the page itself asks for the next slice.
    """
    act = ACTS[Job.Action(job.action)]
    reason = why_not(user, act, job.project) or (OWN if is_own_request(job=job, user=user) else "")
    allowed = not reason
    going, resting = (Job.State.OPEN, Job.State.HELD), (Job.State.STOPPED, Job.State.HELD)
    return {
        "why_not": reason,
        "auto": job.state == Job.State.OPEN and allowed and bool(left),
        "can_stop": allowed and job.state in going,
        "can_continue": allowed and bool(left) and job.state in (*resting, Job.State.OPEN),
        "can_undo": may(user, "edit", job.project)
        and job.action in UNDONE
        and not left
        and bool(counts.get(State.DONE)),
        "retry_text": _retry_text(counts) if allowed and not left else "",
    }


def _state(job: Job, pause: int) -> dict[str, str]:
    if job.state == Job.State.OPEN:
        return {"text": "Paused" if pause else "In progress", "tone": "busy"}
    tones = {Job.State.FINISHED: "ok", Job.State.HELD: "bad"}
    return {"text": Job.State(job.state).label, "tone": tones.get(Job.State(job.state), "idle")}


def _retry_text(counts: Mapping[str, int]) -> str:
    """What "Try again" is about, "" if nothing has failed."""
    parts = []
    if refused := counts.get(State.REFUSED, 0):
        parts.append(f"{display.plural(refused, 'model')} refused")
    if unknown := counts.get(State.UNKNOWN, 0):
        parts.append(f"{display.plural(unknown, 'result')} unknown (to be checked, not sent again)")
    return "; ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute"
    minutes = math.ceil(seconds / 60)
    return f"about {display.plural(minutes, 'minute')}" if minutes < 90 else f"about {minutes // 60} hours"


def preview_view(job: Job, counts: Mapping[str, int], *, user: User) -> dict[str, Any]:
    """What a draft would do. `sentence` has to be typed to start a deletion, "" for other actions."""
    act = ACTS[Job.Action(job.action)]
    will = counts.get(State.WAITING, 0)
    changed = counts.get(State.CONFLICT, 0)
    total = sum(counts.values())
    note = ""
    if changed:
        note = f"{changed:,} of {display.plural(total, 'model')} changed since then and will be left alone."
    return {
        "number": job.pk,
        "title": job_title(job, will),
        "will": will,
        "will_label": f"Will be {DONE_TO[Job.Action(job.action)]}",
        "counts": _counts(counts, LEFT_OUT),
        "sentence": confirm_sentence(will) if job.action == Job.Action.DELETE and will else "",
        "start_url": reverse("jobs", args=[job.project]),
        "why_not": why_not(user, act, job.project),
        "changes_field": job.action in UNDONE,
        "is_delete": job.action == Job.Action.DELETE,
        "note": note,
    }
