"""What the team pages show and take: rows of people, roles, forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.forms import BaseUserCreationForm, SetPasswordForm
from django.contrib.auth.models import Group, User
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

ROLES: dict[str, str] = {
    "Viewer": "Sees models and the activity.",
    "Editor": "Also edits, revalidates and undoes.",
    "Maintainer": "Also deletes models.",
    "Administrator": "Also manages the team.",
}
ROLE_CHOICES = [(role, role) for role in ROLES]
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the team table. `locked_until` is set while wrong passwords keep the person out."""

    username: str
    name: str
    email: str
    role: str
    last_login: datetime | None
    is_active: bool
    locked_until: datetime | None
    is_you: bool
    may_change: bool
    edit_url: str
    password_url: str
    lock_url: str
    unlock_url: str


def people_rows(people: Iterable[User], *, asking: User) -> list[PersonRow]:
    listed = list(people)
    prefetch_related_objects(listed, "groups")
    locked = _locked_until()
    return [_row(person, asking, locked.get(person.username)) for person in listed]


def _row(person: User, asking: User, locked_until: datetime | None) -> PersonRow:
    def url(name: str) -> str:
        return reverse(f"team:{name}", args=[person.pk])

    return PersonRow(
        username=person.username,
        name=person.get_full_name(),
        email=person.email,
        role=role_of(person),
        last_login=person.last_login,
        is_active=person.is_active,
        locked_until=locked_until,
        is_you=person.pk == asking.pk,
        may_change=asking.is_superuser or not person.is_superuser,
        edit_url=url("auth_user_change"),
        password_url=url("auth_user_password_change"),
        lock_url=url("team-lock"),
        unlock_url=url("team-unlock"),
    )


def role_of(person: User) -> str:
    """The highest role the person has; a superuser stands above them all."""
    if person.is_superuser:
        return "Superuser"
    names = {group.name for group in person.groups.all()}
    return next((role for role in reversed(ROLES) if role in names), "None")


def role_give(person: User, role: str) -> None:
    """Exactly this role; groups of the operator's own making stay. What is no role changes nothing."""
    if role not in ROLES:
        return
    person.groups.remove(*Group.objects.filter(name__in=ROLES).exclude(name=role))
    person.groups.add(Group.objects.get(name=role))


def roles_explained() -> list[tuple[str, str]]:
    return list(ROLES.items())


def log_lines() -> list[dict[str, Any]]:
    """The last changes to accounts, newest first, as Django's admin wrote them."""
    entries = LogEntry.objects.select_related("user").order_by("-pk")[:LOG_LINES]
    return [
        {
            "who": entry.user.username,
            "what": entry.object_repr,
            "how": entry.get_change_message(),
            "at": entry.action_time,
        }
        for entry in entries
    ]


def _locked_until() -> dict[str, datetime]:
    """Who is kept out by wrong passwords just now, and until when."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        attempt_time__gte=since, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    )
    return {
        attempt.username: attempt.attempt_time + settings.AXES_COOLOFF_TIME
        for attempt in attempts.order_by("attempt_time")
        if attempt.username
    }


def _role_field() -> forms.ChoiceField:
    return forms.ChoiceField(choices=ROLE_CHOICES, initial="Viewer", label="Role")


def _about_another(name: str) -> forms.TextInput:
    """A browser must not fill in what it knows of the person who types."""
    plain = {"autocapitalize": "none", "spellcheck": "false"} if name in ("username", "email") else {}
    return forms.TextInput(attrs={"autocomplete": "off", **plain})


FIELDS = ("username", "first_name", "last_name", "email")
WIDGETS = {name: _about_another(name) for name in FIELDS}


class PersonForm(forms.ModelForm):
    role = _role_field()
    role_fixed = False  # one's own account: the role is shown, not changed

    class Meta:
        model = User
        fields = FIELDS
        widgets = WIDGETS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, field = role_of(self.instance), cast(forms.ChoiceField, self.fields["role"])
        self.initial.setdefault("role", role)
        field.disabled = self.role_fixed
        if role not in ROLES:  # a superuser, or an account without a role: staying so is a choice too
            field.choices = [(role, role), *ROLE_CHOICES]


class PersonAddForm(BaseUserCreationForm):
    role = _role_field()

    class Meta:
        model = User
        fields = FIELDS
        widgets = WIDGETS


class PersonPasswordForm(SetPasswordForm):
    """Setting somebody's password; Django's admin asks the form whether passwords are in use at all."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["set_usable_password"] = True
        return cleaned
