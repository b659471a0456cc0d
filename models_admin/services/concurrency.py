"""Keeps two people in this console from overwriting each other between one's GET and one's PATCH.

The API has no ETag. Reading before writing finds a change made before the GET; this finds one made
after it, by anyone who uses this console, in any process: their intent stands in the activity.

    baseline -> GET -> own intent row -> contested? -> PATCH

Of two saves at the same moment the one whose row is older goes on, the other yields (`recording` sees to
it that a lower id was committed first).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from models_admin.models import Activity
from models_admin.services.activity import EDITS

# A save sends for at most 20 s and reads again for as long; what is older died and sends no more.
OPEN_FOR = timedelta(seconds=45)
HARMLESS = (Activity.Outcome.REFUSED, Activity.Outcome.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The activity of one field before the GET: its newest row, and the saves under way (their ids)."""

    newest: int
    under_way: frozenset[int]


def baseline(*, project: str, model_id: str, field: str) -> Baseline:
    rows = _rows(project, model_id, field)
    newest = rows.values_list("id", flat=True).first() or 0
    return Baseline(newest, frozenset(_under_way(rows).values_list("id", flat=True)))


def contested(*, row: Activity, since: Baseline) -> Activity | None:
    """The other save that stands in the way of this one, None where nothing does.

    That is one begun after the baseline and before this row, unless it is known to have changed
    nothing; or one that was under way at the baseline: it may have landed between our GET and now.
    """
    rows = _rows(row.project, row.model_id, row.field).filter(id__lt=row.pk)
    later = rows.filter(id__gt=since.newest).exclude(outcome__in=HARMLESS).first()
    if later is not None:
        return later
    return rows.filter(id__in=since.under_way).exclude(outcome__in=HARMLESS).first()


def _rows(project: str, model_id: str, field: str) -> QuerySet[Activity]:
    return Activity.objects.filter(
        project=project, model_id=model_id, field=field, action__in=EDITS
    ).order_by("-id")


def _under_way(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    return rows.filter(outcome=Activity.Outcome.INTENT, created_at__gt=timezone.now() - OPEN_FOR)
