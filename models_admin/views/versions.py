"""The versions of a model: the card, as a fragment or a page of its own, and its two changes."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting.text import line_ends, visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.versions import versions_panel
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.protection import Protected, why_protected
from models_admin.services.publishing import NotAvailable
from models_admin.services.versions import (
    VersionConflict,
    VersionRefused,
    VersionResult,
    version_create,
    version_promote,
    versions_read,
)
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_of
from models_admin.views.outcomes import NOTHING_SENT, ONCE, explained, replayed, warn_not_recorded
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.versions import VersionList

CHANGED = "activity"  # the event on which the page's history loads again
DONE = {"version": "Version {} was created.", "promote": "Version {} is now the latest."}
NOT_DONE = {"version": "The version was not created.", "promote": "The latest version was not changed."}
UNKNOWN = {
    "version": "We don't know whether version {} was created",
    "promote": "We don't know whether version {} is the latest now",
}
EXPIRED = f"This form had expired. {NOTHING_SENT} Send it again."
Typed = tuple[str, str]


@require_http_methods(["GET", "POST"])
@connected
def versions(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET lists the versions; POST creates one."""
    if request.method == "GET":
        return _listed(request, access, model_id)
    typed = request.POST.get("version", "").strip(), line_ends(request.POST.get("version_notes", ""))
    try:
        result = version_create(
            access=access,
            model_id=model_id,
            version=typed[0],
            notes=typed[1],
            token=request.POST.get("token", ""),
        )
    except VersionRefused as refused:
        return _again(request, access, model_id, typed, error=f"{refused} {NOTHING_SENT}")
    except Protected as protected:
        return _again(request, access, model_id, typed, problem=problem_of(protected), status=403)
    except VersionConflict as conflict:
        return _again(request, access, model_id, typed, error=f"{conflict} {NOTHING_SENT}", status=409)
    except TokenStale:
        return _again(request, access, model_id, typed, error=EXPIRED)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity, DONE["version"].format(typed[0]))
    except (ApiError, CannotRecord) as error:
        return _unsent(request, access, model_id, error, NOT_DONE["version"], typed)
    return _respond(request, access, model_id, result, typed)


@require_POST
@connected
def promote(request: Request, access: Access, model_id: str, version: str) -> HttpResponse:
    token = request.POST.get("token", "")
    try:
        result = version_promote(access=access, model_id=model_id, version=version, token=token)
    except Protected as protected:
        return _again(request, access, model_id, problem=problem_of(protected), status=403)
    except VersionConflict as conflict:
        problem = Explanation(NOT_DONE["promote"].rstrip("."), f"{conflict} {NOTHING_SENT}", 409)
        return _again(request, access, model_id, problem=problem, status=409)
    except TokenStale:
        problem = Explanation("This button has expired", f"{NOTHING_SENT} Press it again.", 422)
        return _again(request, access, model_id, problem=problem)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity, DONE["promote"].format(version))
    except (ApiError, CannotRecord) as error:
        return _unsent(request, access, model_id, error, NOT_DONE["promote"])
    return _respond(request, access, model_id, result)


def _listed(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The card. On the model's page, it disappears where the API has no versions; its own page says so."""
    try:
        found = versions_read(access=access, model_id=model_id)
    except NotAvailable:
        if not request.htmx:
            raise
        return fragment(request, "models_admin/_versions.html", {"versions": None})
    return _card(request, access, model_id, found)


def _respond(
    request: Request, access: Access, model_id: str, result: VersionResult, typed: Typed = ("", "")
) -> HttpResponse:
    warn_not_recorded(request, recorded=result.recorded)
    version = visible(result.version)
    if result.state == "done":
        text = f"{DONE[result.action].format(version)} {result.note}".strip()
        if result.action == "version" and result.versions and result.versions.latest == result.version:
            text += " It is the latest now."
        return _done(request, access, model_id, text, result.versions)
    effect = f"{NOT_DONE[result.action]}" + (f" {NOTHING_SENT}" if result.state == "not_sent" else "")
    if result.state == "unknown":
        problem = Explanation(UNKNOWN[result.action].format(version), f"{result.note} {ONCE}", 502)
        return _card(request, access, model_id, result.versions, problem=problem, status=502)
    if result.state == "gone":
        problem = Explanation("The model no longer exists", effect, 404)
        return _card(request, access, model_id, None, problem=problem, status=404)
    refused = explained(result.error, effect) if result.error else None
    return _again(request, access, model_id, typed, problem=refused)


def _unsent(
    request: Request,
    access: Access,
    model_id: str,
    error: ApiError | CannotRecord,
    effect: str,
    typed: Typed = ("", ""),
) -> HttpResponse:
    """Nothing was sent, because the model couldn't be read or the change couldn't be recorded."""
    problem = problem_of(error)
    if isinstance(error, ApiError):
        problem = explained(error, f"{effect} {NOTHING_SENT}", sent=False)
    return _card(request, access, model_id, None, typed=typed, problem=problem, status=422)


def _again(
    request: Request,
    access: Access,
    model_id: str,
    typed: Typed = ("", ""),
    *,
    error: str = "",
    problem: Explanation | None = None,
    status: int = 422,
) -> HttpResponse:
    """The card with the current versions, and the form as it was typed."""
    found = None
    with suppress(ApiError, NotAvailable):
        found = versions_read(access=access, model_id=model_id)
    return _card(request, access, model_id, found, typed=typed, error=error, problem=problem, status=status)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity, done: str) -> HttpResponse:
    if activity.outcome == Activity.Outcome.DONE:
        text = f"This form was already used. {done} Nothing was sent this time."
        return _done(request, access, model_id, text, None)
    problem = Explanation("This form was already used", replayed(activity), 409)
    return _again(request, access, model_id, problem=problem, status=409)


def _done(
    request: Request, access: Access, model_id: str, text: str, found: VersionList | None
) -> HttpResponse:
    messages.success(request, text)
    if not request.htmx:
        return redirect("model-versions", access.project, model_id)
    response = (
        _card(request, access, model_id, found) if found else _again(request, access, model_id, status=200)
    )
    response["HX-Trigger"] = CHANGED
    return response


def _card(
    request: Request,
    access: Access,
    model_id: str,
    found: VersionList | None,
    *,
    typed: Typed = ("", ""),
    error: str = "",
    problem: Explanation | None = None,
    status: int = 200,
) -> HttpResponse:
    panel = versions_panel(
        access=access,
        model_id=model_id,
        versions=found,
        typed=typed,
        error=error,
        problem=problem,
        protected=why_protected(project=access.project, model_id=model_id),
    )
    context = {
        "versions": panel,
        "model_id": model_id,
        "section": "models",
        "console_request_id": getattr(request, "request_id", ""),
    }
    if not request.htmx:
        return render(request, "models_admin/versions.html", context, status=status)
    response = fragment(request, "models_admin/_versions.html", context, status=status)
    if request.method == "POST":
        response["HX-Trigger"] = CHANGED
    return response
