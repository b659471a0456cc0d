"""What pages say about a change that did not simply succeed."""

from dataclasses import dataclass, replace

from django.contrib import messages

from models_admin.errors.explain import Explanation, explain
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.xerotier.errors import ApiError, Outcome

NOTHING_SENT = "Nothing was sent to the API."
EXPIRED = f"This form had expired. {NOTHING_SENT} Confirm again in this new form."
ONCE = "The request was sent once and won't be repeated, but a slow service may still carry it out."
NOT_RECORDED = "The result could not be recorded, so the activity shows it as unknown."


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A result as a dialog or a page. `model_url` is "" where the model, or other thing, no longer exists.

    `back_url` is where the page leads back to, "" for the models.
    """

    title: str
    text: str
    model_url: str = ""
    check_label: str = "Check the model"
    back_url: str = ""
    back_label: str = "Back to models"


def warn_not_recorded(request: Request, *, recorded: bool) -> None:
    """Warn that a result was not recorded. The page shows the result all the same."""
    if not recorded:
        messages.warning(request, NOT_RECORDED)


def explained(error: ApiError, effect: str, *, sent: bool = True) -> Explanation:
    """`explain`, with the effect before the cause, and without a link that would repeat the change.

    `sent` is False if only a read failed. If a change was sent and its outcome is unknown, "try again" would be wrong
    advice.
    """
    found = explain(error)
    lost = sent and error.outcome is Outcome.UNKNOWN
    return replace(
        found,
        detail=f"{effect} {found.detail}".strip(),
        next_step="Check the model before you decide what to do." if lost else found.next_step,
        action="" if found.action == "retry" else found.action,
    )


def sentence(problem: Explanation) -> str:
    """A problem in one line, for a message."""
    return f"{problem.title}. {problem.detail} {problem.next_step}".strip()


def replayed(activity: Activity) -> str:
    """The result of a form that was sent before."""
    outcome = Activity.Outcome
    result = {
        outcome.DONE: "The change was made then. Nothing was sent this time.",
        outcome.REFUSED: f"The change was refused then. {visible(activity.message)}",
        outcome.NOT_SENT: "The change did not reach the API then.",
    }.get(
        outcome(activity.outcome),
        "The result is unknown, and the change may still be in progress. It was not sent again.",
    )
    return f"This form was sent before. {result}".strip()
