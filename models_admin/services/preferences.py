"""How a person wants to see the list of models: which columns, and how dense. Kept with the account."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User

from models_admin.models import ListPreference


@dataclass(frozen=True, slots=True)
class Preferences:
    """`columns` holds the names of the chosen columns, None if the person has chosen none yet."""

    columns: frozenset[str] | None = None
    compact: bool = False


def preferences_read(*, user: User) -> Preferences:
    row = ListPreference.objects.filter(user=user).first()
    return Preferences(frozenset(row.columns), row.compact) if row else Preferences()


def preferences_save(*, user: User, columns: Iterable[str], compact: bool) -> None:
    values = {"columns": sorted(columns), "compact": compact}
    ListPreference.objects.update_or_create(user=user, defaults=values)
