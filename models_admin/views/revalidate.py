"""Revalidating a model: one press of the button, and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.polling import FIRST_DELAY, Memory
from models_admin.screens.model.status import lifecycle_context, live_stale
from models_admin.services.audit import AlreadyUsed
from models_admin.services.reading import model_look_again
from models_admin.services.reconcile import VALIDATING
from models_admin.services.revalidating import Revalidated, WrongStatus, model_revalidate
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.outcomes import NOTHING_SENT, explained, plain, replayed, sentence, unrecorded_tell
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model

EFFECTS = {
    "refused": "The model was not revalidated.",
    "not_sent": f"The model was not revalidated. {NOTHING_SENT}",
    "gone": "The model was not revalidated, because the API has no such model any more.",
    "unknown": "It is not known whether the revalidation was started. It was sent once and is not repeated.",
}


@require_POST
@connected
def revalidate(request: Request, access: Access, model_id: str) -> HttpResponse:
    try:
        result = model_revalidate(access=access, model_id=model_id, token=request.POST.get("token", ""))
    except WrongStatus as wrong:
        problem = plain("This model cannot be revalidated now", f"{wrong} {NOTHING_SENT}")
        return _failed(request, access, model_id, problem, wrong.model)
    except TokenStale:
        problem = plain(
            "This button is no longer valid",
            NOTHING_SENT,
            next_step="Load the model's page anew, then press it again.",
            status=422,
        )
        return _failed(request, access, model_id, problem, None)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity)
    except ApiError as error:
        # The model could not be read first; the token is unspent.
        problem = explained(error, EFFECTS["not_sent"], sent=False)
        return problem_respond(
            request, problem, back_to=None if problem.action else (access.project, model_id)
        )
    unrecorded_tell(request, recorded=result.recorded)
    if result.state == "started":
        text = f"Revalidation of {visible(result.label)} started."
        return _started(request, access, model_id, text, recorded=result.recorded)
    return _failed(request, access, model_id, _problem(result), result.model, recorded=result.recorded)


def _problem(result: Revalidated) -> Explanation:
    effect = EFFECTS[result.state]
    if result.model is not None:
        effect += f" Read again, its status is “{display.status_label(result.model.status)}”."
    if result.error is None:
        return plain("The model was not revalidated", effect)
    return explained(result.error, effect)


def _started(
    request: Request, access: Access, model_id: str, text: str, *, recorded: bool = True
) -> HttpResponse:
    """`recorded` False: the database is away, so nothing is read from it that need not be."""
    messages.success(request, text)
    if not request.htmx:
        return redirect("model", access.project, model_id)
    again = model_look_again(access=access, model_id=model_id)
    if again.model is not None and recorded:
        return _now(request, access, again.model)
    now = timezone.now()
    live = live_stale(
        access=access,
        model_id=model_id,
        memory=Memory(status=VALIDATING, at=now, since=now),
        delay=FIRST_DELAY,
        stale="The status could not be read since.",
    )
    return fragment(request, "models_admin/_status_poll.html", {"live": live})


def _failed(
    request: Request,
    access: Access,
    model_id: str,
    problem: Explanation,
    model: Model | None,
    *,
    recorded: bool = True,
) -> HttpResponse:
    """A page that says so; for htmx a message, with the status and a fresh button in place."""
    if not request.htmx or model is None or not recorded:
        return problem_respond(request, problem, back_to=(access.project, model_id))
    messages.error(request, sentence(problem))
    return _now(request, access, model, status=problem.http_status)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity) -> HttpResponse:
    if activity.outcome == Activity.Outcome.DONE:
        text = f"Revalidation of {visible(activity.model_name or model_id)} was started by this form before."
        return _started(request, access, model_id, text)
    problem = plain("This form was sent before", replayed(activity))
    return problem_respond(request, problem, back_to=(access.project, model_id))


def _now(request: Request, access: Access, model: Model, *, status: int = 200) -> HttpResponse:
    """The status fragment, and with it both actions as they are now, with a fresh token."""
    context = lifecycle_context(access=access, model=model) | {"with_rest": True}
    return fragment(request, "models_admin/_status_poll.html", context, status=status)
