"""Single sign-on: the OIDC_* variables, all that are required or none, and which local accounts may sign in."""

import re
from dataclasses import dataclass, field

from console.environment import env_list, env_text, fail, is_secure, web_address

ROLES = ("Viewer", "Editor", "Maintainer", "Administrator")  # as in models_admin.access.permissions
LOCAL_SIGN_IN = ("administrators", "all", "none")
ISSUER_LENGTH = 200  # characters: it is stored with each person who signs in
NAME_LENGTH = 40
NEEDS = "is required for single sign-on, or unset the other OIDC_ variables"


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """An OpenID Connect provider. `roles` maps groups to roles; `groups_claim` is a dotted path."""

    issuer: str  # without a slash at its end
    client_id: str
    client_secret: str = field(repr=False)
    groups_claim: str
    roles: dict[str, str]
    name: str


def env_single_sign_on() -> SingleSignOn | None:
    """None where no OIDC_ variable is set."""
    issuer, client_id = env_text("OIDC_ISSUER"), env_text("OIDC_CLIENT_ID")
    client_secret, roles = env_text("OIDC_CLIENT_SECRET"), env_text("OIDC_ROLES")
    claim, name = env_text("OIDC_GROUPS_CLAIM"), env_text("OIDC_NAME")
    required = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": client_id,
        "OIDC_CLIENT_SECRET": client_secret,
        "OIDC_ROLES": roles,
    }
    if not any([*required.values(), claim, name]):
        return None
    for variable, value in required.items():
        if not value:
            fail(variable, NEEDS)
    if len(name) > NAME_LENGTH or not name.isprintable():
        fail("OIDC_NAME", f"must be one line of at most {NAME_LENGTH} characters")
    return SingleSignOn(
        issuer=_issuer("OIDC_ISSUER", issuer),
        client_id=client_id,
        client_secret=client_secret,
        groups_claim=claim or "groups",
        roles=_roles("OIDC_ROLES", roles),
        name=name or "single sign-on",
    )


def env_local_sign_in(*, single_sign_on: bool) -> str:
    """Which accounts with a password may sign in: "administrators", "all" or "none"."""
    value = env_text("LOCAL_SIGN_IN").lower() or ("administrators" if single_sign_on else "all")
    if value not in LOCAL_SIGN_IN:
        fail("LOCAL_SIGN_IN", "must be administrators, all or none")
    if value != "all" and not single_sign_on:
        fail("LOCAL_SIGN_IN", "needs single sign-on (OIDC_ISSUER), or people could not sign in")
    return value


def env_second_factor_required() -> tuple[str, ...]:
    """Roles whose local accounts must have a second factor; none by default."""
    found = []
    for text in env_list("SECOND_FACTOR_REQUIRED"):
        known = next((known for known in ROLES if known.lower() == text.lower()), "")
        if not known:
            fail(
                "SECOND_FACTOR_REQUIRED",
                f"takes roles, separated by commas; the roles are {', '.join(ROLES)}",
            )
        found.append(known)
    return tuple(found)


def _issuer(name: str, address: str) -> str:
    parts = web_address(name, address, example="https://login.example.com")
    if not address.isprintable():
        fail(name, "must be an address such as https://login.example.com")
    if "/.well-known/" in parts.path:
        fail(name, "must end before /.well-known/: the console adds that")
    if not is_secure(parts):
        fail(name, "must use https")
    if len(address) > ISSUER_LENGTH:
        fail(name, f"is longer than {ISSUER_LENGTH} characters")
    return address.rstrip("/")


def _roles(name: str, text: str) -> dict[str, str]:
    """`group=role` pairs, separated by commas; by semicolons where a group's name contains commas."""
    found: dict[str, str] = {}
    for pair in filter(
        None, (part.strip() for part in re.split(r"[;\n]" if ";" in text else r"[,\n]", text))
    ):
        group, separator, role = (part.strip() for part in pair.rpartition("="))
        known = next((known for known in ROLES if known.lower() == role.lower()), "")
        if not separator or not group or not known:
            fail(name, f"takes pairs such as console-editors=Editor; the roles are {', '.join(ROLES)}")
        if group in found:
            fail(name, "names the same group twice")
        found[group] = known
    if not found:
        fail(name, NEEDS)
    return found
