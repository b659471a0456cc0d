"""Appends messages to htmx responses, out of band."""

from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from models_admin.middleware.base import Middleware

LEAVING = ("HX-Redirect", "HX-Location", "HX-Refresh")  # the next page shows them instead


class MessageStorage(CookieStorage):
    """Messages travel in a signed cookie: keeping them in the session would rewrite it with every message."""

    cookie_name = settings.MESSAGES_COOKIE_NAME

    def update(self, response: HttpResponseBase) -> list[Message] | None:
        """Django sets this cookie for the whole host; like the others it belongs below BASE_PATH."""
        unstored: list[Message] | None = super().update(response)
        if self.cookie_name in response.cookies:
            response.cookies[self.cookie_name]["path"] = settings.SESSION_COOKIE_PATH
        return unstored


class HtmxMessagesMiddleware(Middleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _takes_messages(request, response) and len(messages := get_messages(request)):
            context = {"messages": messages, "oob": True}
            response.write(render_to_string("_messages.html", context, request))
        return response


def _takes_messages(request: Any, response: HttpResponseBase) -> bool:
    return (
        bool(request.htmx)
        and isinstance(response, HttpResponse)
        and response.headers.get("Content-Type", "").startswith("text/html")
        and response.status_code != 204
        and not 300 <= response.status_code < 400
        and not any(response.has_header(name) for name in LEAVING)
    )
