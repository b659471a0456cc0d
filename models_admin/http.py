"""The request as the middleware hands it to a view. For annotations: nothing is ever made of this class."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """`user` is a User behind `signed_in`; before it, ask `is_authenticated`."""

    user: User
    htmx: HtmxDetails
    request_id: str
    # What VaultCookieMiddleware sends with the answer; "" clears the cookie, absent leaves it.
    vault_cookie: str
