"""Pages for failures that no view handled: API errors, refusals, unknown addresses, bugs.

`ProblemMiddleware` answers for exceptions that have an explanation; the handlers below are Django's for the rest.
"""

import sys
from typing import Any

import structlog
from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, Error, IntegrityError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import escape_leading_slashes

from models_admin.access.permissions import NoAccess, NotAllowed
from models_admin.errors.explain import Explanation, explain
from models_admin.http import CompressedRequest
from models_admin.middleware.base import Middleware
from models_admin.services.audit import CannotRecord
from models_admin.services.protection import Protected
from models_admin.services.publishing import NotAvailable
from models_admin.views.responses import with_retry_after
from models_admin.xerotier.errors import ApiError

RETRY_DATABASE = 5  # seconds
LOGGED_REASON = 200  # characters
BARE = """<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title} · Xerotier Console</title>
<h1>{title}</h1><p>{detail}</p><p>{next_step}</p><p>Request ID: {request_id}</p></html>"""


def _problem(status: int, title: str, detail: str, next_step: str, **more: Any) -> Explanation:
    return Explanation(title, detail, status, next_step=next_step, action="models", **more)


NOT_FOUND = _problem(
    404,
    "Page not found",
    "The address may be mistyped, or the page may have been removed.",
    "Go to the list of models and find it there.",
)
SESSION_ENDED = _problem(
    400,
    "Your session has ended",
    "Your session ended while this request was being handled.",
    "Sign in again and send the request again.",
)
BAD_REQUEST = _problem(
    400, "Bad request", "The console couldn't read this request.", "Go back, reload the page and try again."
)
TOO_LARGE = _problem(
    413,
    "Request too large",
    f"The console accepts at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes in a form and "
    f"{settings.FILE_UPLOAD_MAX_MEMORY_SIZE >> 20} MiB with files. Nothing was sent to the API, and nothing was "
    "changed.",
    "Go back, shorten what you entered or choose smaller files, and send it again.",
)
TOO_MANY_FIELDS = _problem(
    413,
    "Too many form fields",
    f"The request has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields, the most that the console accepts. "
    "Nothing was sent to the API, and nothing was changed.",
    "Go back, choose fewer items and send the form again.",
)
COMPRESSED = _problem(
    415,
    "Compressed request",
    "The console doesn't accept compressed requests. Nothing was sent to the API, and nothing was changed.",
    "Send it again without Content-Encoding. If you used a browser, a proxy between it and the console compressed it.",
)
BAD_REQUESTS = (
    (SessionInterrupted, SESSION_ENDED),
    (CompressedRequest, COMPRESSED),
    (RequestDataTooBig, TOO_LARGE),
    ((TooManyFieldsSent, TooManyFilesSent), TOO_MANY_FIELDS),
)
FORM_EXPIRED = _problem(
    403,
    "This form has expired",
    "The page was opened before you last signed in, or your browser blocks cookies. Nothing was changed.",
    "Reload the page and send the form again.",
)
BUG = _problem(
    500,
    "Console error",
    "Something went wrong in the console. The error has been logged.",
    "Try again. If it keeps happening, send the request ID to the administrator of this console.",
    side="console",
)
NO_DATABASE = _problem(
    503,
    "Database unavailable",
    "The console can't reach its database. Nothing was sent to the API.",
    "Wait a moment, then try again. If it keeps happening, tell the administrator of this console.",
    side="console",
    retry_after=RETRY_DATABASE,
)


def problem_of(exception: Exception) -> Explanation | None:
    """The explanation of a known kind of failure; None for a bug, which stays an uncaught exception."""
    if isinstance(exception, ApiError):
        return explain(exception)
    if isinstance(exception, Protected):
        next_step = (
            "To change the model, lift its protection on its page first, or ask a Maintainer to do so."
        )
        return _problem(403, "This model is protected", f"{exception}. Nothing was sent.", next_step)
    if isinstance(exception, NoAccess):
        next_step = "Ask an administrator of this console if you need access."
        return _problem(403, "No access to this project", str(exception), next_step)
    if isinstance(exception, NotAllowed):
        next_step = "Ask an administrator of this console for a role that includes it."
        return _problem(403, "Your role doesn't include this", str(exception), next_step)
    if isinstance(exception, CannotRecord):
        next_step = "Try again in a moment. If it keeps happening, tell the administrator of this console."
        return _problem(503, "Activity can't be recorded", CannotRecord.message, next_step, side="console")
    if isinstance(exception, NotAvailable):
        return _not_available(exception)
    return None


def _not_available(missing: NotAvailable) -> Explanation:
    """Why an optional part of the API can't be used here."""
    title = f"{missing.route.capitalize()} not available"
    next_step = "Go back to the previous page. If this should work, ask the people who run the API."
    if missing.reason == "no_route":
        return _problem(
            404, title, "The API at this address doesn't offer this. Nothing was sent.", next_step
        )
    return _problem(403, title, "The API doesn't allow this with your key. Nothing was sent.", next_step)


def problem_respond(
    request: HttpRequest, problem: Explanation, *, back_to: tuple[str, str] | None = None
) -> HttpResponse:
    """error.html, or _problem.html for htmx, with the status of the problem.

    `retry_url` is empty for a change: a link never repeats one. `back_to` is project and id of the model to
    go back to, `back_url` its page.
    """
    context = {
        "problem": problem,
        "retry_url": request.get_full_path() if request.method == "GET" and problem.action == "retry" else "",
        "back_url": reverse("model", args=back_to) if back_to else "",
        "console_request_id": getattr(request, "request_id", ""),
    }
    template = "_problem.html" if getattr(request, "htmx", False) else "error.html"
    response = render(request, template, context, status=problem.http_status)
    return with_retry_after(response, problem.retry_after)


class ProblemMiddleware(Middleware):
    """Innermost, so that every other middleware sees an ordinary response."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        problem = problem_of(exception)
        return problem_respond(request, problem) if problem else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    _log_reason(str(exception))
    if isinstance(exception, DisallowedHost):  # a page would contain the very host that is refused
        return HttpResponse("This host name isn't allowed here.\n", status=400, content_type="text/plain")
    known = (answer for kind, answer in BAD_REQUESTS if isinstance(exception, kind))
    return problem_respond(request, next(known, BAD_REQUEST))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = str(exception) or "Your account isn't allowed to do this."
    return problem_respond(
        request, _problem(403, "Permission denied", detail, "Go back to the previous page.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_respond(request, NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    _log_reason(reason)
    return problem_respond(request, FORM_EXPIRED)


def server_error(request: HttpRequest) -> HttpResponse:
    """Shown for a bug and for a database that is unavailable. It uses neither the database nor the session."""
    problem = NO_DATABASE if database_is_away(sys.exc_info()[1]) else BUG
    request_id = getattr(request, "request_id", "")
    template = "_problem.html" if request.headers.get("HX-Request") else "error.html"
    retry_url = escape_leading_slashes(request.get_full_path()) if request.method == "GET" else ""
    context = {"problem": problem, "retry_url": retry_url, "console_request_id": request_id}
    try:
        page: str = render_to_string(template, context)
    except Exception:  # the bug may be in a template
        page = BARE.format(
            title=problem.title, detail=problem.detail, next_step=problem.next_step, request_id=request_id
        )
    return with_retry_after(HttpResponse(page, status=problem.http_status), problem.retry_after)


def _log_reason(reason: str) -> None:
    """Put the reason of a refusal into the log line of this request."""
    structlog.contextvars.bind_contextvars(reason=reason[:LOGGED_REASON])


def database_is_away(exception: BaseException | None) -> bool:
    """Gone, locked, full or read-only; not a mistake in a query of ours."""
    if isinstance(exception, (IntegrityError, ProgrammingError, DataError)):
        return False
    return isinstance(exception, Error)
