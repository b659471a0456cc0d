"""What the provider says about itself (OpenID Connect Discovery 1.0, sections 3 and 4)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from models_admin.oidc.errors import SignInFailed
from models_admin.oidc.wire import fetch_json
from models_admin.xerotier.deadline import Deadline

PATH = "/.well-known/openid-configuration"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SCOPES = ("openid", "profile", "email")
# How the client's secret is sent; in the header where the provider does not say (OpenID Connect Discovery 1.0).
SECRET_IN_FORM, SECRET_IN_HEADER = "client_secret_post", "client_secret_basic"  # names of methods


@dataclass(frozen=True, slots=True)
class Configuration:
    """Addresses of the provider; optional ones are "" where it has none."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    secret_in_form: bool
    scopes: tuple[str, ...]


def configuration_fetch(issuer: str, *, groups_claim: str, deadline: Deadline) -> Configuration:
    """Raises SignInFailed where the document is of another issuer or lacks what is needed."""
    document = fetch_json(issuer + PATH, deadline=deadline)
    named = document.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer:
        raise SignInFailed("untrusted", "the discovery document names another issuer")
    plain_http = issuer.startswith("http://")  # on loopback only, which the settings have checked
    methods = document.get("token_endpoint_auth_methods_supported")
    return Configuration(
        issuer=named,
        authorization_endpoint=_address(document, "authorization_endpoint", plain_http),
        token_endpoint=_address(document, "token_endpoint", plain_http),
        jwks_uri=_address(document, "jwks_uri", plain_http),
        userinfo_endpoint=_address(document, "userinfo_endpoint", plain_http, optional=True),
        end_session_endpoint=_address(document, "end_session_endpoint", plain_http, optional=True),
        secret_in_form=isinstance(methods, list)
        and SECRET_IN_FORM in methods
        and SECRET_IN_HEADER not in methods,
        scopes=_scopes(document.get("scopes_supported"), groups_claim),
    )


def _address(document: dict[str, Any], name: str, plain_http: bool, *, optional: bool = False) -> str:
    value = document.get(name)
    if optional and not value:
        return ""
    if not isinstance(value, str) or not value.isprintable() or " " in value or "#" in value:
        raise SignInFailed("broken", f"the discovery document has no usable {name}")
    try:
        parts = urlsplit(value)
        host, has_user = parts.hostname or "", parts.username is not None
    except ValueError:
        raise SignInFailed("broken", f"the discovery document has no usable {name}") from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and plain_http and host in LOOPBACK)
    if not host or has_user or not secure:
        raise SignInFailed("untrusted", f"{name} is not a https address")
    return value


def _scopes(supported: Any, groups_claim: str) -> tuple[str, ...]:
    """Some providers release groups only for a scope of that name; others refuse a scope that they do not know."""
    asked = groups_claim.split(".")[0]
    more = (asked,) if isinstance(supported, list) and asked in supported and asked not in SCOPES else ()
    return SCOPES + more
