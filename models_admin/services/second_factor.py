"""Second factors of local accounts: an authenticator app (TOTP, RFC 6238), and recovery codes.

Passkeys are in `passkeys.py`. django-allauth has the tables and arithmetic. Secrets are encrypted with VAULT_KEYS.
Every change is written to the log of changes to accounts, and to the audit stream. People who sign in at a provider
have their second factor there.
"""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.auth.models import User
from django.db.transaction import atomic
from django.dispatch import Signal
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables

from models_admin.access.permissions import role_of
from models_admin.access.project_roles import rules_of
from models_admin.access.vault import text_decrypt
from models_admin.services.team import log_change, person_get

factor_changed = Signal()  # person=User, text=str, in the transaction of the change

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
COUNTER = "last_counter"  # in the data of an authenticator app: the time step whose code was used last
CODE_LENGTH = 64  # characters; anything longer is no code


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has set up. `codes_left` is None without recovery codes."""

    app_since: datetime | None
    app_used_at: datetime | None
    codes_left: int | None
    count: int  # of factors, without the codes

    @property
    def is_first(self) -> bool:
        """Whether there is one, so that its recovery codes are new."""
        return self.count == 1


def factors_of(*, person: User) -> Factors:
    app, codes = _app(person), _codes(person)
    count = Authenticator.objects.filter(user=person, type__in=FACTORS).count()
    return Factors(
        app_since=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        codes_left=len(RecoveryCodes(codes).get_unused_codes()) if codes else None,
        count=count,
    )


def has_factor(person: User) -> bool:
    """Whether signing in with the password takes a second step."""
    return Authenticator.objects.filter(user=person, type__in=FACTORS).exists()


def has_app(*, person: User) -> bool:
    return _app(person) is not None


def factor_required(person: User) -> bool:
    """Whether the role of the account, or one in a project, must have one. A superuser counts as an Administrator."""
    roles = {role_of(person), *(rule.role for rule in rules_of(person))}
    if person.is_superuser:
        roles.add("Administrator")
    return not roles.isdisjoint(settings.SECOND_FACTOR_REQUIRED)


@sensitive_variables()
def app_add(*, person: User, secret: str, code: str) -> bool:
    """Turn the app on if the code is right. There is one app at most. The first factor comes with recovery codes."""
    with atomic():  # as a decorator, its own frame would show the secret in a crash report
        factors_lock(person)
        counter = _counter(secret, code)
        if counter is None or _app(person):
            return False
        app = TOTP.activate(person, secret).instance
        app.data[COUNTER] = counter
        app.save(update_fields=["data"])
        RecoveryCodes.activate(person)
        factor_record(person, person, "Authenticator app set up.")
        return True


@atomic
def app_remove(*, person: User) -> None:
    app = _app(person)
    if app:
        app.delete()
        factor_record(person, person, "Authenticator app removed.")
        codes_follow(person)


@atomic
def codes_renew(*, person: User) -> None:
    """New recovery codes; the old ones stop working."""
    Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(person)
    factor_record(person, person, "New recovery codes made.")


@sensitive_variables()
def codes_unused(*, person: User) -> list[str]:
    """Raises VaultLocked."""
    codes = _codes(person)
    return RecoveryCodes(codes).get_unused_codes() if codes else []


@sensitive_variables()
def code_accept(*, person: User, code: str) -> bool:
    """Whether it is the app's code or a recovery code. Each is accepted once. Raises VaultLocked."""
    plain = code.replace(" ", "").replace("-", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > CODE_LENGTH:
        return False
    return _app_code_accept(person, plain) or _recovery_code_accept(person, plain)


@sensitive_variables()
def _app_code_accept(person: User, code: str) -> bool:
    """A code's time step must be later than the last one used, in whatever process that was."""
    with atomic():
        found = Authenticator.objects.select_for_update()
        app = found.filter(user=person, type=Authenticator.Type.TOTP).first()
        counter = _counter(text_decrypt(app.data["secret"]), code) if app else None
        if counter is None or counter <= app.data.get(COUNTER, -1):
            return False
        app.data[COUNTER] = counter
        app.last_used_at = timezone.now()
        app.save(update_fields=["data", "last_used_at"])
        return True


@sensitive_variables()
def _recovery_code_accept(person: User, code: str) -> bool:
    with atomic():
        codes = _codes(person)
        if codes is None or not RecoveryCodes(codes).validate_code(code):
            return False
        left = len(codes_unused(person=person))
        factor_record(person, person, f"Signed in with a recovery code; {left} left.")
        return True


@atomic
def factors_remove(*, acting: User, pk: int) -> User:
    """All of a person's factors, who has lost them. Raises User.DoesNotExist, NotAllowed."""
    person = person_get(acting=acting, pk=pk)
    deleted, _ = Authenticator.objects.filter(user=person).delete()
    if deleted:
        factor_record(acting, person, "Second factor removed.")
    return person


def people_with_factor(people: list[User]) -> set[int]:
    """The numbers of those accounts that have a second factor."""
    found = Authenticator.objects.filter(user__in=people, type__in=FACTORS)
    return set(found.values_list("user", flat=True))


def factors_lock(person: User) -> None:
    """Until the transaction ends: a form that is sent twice at once sets up one factor. SQLite has a single writer."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def codes_follow(person: User) -> None:
    """Without a factor there is nothing to recover."""
    if not has_factor(person):
        Authenticator.objects.filter(user=person).delete()


def factor_record(acting: User, person: User, text: str) -> None:
    log_change(acting, person, text)
    factor_changed.send(User, person=person, text=text)


def _app(person: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()


def _codes(person: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()


@sensitive_variables()
def _counter(secret: str, code: str) -> int | None:
    """The time step that the code belongs to: this one, the one before or the one after."""
    plain = code.replace(" ", "")
    for counter in yield_hotp_counters_from_time():
        if constant_time_compare(plain, format_hotp_value(hotp_value(secret, counter))):
            return int(counter)
    return None
