"""The two steps of a sign-in: send the browser to the provider, and take what it brings back.

django-allauth keeps the state, the nonce and the PKCE verifier in the session between the two, for ten minutes, and
builds the provider's address. Its own views and pages are not used.
"""

import secrets
from dataclasses import dataclass
from time import monotonic, time
from typing import Any
from urllib.parse import quote_plus

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from models_admin.oidc.claims import Identity, claim_at, identity_of
from models_admin.oidc.configuration import Configuration, configuration_fetch
from models_admin.oidc.errors import SignInFailed
from models_admin.oidc.id_token import check_authenticated_since, claims_verified
from models_admin.oidc.provider import provider_get
from models_admin.oidc.wire import fetch_json
from models_admin.xerotier.deadline import Deadline

BEGIN_SECONDS = 5.0
COMPLETE_SECONDS = 10.0
CODE_LENGTH = 4096  # characters
# Asks for a new sign-in. `max_age` makes `auth_time` mandatory; with 0, some providers would ask for ever.
AGAIN = {"prompt": "login", "max_age": "60"}


@dataclass(frozen=True, slots=True)
class Completed:
    """`target` and `again` are as they were given to `sign_in_begin`."""

    identity: Identity
    target: str
    again: bool  # begun by someone who was signed in and had to prove it
    end_session_endpoint: str


class _Client(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, Any]) -> str:
        """An authorisation address may have a query of its own."""
        query: str = super().get_redirect_url("", scope, extra_params)
        return authorization_url + (query.replace("?", "&", 1) if "?" in authorization_url else query)


class _Adapter(OpenIDConnectOAuth2Adapter):
    """Tells allauth the addresses that `configuration` has checked."""

    client_class = _Client
    basic_auth = False

    def __init__(self, request: HttpRequest, configuration: Configuration) -> None:
        super().__init__(request, configuration.issuer)
        self._openid_config = {
            "authorization_endpoint": configuration.authorization_endpoint,
            "token_endpoint": configuration.token_endpoint,
        }

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return callback_url(request)


class _Provider(OpenIDConnectProvider):
    def __init__(self, request: HttpRequest, configuration: Configuration | None = None) -> None:
        oidc = provider_get()
        app = SocialApp(provider=self.id, provider_id=oidc.issuer, name=oidc.name, client_id=oidc.client_id)
        app.settings = {"oauth_pkce_enabled": True}
        super().__init__(request, app=app)
        self._configuration = configuration

    def get_oauth2_adapter(self, request: HttpRequest) -> _Adapter:
        assert self._configuration  # noqa: S101  # only asked for in sign_in_begin
        return _Adapter(request, self._configuration)


def callback_url(request: HttpRequest) -> str:
    """The address that has to be registered at the provider."""
    return request.build_absolute_uri(reverse("sign-in-oidc-callback"))


def sign_in_begin(request: HttpRequest, *, target: str, again: bool = False) -> HttpResponse:
    """A redirect to the provider, which asks the person to sign in even if they are, `again`. Raises SignInFailed."""
    configuration = _configuration(Deadline(monotonic() + BEGIN_SECONDS))
    nonce = secrets.token_urlsafe(32)
    response: HttpResponse = _Provider(request, configuration).redirect(
        request,
        process=AuthProcess.LOGIN,
        next_url=target,
        scope=list(configuration.scopes),
        auth_params={"nonce": nonce} | (AGAIN if again else {}),
        nonce=nonce,
        again_since=int(time()) if again else None,
    )
    return response


def sign_in_complete(request: HttpRequest) -> Completed:
    """Who has signed in at the provider. A state counts once. Raises SignInFailed."""
    try:
        state = _Provider(request).unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        raise SignInFailed("stale", "unknown or used state") from None
    if "error" in request.GET:
        raise SignInFailed(
            "cancelled" if request.GET["error"] == "access_denied" else "refused", "error response"
        )
    deadline = Deadline(monotonic() + COMPLETE_SECONDS)
    configuration = _configuration(deadline)
    if request.GET.get("iss", configuration.issuer) != configuration.issuer:  # RFC 9207
        raise SignInFailed("untrusted", "the response names another issuer")
    tokens = _exchange(request, configuration, str(state.get("pkce_code_verifier")), deadline)
    claims = claims_verified(
        tokens.get("id_token"),
        keys=fetch_json(configuration.jwks_uri, deadline=deadline),
        issuer=configuration.issuer,
        client_id=provider_get().client_id,
        nonce=str(state.get("nonce")),
    )
    since = state.get("again_since")
    if since is not None:
        check_authenticated_since(claims, since)
    claims = _with_userinfo(claims, tokens, configuration, deadline)
    oidc = provider_get()
    identity = identity_of(claims, issuer=oidc.issuer, groups_claim=oidc.groups_claim, roles=oidc.roles)
    return Completed(
        identity, str(state.get("next") or ""), since is not None, configuration.end_session_endpoint
    )


def _configuration(deadline: Deadline) -> Configuration:
    oidc = provider_get()
    return configuration_fetch(oidc.issuer, groups_claim=oidc.groups_claim, deadline=deadline)


def _exchange(
    request: HttpRequest, configuration: Configuration, verifier: str, deadline: Deadline
) -> dict[str, Any]:
    """The tokens for the code (OpenID Connect Core 1.0, section 3.1.3)."""
    code = request.GET.get("code", "")
    if not 0 < len(code) <= CODE_LENGTH:
        raise SignInFailed("broken", "the response has no usable code")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_url(request),
        "code_verifier": verifier,
    }
    client = {"client_id": provider_get().client_id, "client_secret": provider_get().client_secret}
    if configuration.secret_in_form:
        return fetch_json(configuration.token_endpoint, deadline=deadline, form=form | client)
    basic = (quote_plus(client["client_id"]), quote_plus(client["client_secret"]))  # RFC 6749, section 2.3.1
    return fetch_json(configuration.token_endpoint, deadline=deadline, form=form, basic=basic)


def _with_userinfo(
    claims: dict[str, Any], tokens: dict[str, Any], configuration: Configuration, deadline: Deadline
) -> dict[str, Any]:
    """Some providers keep groups out of the ID token. What the token says counts first."""
    if claim_at(claims, provider_get().groups_claim) is not None or not configuration.userinfo_endpoint:
        return claims
    access_token = tokens.get("access_token")
    if not isinstance(access_token, str) or not access_token.isprintable() or not access_token.isascii():
        raise SignInFailed("broken", "there is no access token")
    userinfo = fetch_json(configuration.userinfo_endpoint, deadline=deadline, bearer=access_token)
    if userinfo.get("sub") != claims["sub"]:  # OpenID Connect Core 1.0, section 5.3.2
        raise SignInFailed("untrusted", "the user information is about someone else")
    asked = provider_get().groups_claim
    top = asked if asked in userinfo else asked.split(".")[0]
    return userinfo | claims | ({top: userinfo[top]} if top in userinfo else {})
