"""A few addresses that do what the middleware is there for. Only tests route to them."""

from __future__ import annotations

import structlog
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from console.urls import handler400, handler403, handler404, handler500  # noqa: F401


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<p>{request.user.is_authenticated}</p>" + "calm " * 100)


def say(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved <b>it</b>")
    return HttpResponse("<td>cell</td>", status=int(request.GET.get("status", 200)))


def leave(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved")
    return HttpResponse(headers={"HX-Redirect": "/page/"})


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    errors = {
        "bug": RuntimeError("/etc/secret xero_abc_key"),
        "database": OperationalError("FATAL: password for console at 10.0.0.3"),
        "query": ProgrammingError("no such column"),
        "denied": PermissionDenied("Not for <you>"),
    }
    raise errors[kind]


def sign_in(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(username=request.POST["username"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("in")


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("out")


def write_line(request: HttpRequest) -> HttpResponse:
    structlog.get_logger("console.probe").info(
        "probed", authorization="Bearer abc", note="key xero_my_0123456789"
    )
    return HttpResponse("written")


urlpatterns = [
    path("page/", page),
    path("say/", say),
    path("leave/", leave),
    path("fail/<kind>/", fail),
    path("probe/in/", sign_in),
    path("probe/out/", sign_out, name="sign-out"),
    path("probe/status/", page, name="model-status"),
    path("line/", write_line),
    path("", include("console.urls")),  # error pages lead to the real ones
]
