"""Deletes old rows of the activity, except those that the console still needs.

These stay, however old they are: the last row of each model, the row of each value that was last set here, and rows of
jobs without a known result, because a missing row would mean that nothing was sent. Later saves without a known result
and the newest revalidation stay with a value, because it is doubtful by them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from models_admin.models import Activity, JobItem
from models_admin.services.activity import EDITS, SENT, UNKNOWNS, LastSet, history, last_set
from models_admin.services.audit import activity_pruned

BATCH = 500  # rows deleted in one transaction


@dataclass(frozen=True, slots=True)
class Prunable:
    """How many rows are older than asked, and the IDs of those that may be deleted, oldest first."""

    old: int
    ids: list[int]


def activity_prunable(*, before: datetime) -> Prunable:
    """What could be deleted. Changes nothing."""
    old = Activity.objects.filter(created_at__lt=before)
    later = Activity.objects.filter(
        project=OuterRef("project"), model_id=OuterRef("model_id"), pk__gt=OuterRef("pk")
    )
    undecided = JobItem.objects.filter(
        job=OuterRef("job"), model_id=OuterRef("model_id"), state=JobItem.State.RUNNING
    )
    candidates = old.filter(Exists(later)).exclude(job__isnull=False, outcome__in=UNKNOWNS)
    candidates = candidates.filter(~Exists(undecided))
    needed = set(_last_set_here(candidates))
    ids = candidates.order_by("pk").values_list("pk", flat=True)
    return Prunable(old.count(), [pk for pk in ids.iterator() if pk not in needed])


def activity_prune(*, before: datetime) -> int:
    """Delete what can be deleted, and return how many rows that were. Each batch is reported to the audit stream."""
    ids = activity_prunable(before=before).ids
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        with transaction.atomic():
            Activity.objects.filter(pk__in=batch).delete()
            activity_pruned.send(Activity, before=before, count=len(batch))
    return len(ids)


def _last_set_here(candidates: QuerySet[Activity]) -> Iterator[int]:
    """The rows of values last set here, of models that were not deleted here."""
    models = candidates.order_by().values_list("project", "model_id").distinct()
    for project, model_id in models.iterator():
        last = Activity.objects.filter(project=project, model_id=model_id).order_by("-pk").first()
        is_deleted = last and last.action == Activity.Action.DELETE and last.outcome == Activity.Outcome.DONE
        if not is_deleted:
            values = last_set(project=project, model_id=model_id)
            yield from (value.number for value in values.values())
            yield from _doubts(project, model_id, values)


def _doubts(project: str, model_id: str, values: Mapping[str, LastSet]) -> Iterator[int]:
    """The rows that make these values doubtful: later saves without a known result, and the newest revalidation."""
    if not values:
        return
    oldest = min(value.number for value in values.values())
    later = history(project=project, model_id=model_id).filter(pk__gt=oldest)
    yield from later.filter(action__in=EDITS, outcome__in=UNKNOWNS).values_list("pk", flat=True)
    revalidations = later.filter(action=Activity.Action.REVALIDATE, outcome__in=SENT)
    yield from revalidations.values_list("pk", flat=True)[:1]
