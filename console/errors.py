"""The pages for what no view caught: a bad request, a refusal, an address that is not there, a failure of ours."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedHost
from django.db import DataError, Error, IntegrityError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import escape_leading_slashes

from models_admin.errors.explain import Explanation
from models_admin.views.errors import problem_respond

RETRY_DATABASE = 5  # seconds
BARE = """<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title} · Xerotier Console</title>
<h1>{title}</h1><p>{detail}</p><p>{next_step}</p><p>Request ID: {request_id}</p></html>"""


def _problem(status: int, title: str, detail: str, next_step: str, **more: Any) -> Explanation:
    return Explanation(title, detail, status, next_step=next_step, way_on="models", **more)


NOT_FOUND = _problem(
    404,
    "There is no such page",
    "The address may be mistyped, or what it showed is gone.",
    "Go to the models and look for it there.",
)
ENDED = _problem(
    400,
    "Your session has ended",
    "It ended while this request was on its way. Nothing more was done.",
    "Sign in again and repeat it.",
)
BAD_REQUEST = _problem(
    400,
    "This request cannot be read",
    "Something in it is not what the console expects.",
    "Go back, reload the page and try again.",
)
STALE_FORM = _problem(
    403,
    "This form has gone stale",
    "The page was opened before you last signed in, or your browser refuses cookies. Nothing was changed.",
    "Reload the page and send it again.",
)
OURS = _problem(
    500,
    "The console has failed",
    "The fault is the console's own. It has been written to the log.",
    "Try again. If it happens again, send the request ID to whoever runs this console.",
    side="console",
)
NO_DATABASE = _problem(
    503,
    "The console cannot reach its database",
    "Nothing was sent to the API.",
    "Wait a moment and try again. If it lasts, tell whoever runs this console.",
    side="console",
    retry_after=RETRY_DATABASE,
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):  # a page would need the very host that is refused
        return HttpResponse("This host name is not served here.\n", status=400, content_type="text/plain")
    return problem_respond(request, ENDED if isinstance(exception, SessionInterrupted) else BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = str(exception) or "Your account may not do this."
    return problem_respond(
        request, _problem(403, "This is not allowed", detail, "Go back to where you were.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_respond(request, NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_respond(request, STALE_FORM)


def server_error(request: HttpRequest) -> HttpResponse:
    """Shown for a bug, and for a database that is away. It asks nothing of the database or the session."""
    problem = NO_DATABASE if database_is_away(sys.exc_info()[1]) else OURS
    request_id = getattr(request, "request_id", "")
    template = "_problem.html" if request.headers.get("HX-Request") else "error.html"
    retry_url = escape_leading_slashes(request.get_full_path()) if request.method == "GET" else ""
    context = {"problem": problem, "retry_url": retry_url, "console_request_id": request_id}
    try:
        page: str = render_to_string(template, context)
    except Exception:  # whatever is broken may be what draws pages
        page = BARE.format(
            title=problem.title, detail=problem.detail, next_step=problem.next_step, request_id=request_id
        )
    response = HttpResponse(page, status=problem.http_status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def database_is_away(exception: BaseException | None) -> bool:
    """Gone, locked, full or read-only; not a mistake in a query of ours."""
    if isinstance(exception, (IntegrityError, ProgrammingError, DataError)):
        return False
    return isinstance(exception, Error)
