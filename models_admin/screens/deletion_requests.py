"""Requests to delete, as their list and their page show them."""

from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.access.permissions import why_not
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import address_of
from models_admin.models import DeletionRequest
from models_admin.services.approval import EXPIRES_AFTER, OWN

State = DeletionRequest.State
TONES = {State.OPEN: "busy", State.APPROVED: "ok"}


def request_view(request: DeletionRequest, *, user: User) -> dict[str, Any]:
    """All texts are plain. `what` is the model's name, or "12 models".

    `obstacle` says why this person can't approve or decline it, "" if they can. `decided` is "by ana, on ...", or "".
    """
    is_own = request.user_id == user.pk
    until = request.created_at + EXPIRES_AFTER
    address = [request.project, request.pk]
    started = request.job_id and request.state == State.APPROVED
    return {
        "what": visible(request.model_name or request.model_id),
        "model_url": address_of("model", request.project, request.model_id),
        "job_url": reverse("job", args=[request.project, request.job_id]) if started else "",
        "who": visible(request.username),
        "when": display.moment_utc(request.created_at),
        "when_iso": display.moment_iso(request.created_at),
        "until": display.moment_utc(until),
        "until_iso": display.moment_iso(until),
        "reason": visible(request.reason),
        "state": {"text": State(request.state).label, "tone": TONES.get(State(request.state), "idle")},
        "is_open": request.state == State.OPEN,
        "is_own": is_own,
        "obstacle": OWN if is_own else why_not(user, "delete", request.project),
        "decided": _decided(request),
        "url": reverse("deletion-request", args=address),
    }


def _decided(request: DeletionRequest) -> str:
    if request.decided_at is None:
        return ""
    return f"by {visible(request.decided_by)}, {display.moment_utc(request.decided_at)}"
