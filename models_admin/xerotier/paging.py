"""All pages of a list, in either dialect.

The document dialect answers everything at once. The openai dialect gives at most PAGE_SIZE a page; its
further pages are fetched at the same time, in waves that grow, within what the key's rate limit leaves.
Reading ends at a short page, or at one that brings no new id (a server that ignores `offset`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from hashlib import sha256
from typing import Any, NamedTuple

from models_admin.xerotier import errors
from models_admin.xerotier.columns import models_from_json
from models_admin.xerotier.limits import MAX_PAGES, PAGE_SIZE, PAGES_AT_ONCE, RATE_RESERVE
from models_admin.xerotier.schemas import Model, ModelList, RateLimit

# One of these on any model shows that the list carries more than the document's six facts.
DETAILS = frozenset(
    {"architecture", "quantization", "context_length", "parameter_count", "version", "is_shared"}
)


class Page(NamedTuple):
    """One answer. `size` counts its entries, `left_out` those without a usable id, `total` all there are, if told.

    `digest` stands for its bytes: two pages with the same one have the same models.
    """

    models: list[Model]
    size: int
    left_out: int
    paged: bool  # the openai dialect
    total: int | None
    more: bool | None
    rate: RateLimit
    request_id: str | None
    digest: bytes = b""
    weight: int = 0  # bytes


def digest_of(body: bytes) -> bytes:
    return sha256(body).digest()  # processors have instructions for it


def page_of(data: dict[str, Any], *, rate: RateLimit, request_id: str | None) -> Page:
    """Raises BadAnswer where the answer has neither `data` nor `models`."""
    paged = isinstance(data.get("data"), list)
    items = data["data"] if paged else data.get("models")
    if not isinstance(items, list):
        raise errors.BadAnswer("The answer has no list of models.", request_id=request_id)
    models, left_out = models_from_json(items, request_id=request_id)
    counters = {**data, **pagination} if isinstance(pagination := data.get("pagination"), dict) else data
    totals = (counters.get(name) for name in ("total", "total_count", "totalCount"))
    total = next((value for value in totals if type(value) is int and value >= 0), None)
    hints = (counters.get(name) for name in ("has_more", "hasMore"))
    more = next((value for value in hints if isinstance(value, bool)), None)
    return Page(models, len(items), left_out, paged, total, more, rate, request_id)


class Reading:
    """One list being read: what came so far, and whether it is all."""

    def __init__(self, first: Page) -> None:
        self._first = first
        self._step = first.size  # a server with a lower ceiling than PAGE_SIZE shows it here
        # A "total" that only counts this page would end the reading too early: believed where it says more.
        self._total = first.total if first.total and first.total > first.size else None
        self._by_id: dict[str, Model] = {}
        self._left_out = 0
        self._remaining = first.rate.remaining
        self._digests: list[bytes] = []
        self._weight = 0
        self.note = ""
        self.done = False
        self.add(first)

    def add(self, page: Page) -> None:
        """The next page in order. Sets `done` where it is the last."""
        before = len(self._by_id)
        for model in page.models:
            self._by_id.setdefault(model.id, model)
        self._left_out += page.left_out
        self._digests.append(page.digest)
        self._weight += page.weight
        if page.rate.remaining is not None:
            known = self._remaining
            self._remaining = page.rate.remaining if known is None else min(known, page.rate.remaining)
        if not self._ended(page) and len(self._by_id) == before:
            self.stop(
                "The service sends the same page again and again, so there may be more models than these."
            )
        self.done = self.done or self._ended(page)

    def _ended(self, page: Page) -> bool:
        if not page.paged or page.size == 0 or page.more is False:
            return True
        if self._total is not None:
            return len(self._by_id) + self._left_out >= self._total
        return page.size != PAGE_SIZE and not page.more  # short; or longer, where the server does not page

    def stop(self, note: str) -> None:
        self.note, self.done = note, True

    def waves(self) -> Iterator[list[int]]:
        """Offsets to ask for at the same time, until done. Between two waves `add` is called for each page."""
        asked, width = 1, 1
        while not self.done:
            wanted = min(width, PAGES_AT_ONCE)
            if self._total is not None:  # told how many there are, nothing is guessed
                wanted = min(PAGES_AT_ONCE, -(-self._total // self._step) - asked)
            if wanted <= 0:
                return self.stop(f"The service counts {self._total}.")
            wanted = min(wanted, MAX_PAGES - asked)
            if wanted <= 0:
                return self.stop("The project has more models than the console reads.")
            if self._remaining is not None:
                wanted = min(wanted, self._remaining - RATE_RESERVE)
            if wanted <= 0:
                return self.stop(
                    "Reading stopped there to spare the key's rate limit. Try again in a minute."
                )
            yield [(asked + index) * self._step for index in range(wanted)]
            asked, width = asked + wanted, width * 2
        return None

    def result(self) -> ModelList:
        models = tuple(self._by_id.values())
        notes = [f"Models read: {len(models)}. {self.note}"] if self.note else []
        if self._left_out:
            notes.append(f"Entries without a usable ID were left out: {self._left_out}.")
        return ModelList(
            models=models,
            complete=not notes,
            detailed=any(not DETAILS.isdisjoint(told) for told in {model.reported for model in models}),
            note=" ".join(notes),
            rate_limit=RateLimit(self._first.rate.limit, self._remaining, self._first.rate.reset),
            request_id=self._first.request_id,
            digest=digest_of(b"".join(self._digests)) if all(self._digests) else b"",
            weight=self._weight,
        )


def read_all(first: Page, fetch: Callable[[int], Page], workers: Executor) -> ModelList:
    """The whole list. `fetch(offset)` gets one page and may raise ApiError; it runs in the threads of `workers`.

    A further page that fails ends the reading with a note; one that refuses the key is raised.
    """
    reading = Reading(first)
    for offsets in reading.waves():
        pages = [workers.submit(fetch, offset) for offset in offsets]
        try:
            for page in pages:
                if not reading.done:
                    reading.add(page.result())
        except (errors.KeyRefused, errors.Denied):
            raise
        except errors.ApiError as error:
            reading.stop(f"A further page could not be read: {error.message}")
        finally:
            for page in pages:
                page.cancel()  # those not yet begun; the answers of the others are let go
    return reading.result()
