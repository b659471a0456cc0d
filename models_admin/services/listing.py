"""The models of a project, and the list just read, cached for a few seconds.

The API allows a key 64 calls a minute. Searching, sorting and paging would each be a call, so a list is reused for
ten seconds: by the same person, with the same key, as long as nothing was changed in the project.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cachetools import TTLCache
from django.db.models import Max

from models_admin.access.connections import Access
from models_admin.models import Activity
from models_admin.services.activity import last_set_many
from models_admin.services.client import client
from models_admin.xerotier.model_list import ModelList

CACHE_SECONDS = 10.0
CACHE_MODELS = 15_000  # in all cached lists of this process together: about 40 MB
RECENT_CHANGES = 16

Changes = tuple[tuple[object, ...], ...]
CacheKey = tuple[int, str, bytes, Changes]


@dataclass(frozen=True, slots=True)
class Listing:
    """The models of a project at `read_at` (aware, UTC), `age` seconds ago. `cached`: no call was made for it."""

    list: ModelList
    read_at: datetime
    age: float = 0.0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    listing: Listing
    began: float  # both time.monotonic(): not moved by a change of the clock
    ended: float


def _now() -> float:
    return time.monotonic()


def _size(entry: _Entry) -> int:
    return max(1, len(entry.listing.list))


cache: TTLCache[CacheKey, _Entry] = TTLCache(CACHE_MODELS, CACHE_SECONDS, timer=_now, getsizeof=_size)
_lock = threading.Lock()


def models_list(*, access: Access, fresh: bool = False) -> Listing:
    """The project's models: read now, or up to ten seconds ago by the same person with the same key.

    Raises NotAllowed, ApiError.
    """
    access.require("read")
    # The changes from before the call: one that is made during it gives the next request another key.
    key = _cache_key(access)
    with _lock:
        entry = None if fresh else cache.get(key)
    if entry:
        return replace(entry.listing, cached=True, age=_now() - entry.ended)
    began = _now()
    answer = client().list_models(project=access.project, key=access.key)
    listing = Listing(answer, datetime.now(UTC))
    _store(key, _Entry(listing, began, _now()))
    return listing


def licenses_last_set(*, project: str) -> dict[str, str]:
    """The licence that was last set here, by model ID: the API takes licences and doesn't return them."""
    found = last_set_many(project=project, fields=("license",))
    values = {model_id: last["license"].value for model_id, last in found.items() if last}
    return {model_id: value for model_id, value in values.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change of a model that was made here: `who` did it `at` (aware, UTC)."""

    who: str
    at: datetime


def last_changes(*, project: str, model_ids: Sequence[str]) -> dict[str, LastChange]:
    """The last change of each of these models that reached the API, by model ID. One query."""
    done = Activity.objects.filter(project=project, model_id__in=model_ids, outcome=Activity.Outcome.DONE)
    newest = done.order_by().values("model_id").annotate(newest=Max("id")).values("newest")
    rows = Activity.objects.filter(id__in=newest)
    return {
        model_id: LastChange(who, finished_at or created_at)
        for model_id, who, created_at, finished_at in rows.values_list(
            "model_id", "username", "created_at", "finished_at"
        )
    }


def _store(key: CacheKey, entry: _Entry) -> None:
    """Cache a list, unless it is too large or a call that began later has already been answered."""
    with _lock:
        current = cache.get(key)
        if _size(entry) <= CACHE_MODELS and not (current and current.began > entry.began):
            cache[key] = entry


def _cache_key(access: Access) -> CacheKey:
    return (access.user.pk, access.project, access.key.fingerprint(), _recent_changes(access.project))


def _recent_changes(project: str) -> Changes:
    """The project's last few activity rows. Any change made here, in any process, makes them differ.

    The newest row alone is not enough: it is written before its change is sent, so a list that was read in between
    would outlive the change. So the outcome of each row is part of the key.
    """
    rows = Activity.objects.filter(project=project).order_by("-id")
    return tuple(rows.values_list("id", "outcome", "resolved_at")[:RECENT_CHANGES])
