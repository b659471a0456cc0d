"""Passkeys as second factors of local accounts (Web Authentication Level 2, checked by fido2).

django-allauth keeps the challenge in the session of the current request, and the public keys in the table of factors.
A challenge is accepted once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal import auth
from django.contrib.auth.models import User
from django.db.transaction import atomic
from fido2.webauthn import UserVerificationRequirement

from models_admin.formatting.storable import text_storable
from models_admin.services.second_factor import codes_follow, factor_record, factors_lock

NAME_LENGTH = 60  # characters
RESPONSE_LENGTH = 20_000  # characters; real ones have some 1,500
MOST = 10  # passkeys of one person

REQUIRED = UserVerificationRequirement.REQUIRED.value

log = structlog.get_logger("console.passkeys")


@dataclass(frozen=True, slots=True)
class Passkey:
    pk: int
    name: str
    since: datetime
    used_at: datetime | None


def passkeys_of(*, person: User) -> list[Passkey]:
    found = _rows(person).order_by("pk")
    return [Passkey(row.pk, row.data["name"], row.created_at, row.last_used_at) for row in found]


def registration_begin(*, person: User) -> str:
    """What the browser is asked for, as JSON."""
    return json.dumps(auth.begin_registration(person, passwordless=False))


def authentication_begin(*, person: User, alone: bool = False) -> str:
    """The same for signing in, "" where the person has no passkey.

    `alone`: no password was typed, so the device has to check who is using it, by a PIN or a finger: anyone can
    touch a key that was left in a machine.
    """
    if not _rows(person).exists():
        return ""
    options = json.loads(json.dumps(auth.begin_authentication(person)))
    if alone:
        options["publicKey"]["userVerification"] = REQUIRED
        context.request.session[auth.STATE_SESSION_KEY]["user_verification"] = REQUIRED
    return json.dumps(options)


@atomic
def passkey_add(*, person: User, name: str, response: str) -> bool:
    """Whether the browser's answer is right. The first factor comes with recovery codes."""
    factors_lock(person)
    credential = _read(response)
    if credential is None or _rows(person).count() >= MOST:
        return False
    if _checked(lambda: auth.complete_registration(credential)) is None:
        return False
    label = text_storable(name).strip()[:NAME_LENGTH] or "Passkey"
    auth.WebAuthn.add(person, label, credential)
    RecoveryCodes.activate(person)
    factor_record(person, person, f"Passkey {label} added.")
    return True


@atomic
def passkey_remove(*, person: User, pk: int) -> str:
    """Its name. Raises Authenticator.DoesNotExist, also for another person's."""
    found = _rows(person).get(pk=pk)
    name = str(found.data["name"])
    found.delete()
    factor_record(person, person, f"Passkey {name} removed.")
    codes_follow(person)
    return name


def passkey_accept(*, person: User, response: str) -> bool:
    """Whether the answer is of one of the person's passkeys, to the challenge of this session."""
    credential = _read(response)
    if credential is None:
        return False
    found = _checked(lambda: auth.complete_authentication(person, credential))
    if found is None:
        return False
    found.record_usage()
    return True


def _rows(person: User) -> Any:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)


def _read(response: str) -> dict[str, Any] | None:
    if not 0 < len(response) <= RESPONSE_LENGTH:
        return None
    try:
        found = json.loads(response)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _checked(check: Callable[[], Any]) -> Any:
    """What the check returns, None where it raises: what a browser sends can be wrong in many ways."""
    try:
        return check()
    except Exception as exc:
        log.info("passkey refused", error=type(exc).__name__)
        return None
    finally:
        context.request.session.pop(auth.STATE_SESSION_KEY, None)
