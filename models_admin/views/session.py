"""The end of the session, announced on every page shortly before it comes."""

from datetime import timedelta
from typing import cast

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from models_admin.access.sessions import SessionStore
from models_admin.http import Request
from models_admin.views.decorators import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def session(request: Request) -> HttpResponseBase:
    """The note about the end of the session, or when to ask again (GET); staying signed in (POST).

    GET is no use of the session. Without htmx, POST leads to the start page. `?shown=1` gets 204 as long as the note
    stays as it is.
    """
    store = cast(SessionStore, request.session)
    if request.method == "POST":
        store.slide(least=timedelta())
        if not request.htmx:
            return redirect("home")
    wait = store.seconds_to_warning()
    if wait <= 0 and "shown" in request.GET:
        return HttpResponse(status=204)
    context = {"wait": max(0, wait), "ends_at": store.expires_at if wait <= 0 else None}
    return render(request, "_session.html", context | {"can_stay": store.can_be_extended()})
