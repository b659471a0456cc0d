"""Turns the failures that a view did not catch into a page or a fragment, never a 500; see `problem_of`."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from models_admin.access.permissions import NotAllowed
from models_admin.errors.explain import Explanation, explain
from models_admin.services.audit import CannotRecord
from models_admin.xerotier.errors import ApiError


def problem_of(exception: Exception) -> Explanation | None:
    """The explanation of a failure that has one; None for what is a bug and must stay loud."""
    if isinstance(exception, ApiError):
        return explain(exception)
    if isinstance(exception, NotAllowed):
        return Explanation(
            title="Your role does not include this",
            detail=str(exception),
            next_step="Ask an administrator of this console for the role that includes it.",
            http_status=403,
            way_on="models",
        )
    if isinstance(exception, CannotRecord):
        return Explanation(
            title="The activity cannot be written",
            detail=CannotRecord.message,
            side="console",
            next_step="Try again in a moment. If it stays like this, tell whoever runs this console.",
            http_status=503,
            way_on="models",
        )
    return None


def problem_respond(
    request: HttpRequest, problem: Explanation, *, back_to: tuple[str, str] | None = None
) -> HttpResponse:
    """error.html, or _problem.html for htmx, with the status of the problem.

    `retry_url` is empty for a change: a link never repeats one. `back_to` is project and id of the model to
    go back to, `back_url` its page.
    """
    fragment = bool(getattr(request, "htmx", False))
    context = {
        "problem": problem,
        "retry_url": request.get_full_path() if request.method == "GET" and problem.way_on == "retry" else "",
        "back_url": reverse("model", args=back_to) if back_to else "",
        "console_request_id": getattr(request, "request_id", ""),
    }
    template = "_problem.html" if fragment else "error.html"
    response = render(request, template, context, status=problem.http_status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


class ProblemMiddleware:
    """Stands innermost, so that every other middleware sees an ordinary answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        problem = problem_of(exception)
        return problem_respond(request, problem) if problem else None
