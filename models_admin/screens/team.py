"""What the team page shows: people with their roles and state, and the last changes to accounts."""

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from models_admin.access.permissions import role_of
from models_admin.services.project_roles import project_roles_count

LOG_LINES = 20


def people_rows(
    people: Iterable[User],
    *,
    viewer: User,
    by_provider: Container[int] = (),
    with_factor: Container[int] = (),
) -> list[dict[str, Any]]:
    """`by_provider` has the IDs of accounts that sign in at the provider, `with_factor` of accounts with a factor.

    In a row, `locked_until` is set while failed sign-ins lock the account, `factor_url` is where the second factor is
    removed, and `project_roles` is how many rules there are for the person.
    """
    listed = list(people)
    prefetch_related_objects(listed, "groups")
    locked, rules = _locked_until(), project_roles_count(people=listed)
    return [
        {
            "username": person.username,
            "name": person.get_full_name(),
            "email": person.email,
            "role": role_of(person),
            "last_login": person.last_login,
            "is_active": person.is_active,
            "locked_until": locked.get(person.username),
            "is_you": person.pk == viewer.pk,
            "may_change": viewer.is_superuser or not person.is_superuser,
            "by_provider": person.pk in by_provider,
            "has_factor": person.pk in with_factor,
            "edit_url": reverse("team-change", args=[person.pk]),
            "password_url": reverse("team-password", args=[person.pk]),
            "lock_url": reverse("team-lock", args=[person.pk]),
            "unlock_url": reverse("team-unlock", args=[person.pk]),
            "factor_url": reverse("team-factor-remove", args=[person.pk]),
            "project_roles": rules.get(person.pk, 0),
            "project_roles_url": f"{reverse('team-projects')}?{urlencode({'q': person.username})}",
        }
        for person in listed
    ]


def log_lines() -> list[dict[str, str | datetime]]:
    """The last changes to accounts, newest first."""
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
    """Names locked by failed sign-ins at the moment, and until when."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        attempt_time__gte=since, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    )
    return {
        attempt.username: attempt.attempt_time + settings.AXES_COOLOFF_TIME
        for attempt in attempts.order_by("attempt_time")
        if attempt.username
    }
