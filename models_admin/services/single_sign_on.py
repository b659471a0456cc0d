"""The account of a person who has signed in at the provider: found by issuer and subject, else made.

The role is that of the groups at this sign-in, whatever it was before. A change is written to the log of changes to
accounts, with the person themselves as the one who made it. The groups are kept for rules about roles per project.
"""

import re
import unicodedata
from itertools import count

import structlog
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.transaction import atomic

from models_admin.access.permissions import role_of
from models_admin.formatting.storable import text_storable
from models_admin.models import ProviderGroup
from models_admin.models.roles import GROUP_LENGTH
from models_admin.oidc.claims import Identity
from models_admin.oidc.errors import SignInFailed
from models_admin.oidc.provider import provider_get
from models_admin.services.sessions import sessions_end_others
from models_admin.services.team import log_change, role_remove, role_set

USERNAME_LENGTH = 140  # characters, so that a number fits behind
OTHER_CHARACTERS = re.compile(r"[^\w.@+-]+")  # what Django's user names do not have
TRIES = 3
BATCH = 500  # rows of one query

log = structlog.get_logger("console.single_sign_on")


def person_sign_in(*, identity: Identity, current: str | None) -> User:
    """Raises SignInFailed where the groups give no role, or the account is locked.

    Without a role, a known account loses the one it had, and its sessions end, except `current`: the key of this
    request's session, which the view ends.
    """
    person = _person_known(identity) if identity.role else _person_without_role(identity, current)
    if not identity.role:
        raise SignInFailed("no_role", "no group gives a role")
    person = person or _person_new(identity)
    if not person.is_active:
        raise SignInFailed("locked", "the account is locked")
    return person


def person_confirm(*, person: User, identity: Identity, current: str | None) -> None:
    """The same for someone who is signed in and proves it. Raises SignInFailed, also for another person."""
    found = person_find(identity=identity)
    if found is None or found.pk != person.pk:
        raise SignInFailed("another_person", "another account signed in at the provider")
    person_sign_in(identity=identity, current=current)


def person_find(*, identity: Identity) -> User | None:
    """The account of someone at the provider."""
    found = SocialAccount.objects.select_related("user")
    account = found.filter(provider=identity.issuer, uid=identity.subject).first()
    return account.user if account else None


@atomic
def _person_known(identity: Identity) -> User | None:
    """The account with the role and names that it has at the provider now."""
    person = person_find(identity=identity)
    if person is None or not person.is_active:
        return person
    _role_now(person, identity.role)
    _groups_keep(person, identity.groups)
    names = {"first_name": identity.first_name, "last_name": identity.last_name, "email": identity.email}
    changed = [name for name, value in names.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, names[name])
    if changed:
        person.save(update_fields=changed)
    return person


@atomic
def _person_without_role(identity: Identity, current: str | None) -> User | None:
    """Roles in projects are kept for the person's return; without a session, nobody can use them."""
    person = person_find(identity=identity)
    if person is not None:
        _role_now(person, "")
        _groups_keep(person, frozenset())
        sessions_end_others(user=person, current=current)
    return person


def _groups_keep(person: User, groups: frozenset[str]) -> None:
    """In place of those of the last sign-in. A name that can't be in a rule is left out."""
    named = {name for name in groups if 0 < len(name) <= GROUP_LENGTH and text_storable(name) == name}
    kept = dict(ProviderGroup.objects.filter(user=person).values_list("name", "pk"))
    gone = [pk for name, pk in kept.items() if name not in named]
    for start in range(0, len(gone), BATCH):
        ProviderGroup.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    new = [ProviderGroup(user=person, name=name) for name in sorted(named - kept.keys())]
    ProviderGroup.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def _role_now(person: User, role: str) -> None:
    before = role_of(person)
    if person.is_superuser or before == (role or "None"):
        return
    role_set(person, role) if role else role_remove(person)
    change = f"from {before} to {role}" if role else f"{before} removed"
    log_change(
        person, person, f"Role {'changed ' if role else ''}{change} by the groups at {provider_get().name}."
    )
    log.info("role changed at sign-in", user=person.pk, before=before, after=role or "None")


def _person_new(identity: Identity) -> User:
    """Two first sign-ins at once make one account, and two people of one name get two."""
    for _ in range(TRIES):
        try:
            with atomic():
                return _person_create(identity)
        except IntegrityError:
            if person := _person_known(identity):
                return person
    raise SignInFailed("busy", "the account could not be made")


def _person_create(identity: Identity) -> User:
    person = User(
        username=_username_free(identity.username),
        first_name=identity.first_name,
        last_name=identity.last_name,
        email=identity.email,
    )
    person.set_unusable_password()
    person.save()
    SocialAccount.objects.create(user=person, provider=identity.issuer, uid=identity.subject)
    role_set(person, identity.role)
    _groups_keep(person, identity.groups)
    log_change(
        person,
        person,
        f"Added at the first sign-in with {provider_get().name}, as {identity.role}.",
        is_new=True,
    )
    return person


def _username_free(wanted: str) -> str:
    """The name at the provider, with a number where an account has it. Nobody is recognised by it."""
    plain = OTHER_CHARACTERS.sub("-", unicodedata.normalize("NFKC", wanted)).strip("-")[:USERNAME_LENGTH]
    plain = plain or "person"
    taken = {name.casefold() for name in User.objects.values_list("username", flat=True)}
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in names if name.casefold() not in taken)
