"""Details of many models for the checks, where the list carries six fields: read in slices, kept for half an hour.

Each slice is one request of the person's browser and fits in the key's rate limit. Rows are the person's own, as the
cached list is; the details of a model that was changed here afterwards aren't used any more.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Any

from django.db.models import Max
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting.storable import json_storable
from models_admin.models import Activity, ModelDetails
from models_admin.services.client import client
from models_admin.services.reading import model_fetch, model_gone
from models_admin.xerotier.errors import ApiError, RateLimited
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.parsing import FIELD_OF_KEY

KEPT = timedelta(minutes=30)
SLICE = 32  # models of one request
AT_ONCE = 8
WAIT = 15  # seconds after a 429, or where the API says nothing of its limit
RESERVE = 10  # calls of the key's minute that are left to the person
WAITING = "The key's rate limit for this minute is nearly used up."


@dataclass(frozen=True, slots=True)
class Slice:
    """How a request went: `note` says why it stopped early, "" if it didn't. It may go on after `wait` seconds."""

    note: str = ""
    wait: int = 0
    error: ApiError | None = None


def details_known(*, access: Access) -> dict[str, dict[str, Any]]:
    """What was read in the last half hour, by model ID, without models that were changed here since. Two queries."""
    rows = ModelDetails.objects.filter(
        user=access.user, project=access.project, read_at__gt=timezone.now() - KEPT
    )
    known = list(rows.values_list("model_id", "entry", "read_at"))
    if not known:
        return {}
    changed = Activity.objects.filter(project=access.project, created_at__gt=timezone.now() - KEPT).order_by()
    # A change may take effect until its answer has come, and a revalidation until its end was seen.
    times = changed.values_list("model_id").annotate(
        Max("created_at"), Max("finished_at"), Max("resolved_at")
    )
    newest = {model_id: max(filter(None, ends)) for model_id, *ends in times}
    return {
        model_id: entry
        for model_id, entry, read_at in known
        if model_id not in newest or newest[model_id] < read_at
    }


def details_merge(models: ModelList, known: Mapping[str, Mapping[str, Any]]) -> ModelList:
    """The list with what is known of each model beside what the list says, which is newer and wins."""
    ids = models.column("id")
    entries = tuple(
        _merged(entry, known[model_id]) if model_id in known else entry
        for model_id, entry in zip(ids, models.entries, strict=True)
    )
    return replace(models, entries=entries)


def _merged(entry: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    listed = {FIELD_OF_KEY.get(key) for key in entry}
    return {**{name: value for name, value in details.items() if name not in listed}, **entry}


def details_read(*, access: Access, model_ids: Sequence[str]) -> Slice:
    """Read the details of as many of these models as one request allows, in order. Raises NotAllowed."""
    access.require("read")
    ModelDetails.objects.filter(read_at__lt=timezone.now() - KEPT).delete()
    room, seconds = _room(access)
    wanted = model_ids[: min(SLICE, room)]
    if not wanted:
        return Slice(WAITING, seconds)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="details") as pool:
        answers = list(pool.map(lambda model_id: _read(access, model_id), wanted))
    rows = [
        ModelDetails(user=access.user, project=access.project, model_id=model_id, entry=answer)
        for model_id, answer in zip(wanted, answers, strict=True)
        if not isinstance(answer, ApiError)
    ]
    ModelDetails.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "project", "model_id"],
        update_fields=["entry", "read_at"],
    )
    error = next((answer for answer in answers if isinstance(answer, ApiError)), None)
    if isinstance(error, RateLimited):
        return Slice(WAITING, WAIT)
    return Slice(error.message if error else "", error=error)


def _read(access: Access, model_id: str) -> dict[str, Any] | ApiError:
    """The fields as sent. A model that is gone has none, so that it isn't asked for again."""
    try:
        sent = model_fetch(access=access, model_id=model_id).sent
    except ApiError as error:
        return {} if model_gone(error) else error
    return {name: json_storable(value) for name, value in sent.items()}


def _room(access: Access) -> tuple[int, int]:
    """How many calls may be made now, and the seconds until there may be more."""
    budget = client().budget(key=access.key)
    if budget is None:
        return SLICE, WAIT
    return max(0, budget.remaining - RESERVE), max(1, ceil(budget.seconds))
