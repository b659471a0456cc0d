"""Headers that Django and django-csp do not set, and the check of the browser's Sec-Fetch-Site."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from models_admin.http import CompressedRequest
from models_admin.middleware.base import Middleware

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
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES)
SAFE = ("GET", "HEAD", "OPTIONS")


class HeadersMiddleware(Middleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            "HX-Request" not in request.headers
        ):  # it concerns whole pages; a fragment is an eighth smaller without
            response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not response.has_header("Cache-Control"):
            # What a view returns is for one person and must not be stored.
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request"])
        if _signs_out(request):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response


def _signs_out(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.method == "POST" and match is not None and match.url_name == "sign-out"


class RequestSizeMiddleware(Middleware):
    """Refuses a request that is too long or compressed, by its headers, before anything of it is read.

    Django's own limit excludes files, and Django doesn't decompress: the fields of a compressed form would be missing.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The request is larger than FILE_UPLOAD_MAX_MEMORY_SIZE.")
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise CompressedRequest("The request has a Content-Encoding.")
        return self.get_response(request)


class FetchMetadataMiddleware(Middleware):
    """Refuses changes from other sites, where the browser sends Sec-Fetch-Site.

    This is in addition to the CSRF token: old browsers and scripts send no such header.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.method not in SAFE and site != "same-origin":
            raise PermissionDenied(
                "This request came from another site. Open the console and try again there."
            )
        return self.get_response(request)
