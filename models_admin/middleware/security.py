"""Headers that Django and django-csp do not set, and the guard that reads the browser's own."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES)
SAFE = ("GET", "HEAD", "OPTIONS")


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            "HX-Request" not in request.headers
        ):  # it speaks of a page; a part of one is an eighth shorter without
            response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not response.has_header("Cache-Control"):
            # Whatever a view made is for one person, once.
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request"])
        if _signs_out(request):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response


def _signs_out(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.method == "POST" and match is not None and match.url_name == "sign-out"


class FetchMetadataMiddleware:
    """Changes come from our own pages alone, where the browser says where they come from.

    It stands beside the CSRF token, not in its place: old browsers and scripts send no such header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.method not in SAFE and site != "same-origin":
            raise PermissionDenied(
                "This request came from another site. Open the console itself and try again."
            )
        return self.get_response(request)
