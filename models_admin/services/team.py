"""Accounts and their roles: find, add, change, lock. Every change is written to Django's log of admin actions.

Each function checks the permission to manage the team; a superuser's account is changed by superusers only.
Raises NotAllowed.
"""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from axes.utils import reset as failed_sign_ins_reset
from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.utils import construct_change_message
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.db.transaction import atomic

from models_admin.access.permissions import ROLES, NotAllowed, permission_require
from models_admin.formatting.storable import text_storable
from models_admin.oidc.provider import provider_get

SEARCHED = ("username", "first_name", "last_name", "email")
MOST_WORDS = 10  # of a search: each is a condition on all searched columns


def people_find(*, acting: User, query: str) -> QuerySet[User]:
    """Accounts by name; each word of the query must occur in one of the searched columns."""
    permission_require(user=acting, act="team")
    people = User.objects.order_by("username")
    for word in search_words(query):
        people = people.filter(Q(*((f"{column}__icontains", word) for column in SEARCHED), _connector=Q.OR))
    return people


def search_words(query: str) -> list[str]:
    """The first words of a query, each once."""
    return list(dict.fromkeys(text_storable(query).split()))[:MOST_WORDS]


def person_get(*, acting: User, pk: int) -> User:
    """The account to be changed. Raises User.DoesNotExist."""
    permission_require(user=acting, act="team")
    person = User.objects.get(pk=pk)
    if person.is_superuser and not acting.is_superuser:
        raise NotAllowed("Only superusers can change a superuser's account.")
    return person


@atomic
def person_save(*, acting: User, form: Any) -> User:
    """Save a checked PersonForm or PersonAddForm. Nobody changes their own role."""
    permission_require(user=acting, act="team")
    is_new = form.instance.pk is None
    person: User = form.save()
    if not form.fields["role"].disabled:
        role_set(person, form.cleaned_data["role"])
    log_change(acting, person, form, is_new=is_new)
    return person


@atomic
def password_set(*, acting: User, person: User, form: Any) -> None:
    """Save a checked SetPasswordForm, which signs the person out everywhere."""
    password_may_be_set(acting=acting, person=person)
    form.save()
    log_change(acting, person, form)


def password_may_be_set(*, acting: User, person: User) -> None:
    """A password would be a way in that the provider's groups don't close. Raises NotAllowed."""
    permission_require(user=acting, act="team")
    if signing_in_by_provider([person]):
        raise NotAllowed(f"This account signs in with {provider_get().name} and has no password here.")


def signing_in_by_provider(people: list[User]) -> set[int]:
    """The numbers of those accounts whose role comes from the provider at each sign-in."""
    if settings.OIDC is None:
        return set()
    found = SocialAccount.objects.filter(provider=provider_get().issuer, user__in=people)
    return set(found.values_list("user", flat=True))


def role_reason(person: User) -> str:
    """Why the role can't be changed here, "" where it can."""
    if not signing_in_by_provider([person]):
        return ""
    return f"Set by the groups at {provider_get().name} at each sign-in."


def person_lock(*, acting: User, pk: int) -> User:
    """Sessions of a locked account end with their next request: Django checks `is_active` each time."""
    person = person_get(acting=acting, pk=pk)
    if person.pk == acting.pk:
        raise NotAllowed("You can't lock your own account. Another administrator can.")
    return _set_active(acting, person, active=False)


def person_unlock(*, acting: User, pk: int) -> User:
    """Let a locked account sign in again, whether an administrator or failed sign-ins locked it."""
    person = person_get(acting=acting, pk=pk)
    failed_sign_ins_reset(username=person.username)
    return _set_active(acting, person, active=True)


@atomic
def _set_active(acting: User, person: User, *, active: bool) -> User:
    person.is_active = active
    person.save(update_fields=["is_active"])
    log_change(acting, person, "Unlocked." if active else "Locked.")
    return person


def role_set(person: User, role: str) -> None:
    """Exactly this role; groups that the operator made stay. "Superuser" and "None" are not roles to set."""
    if role in ROLES:
        role_remove(person, keep=role)
        person.groups.add(Group.objects.get(name=role))


def role_remove(person: User, *, keep: str = "") -> None:
    person.groups.remove(*Group.objects.filter(name__in=ROLES).exclude(name=keep))


def log_change(acting: User, person: User, change: Any, *, is_new: bool = False) -> None:
    message = change if isinstance(change, str) else construct_change_message(change, [], is_new)
    LogEntry.objects.log_actions(
        acting.pk, [person], ADDITION if is_new else CHANGE, change_message=message, single_object=True
    )
