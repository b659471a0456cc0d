"""The models of a project, and the list just read kept for a few seconds."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.models import Activity
from models_admin.screens.models.filtering import Index
from models_admin.services.client import client
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

KEEP_SECONDS = 10.0
KEEP_MODELS = 15_000  # in all lists of this process together: about 40 MB with what searching needs
KEEP_LISTS = 512
RECENT_CHANGES = 16

CacheKey = tuple[int, str, bytes]
Version = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The models of a project as they stood at `read_at` (aware, UTC), `age` seconds ago.

    `complete` is False where reading stopped early; `note` says why. `detailed` is False where the answer
    carries six facts a model only (the document dialect). `cached` tells that no call was made for it.
    """

    models: tuple[Model, ...]
    complete: bool
    detailed: bool
    note: str
    read_at: datetime
    index: Index
    digest: bytes = b""  # of the models: lists with the same one are alike; b"" where it is not known
    age: float = 0.0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Kept:
    listing: Listing
    version: Version
    began: float
    at: float  # both time.monotonic(): a clock that jumps neither keeps a list longer nor drops it


class ListCache:
    """Lists just read, at most `models` models in all, the longest unused dropped first. Thread-safe."""

    def __init__(self, *, models: int = KEEP_MODELS, seconds: float = KEEP_SECONDS) -> None:
        self._models, self._seconds = models, seconds
        self._kept: OrderedDict[CacheKey, _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: CacheKey, version: Version) -> Listing | None:
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if kept.version != version or now - kept.at >= self._seconds:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
        return replace(kept.listing, cached=True, age=now - kept.at)

    def put(self, key: CacheKey, version: Version, listing: Listing, *, began: float) -> None:
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.began > began:
                return  # a read that began later has already answered
            self._drop(key)
            for old in [k for k, v in self._kept.items() if now - v.at >= self._seconds]:
                self._drop(old)
            if len(listing.models) > self._models:
                return
            self._kept[key] = _Kept(listing, version, began, now)
            self._size += len(listing.models)
            while self._size > self._models or len(self._kept) > KEEP_LISTS:
                self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _drop(self, key: CacheKey) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= len(kept.listing.models)


cache = ListCache()
# Lists are told apart by key without keeping any key: this secret lives and dies with the process.
_FINGERPRINT = secrets.token_bytes(32)


def models_list(*, access: Access, fresh: bool = False) -> Listing:
    """The project's models: read now, or up to ten seconds ago by the same person with the same key.

    Raises NotAllowed, ApiError.
    """
    permission_require(user=access.user, act="read")
    key, version = _cache_key(access), _version(access.project)
    kept = None if fresh else cache.get(key, version)
    if kept is not None:
        return kept
    began = time.monotonic()
    answer = client().list_models(project=access.project, key=access.key)
    listing = _listing(answer)
    # The version from before the call: a change that landed meanwhile makes this list old at once.
    cache.put(key, version, listing, began=began)
    return listing


def _listing(answer: ModelList) -> Listing:
    index = Index(answer.models)
    return Listing(
        models=index.models,
        complete=answer.complete,
        detailed=answer.detailed,
        note=answer.note,
        read_at=datetime.now(timezone.utc),
        index=index,
    )


def _cache_key(access: Access) -> CacheKey:
    fingerprint = hmac.digest(_FINGERPRINT, access.key.reveal().encode(), hashlib.sha256)
    return (access.user.pk, access.project, fingerprint)


def _version(project: str) -> Version:
    """What the project's activity looks like. Any change made here, in any process, makes it another one.

    The newest row alone would not do: it is written before the change is sent, so a list read in between
    would outlive the change. Hence the outcomes of the last few rows; one query on an index.
    """
    rows = Activity.objects.filter(project=project).order_by("-id")
    return tuple(rows.values_list("id", "outcome", "settled_at")[:RECENT_CHANGES])
