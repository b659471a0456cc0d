"""The one-time token that each form of a change carries.

Signed, and bound to the person, the project, the model and the purpose, so that a form made for
one cannot be sent for another. Its nonce becomes `Activity.token`, which is unique: the database,
not this module, is what makes a form count once.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core import signing

SALT = "models_admin.access.tokens"
MAX_AGE = 12 * 60 * 60  # seconds: as long as a session lives


class TokenStale(Exception):
    """The token is missing, damaged, too old, or was made for another person, model or purpose."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read: `nonce` for Activity.token, `seen` as it was put in."""

    nonce: str
    seen: str


def token_issue(
    *, user: User, project: str, model_id: str, purpose: str, seen: str = "", nonce: str = ""
) -> str:
    """Make a token, some 200 characters long, for a hidden field named `token`.

    `nonce` is given by a job, whose items have one each; everything else takes a new random one.
    """
    nonce = nonce or secrets.token_urlsafe(24)
    return signing.dumps([nonce, _bond(user, project, model_id, purpose), seen], salt=SALT)


def token_read(token: str, *, user: User, project: str, model_id: str, purpose: str) -> Token:
    """Return what the token carries. Raises TokenStale, in the same words for every cause."""
    if not token.isascii():  # the signer would stumble over half a surrogate pair
        raise TokenStale("the form is no longer valid")
    try:
        content: Any = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature as exc:
        raise TokenStale("the form is no longer valid") from exc
    if not isinstance(content, list) or len(content) != 3:
        raise TokenStale("the form is no longer valid")
    nonce, bond, seen = content
    if bond != _bond(user, project, model_id, purpose):
        raise TokenStale("the form is no longer valid")
    return Token(nonce=nonce, seen=seen)


def _bond(user: User, project: str, model_id: str, purpose: str) -> list[str]:
    return [str(user.pk), project, model_id, purpose]
