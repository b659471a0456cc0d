"""Checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

The signature is verified too, although the token comes by TLS from the provider itself: that costs one request and
does not depend on nobody reading the connection in between.
"""

import hmac
from typing import Any

import jwt

from models_admin.oidc.errors import SignInFailed

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
KEY_TYPES = ("RSA", "EC", "OKP")
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
CLOCK_LEEWAY = 60  # seconds
SUBJECT_LENGTH = (
    191  # characters: as many as allauth's table holds. The specification allows 255; real ones have 20 to 80
)


def claims_verified(
    token: Any, *, keys: dict[str, Any], issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The token's claims. Raises SignInFailed, whatever is wrong with it."""
    if not isinstance(token, str):
        raise SignInFailed("broken", "there is no ID token")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(token, keys),
            algorithms=ALGORITHMS,
            issuer=issuer,
            audience=client_id,
            leeway=CLOCK_LEEWAY,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise SignInFailed("untrusted", f"the ID token is not valid ({type(exc).__name__})") from None
    _check(claims, client_id=client_id, nonce=nonce)
    return claims


def check_authenticated_since(claims: dict[str, Any], moment: int) -> None:
    """Raise SignInFailed unless the person signed in at the provider after `moment`.

    `auth_time` is required where `max_age` was asked for (OpenID Connect Core 1.0, section 3.1.2.1). Some providers
    leave it out all the same; then nothing is proved.
    """
    at = claims.get("auth_time")
    if at is None:
        raise SignInFailed("no_auth_time", "the ID token has no auth_time")
    if not isinstance(at, int | float) or not at >= moment - CLOCK_LEEWAY:  # also NaN
        raise SignInFailed("not_again", "the sign-in at the provider is an older one")


def _key(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    """The key that the token names; the only one, if it names none. Raises PyJWTError."""
    header = jwt.get_unverified_header(token)
    algorithm, wanted = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError("not an algorithm with a public key")
    found = [key for key in _listed(keys) if wanted is None or key.get("kid") == wanted]
    if len(found) != 1 or found[0].get("alg", algorithm) != algorithm:
        raise jwt.InvalidKeyError("no key of the provider's has this ID and algorithm")
    return jwt.PyJWK.from_dict(found[0], algorithm)


def _listed(keys: dict[str, Any]) -> list[dict[str, Any]]:
    """Public keys for signatures."""
    listed = keys.get("keys")
    known = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    return [key for key in known if key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"]


def _check(claims: dict[str, Any], *, client_id: str, nonce: str) -> None:
    """What PyJWT does not check."""
    audience, party = claims["aud"], claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, client_id):
        raise SignInFailed("untrusted", "the ID token is for another client too")
    found = claims.get("nonce")
    if not isinstance(found, str) or not hmac.compare_digest(
        found.encode("utf-8", "surrogatepass"), nonce.encode()
    ):
        raise SignInFailed("untrusted", "the ID token belongs to another sign-in")
    subject = claims["sub"]
    if not 0 < len(subject) <= SUBJECT_LENGTH or not subject.isprintable():
        raise SignInFailed("untrusted", "the ID token has no usable subject")
