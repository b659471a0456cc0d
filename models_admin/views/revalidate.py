"""Revalidating a model: the button, and the result."""

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
from models_admin.screens.model.status import FIRST_DELAY, PollState, stale_panel, status_context
from models_admin.services.activity import changes_followed
from models_admin.services.audit import AlreadyUsed
from models_admin.services.reading import model_reread
from models_admin.services.reconcile import VALIDATING, resolve_revalidation
from models_admin.services.revalidating import Revalidated, WrongStatus, model_revalidate
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.outcomes import NOTHING_SENT, explained, replayed, sentence, warn_not_recorded
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model

EFFECTS = {
    "refused": "The model was not revalidated.",
    "not_sent": f"The model was not revalidated. {NOTHING_SENT}",
    "gone": "The model was not revalidated because it no longer exists.",
    "unknown": "We couldn't confirm that revalidation started. It was sent once and won't be repeated.",
}


@require_POST
@connected
def revalidate(request: Request, access: Access, model_id: str) -> HttpResponse:
    try:
        result = model_revalidate(access=access, model_id=model_id, token=request.POST.get("token", ""))
    except WrongStatus as wrong:
        problem = Explanation("This model can't be revalidated now", f"{wrong} {NOTHING_SENT}", 409)
        return _failed(request, access, model_id, problem, wrong.model)
    except TokenStale:
        next_step = "Reload the model's page, then press it again."
        problem = Explanation("This button has expired", NOTHING_SENT, 422, next_step=next_step)
        return _failed(request, access, model_id, problem, None)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity)
    except ApiError as error:
        # The model could not be read first, so the token can be used again.
        problem = explained(error, EFFECTS["not_sent"], sent=False)
        return problem_respond(
            request, problem, back_to=None if problem.action else (access.project, model_id)
        )
    warn_not_recorded(request, recorded=result.recorded)
    if result.state == "started":
        text = f"Revalidation of {visible(result.label)} started."
        return _started(request, access, model_id, text, recorded=result.recorded)
    return _failed(request, access, model_id, _problem(result), result.model, recorded=result.recorded)


def _problem(result: Revalidated) -> Explanation:
    effect = EFFECTS[result.state]
    if result.model is not None:
        effect += f" Its status is now “{display.status_label(result.model.status)}”."
    if result.error is None:
        return Explanation("The model was not revalidated", effect, 409)
    return explained(result.error, effect)


def _started(
    request: Request, access: Access, model_id: str, text: str, *, recorded: bool = True
) -> HttpResponse:
    """`recorded` False: the database can't be reached, so no more is read from it than necessary."""
    messages.success(request, text)
    if not request.htmx:
        return redirect("model", access.project, model_id)
    model = model_reread(access=access, model_id=model_id).model
    if model is not None and recorded:
        return _current(request, access, model)
    at = timezone.now()
    panel = stale_panel(
        access=access,
        model_id=model_id,
        poll=PollState(status=VALIDATING, at=at, since=at),
        delay=FIRST_DELAY,
        stale="The status couldn't be read afterwards.",
    )
    return fragment(request, "models_admin/_status_poll.html", {"panel": panel})


def _failed(
    request: Request,
    access: Access,
    model_id: str,
    problem: Explanation,
    model: Model | None,
    *,
    recorded: bool = True,
) -> HttpResponse:
    """An error page; for htmx a message, with the current status and a new button."""
    if not request.htmx or model is None or not recorded:
        return problem_respond(request, problem, back_to=(access.project, model_id))
    messages.error(request, sentence(problem))
    return _current(request, access, model, status=problem.http_status)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity) -> HttpResponse:
    if activity.outcome == Activity.Outcome.DONE:
        text = f"This button was already used: revalidation of {visible(activity.model_name or model_id)} started then."
        return _started(request, access, model_id, text)
    problem = Explanation("This button was already used", replayed(activity), 409)
    return problem_respond(request, problem, back_to=(access.project, model_id))


def _current(request: Request, access: Access, model: Model, *, status: int = 200) -> HttpResponse:
    """The status fragment, with both buttons and a new token."""
    changes = changes_followed(project=access.project, model_id=model.id)
    row = resolve_revalidation(access=access, model=model, changes=changes).row
    context = status_context(access=access, model=model, row=row, changes=changes) | {"with_rest": True}
    return fragment(request, "models_admin/_status_poll.html", context, status=status)
