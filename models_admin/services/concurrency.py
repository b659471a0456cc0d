"""Finds a change to the same field made in this console between our GET and our PATCH.

The API has no ETag. Reading before writing finds a change made before the GET. This module finds one made after it by
anyone who uses this console, in any process, because every change records its intent in the activity first.

    baseline -> GET -> own intent row -> contested_by -> PATCH

Of two simultaneous saves the one with the older row is sent, and the other one reports a conflict. `audit` makes sure
that a lower ID was committed first.
"""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from models_admin.models import Activity
from models_admin.services.activity import DEAD_AFTER, EDITS, fields_of

CHANGED_NOTHING = (Activity.Outcome.REFUSED, Activity.Outcome.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The activity of one field before the GET: its newest row, and the IDs of the saves in progress."""

    newest: int
    in_progress: frozenset[int]


def baseline(*, project: str, model_id: str, field: str) -> Baseline:
    rows = _rows(project, model_id, field)
    newest = rows.values_list("id", flat=True).first() or 0
    recent = rows.filter(outcome=Activity.Outcome.INTENT, created_at__gt=timezone.now() - DEAD_AFTER)
    return Baseline(newest, frozenset(recent.values_list("id", flat=True)))


def contested_by(*, row: Activity, since: Baseline) -> Activity | None:
    """The other save that conflicts with this one, or None.

    That is one which began after the baseline and before this row, or one that was in progress at the baseline, since
    it may have been carried out after our GET. Saves that certainly changed nothing don't count.
    """
    rows = (
        _rows(row.project, row.model_id, row.field).filter(id__lt=row.pk).exclude(outcome__in=CHANGED_NOTHING)
    )
    names = fields_of(row)
    for candidates in (rows.filter(id__gt=since.newest), rows.filter(id__in=since.in_progress)):
        for other in candidates:
            if names & fields_of(other):
                return other
    return None


def _rows(project: str, model_id: str, field: str) -> QuerySet[Activity]:
    """The edits of a field, with those of several fields; all edits if `field` is ""."""
    rows = Activity.objects.filter(project=project, model_id=model_id, action__in=EDITS).order_by("-id")
    return rows.filter(field__in=(field, "")) if field else rows
