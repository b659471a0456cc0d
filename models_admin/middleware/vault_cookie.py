"""Sets and clears the vault cookie: the browser's half of every sealed key."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from models_admin.middleware.base import Middleware


class VaultCookieMiddleware(Middleware):
    """Sends what sign-in, connecting and sign-out left in `request.vault_cookie`; "" clears the cookie.

    Without an age it goes with the browser session. A `__Host-` cookie is only cleared by an answer
    that says Secure and Path=/ as the first one did.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        value = getattr(request, "vault_cookie", None)
        if value is not None:
            response.set_cookie(
                settings.VAULT_COOKIE_NAME,
                value,
                max_age=None if value else 0,
                path=settings.SESSION_COOKIE_PATH,
                secure=settings.VAULT_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
