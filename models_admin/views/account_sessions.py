"""Where one is signed in, and ending sessions elsewhere."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from models_admin.formatting import display
from models_admin.formatting.user_agent import browser_and_system
from models_admin.http import Request
from models_admin.models import BrowserSession
from models_admin.screens.sessions import session_rows
from models_admin.services.sessions import ThisSession, session_end, sessions_end_others, sessions_list
from models_admin.views.decorators import signed_in


@require_safe
@signed_in
def sessions(request: Request) -> HttpResponseBase:
    rows = session_rows(sessions_list(user=request.user), current=_current(request))
    return render(request, "registration/sessions.html", {"sessions": rows})


@require_POST
@signed_in
def end(request: Request, pk: int) -> HttpResponseBase:
    try:
        ended = session_end(user=request.user, pk=pk, current=_current(request))
    except BrowserSession.DoesNotExist:
        raise Http404 from None
    except ThisSession:
        messages.info(request, "That is the session you're using. To end it, sign out.")
        return redirect("sessions")
    messages.success(request, f"Session ended: {browser_and_system(ended.user_agent)}.")
    return redirect("sessions")


@require_POST
@signed_in
def end_others(request: Request) -> HttpResponseBase:
    count = sessions_end_others(user=request.user, current=_current(request))
    if count:
        messages.success(request, f"{display.plural(count, 'session')} ended.")
    else:
        messages.info(request, "You aren't signed in anywhere else.")
    return redirect("sessions")


def _current(request: Request) -> str:
    return request.session.session_key or ""
