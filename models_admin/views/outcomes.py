"""What a page says after a change that did not simply succeed: the explanation, with the effect put first."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages

from models_admin.errors.explain import Explanation, explain
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.xerotier.errors import ApiError, Outcome

NOTHING_SENT = "Nothing was sent to the API."
NOT_RECORDED = "What came of it could not be written to the activity, which shows it as unknown."


def unrecorded_tell(request: Request, *, recorded: bool) -> None:
    """The outcome is told all the same: the database being away must not hide what the API did."""
    if not recorded:
        messages.warning(request, NOT_RECORDED)


def explained(error: ApiError, effect: str, *, sent: bool = True) -> Explanation:
    """`explain`, with what is known of the effect in front of the cause. No link retries a change.

    `sent` is False where only a reading failed. Where a change was sent and its outcome is unknown,
    "try again" would be the wrong advice.
    """
    found = explain(error)
    lost = sent and error.outcome is Outcome.UNKNOWN
    return replace(
        found,
        detail=f"{effect} {found.detail}".strip(),
        next_step="Look at the model again before you decide what to do." if lost else found.next_step,
        action="" if found.action == "retry" else found.action,
    )


def plain(title: str, detail: str, *, next_step: str = "", status: int = 409) -> Explanation:
    """An explanation of something that no call failed for."""
    return Explanation(
        title=title,
        detail=detail,
        side="yours",
        next_step=next_step,
        retry_after=None,
        request_id=None,
        code=None,
        http_status=status,
    )


def sentence(problem: Explanation) -> str:
    """A problem in one line, for a message."""
    return f"{problem.title}. {problem.detail} {problem.next_step}".strip()


def replayed(activity: Activity) -> str:
    """What came of the form the first time."""
    outcome = Activity.Outcome
    said = {
        outcome.DONE: "It was done then; nothing was sent again.",
        outcome.REFUSED: f"It was refused then. {visible(activity.message)}",
        outcome.NOT_SENT: "It did not reach the API then.",
    }.get(
        outcome(activity.outcome),
        "Its outcome is not known; it may still be under way. It was not sent again.",
    )
    return f"This form was sent before. {said}".strip()
