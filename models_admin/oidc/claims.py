"""What is read from a person's claims: who it is, and the role that their groups give."""

from dataclasses import dataclass
from typing import Any

from models_admin.access.permissions import ROLES

NAME_LENGTH = 150  # characters, as in Django's accounts
EMAIL_LENGTH = 254


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider describes them. Issuer and subject say who it is; the rest is shown only.

    `role` is "" for someone without a group that gives one. `groups` are all of their groups.
    """

    issuer: str
    subject: str
    role: str
    username: str
    first_name: str
    last_name: str
    email: str
    groups: frozenset[str] = frozenset()


def identity_of(claims: dict[str, Any], *, issuer: str, groups_claim: str, roles: dict[str, str]) -> Identity:
    first, last = _text(claims, "given_name"), _text(claims, "family_name")
    if not (first or last):
        first, _, last = _text(claims, "name").partition(" ")
    email = _text(claims, "email", most=EMAIL_LENGTH)
    email = email if email.count("@") == 1 else ""
    groups = groups_of(claims, groups_claim)
    return Identity(
        issuer=issuer,
        subject=claims["sub"],
        role=role_of_groups(groups, roles),
        username=_text(claims, "preferred_username") or email,
        first_name=first,
        last_name=last,
        email=email,
        groups=frozenset(groups),
    )


def claim_at(claims: dict[str, Any], path: str) -> Any:
    """The claim of this name, else the one at this dotted path (realm_access.roles); None for none."""
    found: Any = claims
    if path in claims:
        return claims[path]
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def groups_of(claims: dict[str, Any], path: str) -> set[str]:
    """A list of texts, or one text. Anything else counts as no group."""
    found = claim_at(claims, path)
    if isinstance(found, str):
        return {found}
    return {group for group in found if isinstance(group, str)} if isinstance(found, list) else set()


def role_of_groups(groups: set[str], roles: dict[str, str]) -> str:
    """The highest role that one of the groups gives, "" for none."""
    given = {role for group, role in roles.items() if group in groups}
    return next((role for role in reversed(ROLES) if role in given), "")


def _text(claims: dict[str, Any], name: str, most: int = NAME_LENGTH) -> str:
    """One line without control and formatting characters."""
    value = claims.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value[: 4 * most] if char.isprintable()).strip()[:most]
