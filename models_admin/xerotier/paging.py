"""All pages of a list, in either dialect.

The document dialect answers everything at once. The openai dialect gives at most PAGE_SIZE models a page; its further
pages are fetched at the same time, in waves that grow, within what the key's rate limit leaves. Reading ends at a short
page, at what the answer's own counters say, or at a page without a new ID (from a server that ignores `offset`).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any, NamedTuple

from models_admin.xerotier import errors
from models_admin.xerotier.limits import MAX_PAGES, PAGE_SIZE, PAGES_AT_ONCE, RATE_RESERVE
from models_admin.xerotier.lists import counters_of
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.observed import Dialect
from models_admin.xerotier.parsing import id_of
from models_admin.xerotier.schemas import RateLimit

# A server that caps its pages without saying so shows it by one of these sizes, which may also be all there is.
CEILINGS = frozenset({10, 20, 25, 30, 50, PAGE_SIZE})


class Page(NamedTuple):
    """One answer: `entries` are those with an ID, `size` counts all of them."""

    entries: dict[str, dict[str, Any]]  # by ID
    size: int
    left_out: int  # entries without an ID
    paged: bool  # there may be further pages
    total: int | None  # models in all, None if the answer does not say
    more: bool | None  # whether there are further models, None if the answer does not say
    rate: RateLimit
    request_id: str | None


def page_of(data: dict[str, Any], *, rate: RateLimit, request_id: str | None) -> Page:
    """Raises BadAnswer if the answer has neither `data` nor `models`. Null stands for an empty list."""
    name = next((key for key in ("data", "models") if isinstance(data.get(key), list)), None)
    items = data[name] if name else []
    empty = any(key in data and data[key] is None for key in ("data", "models"))
    if name is None and (not empty or data.get("error") or data.get("errors")):
        raise errors.BadAnswer("The response has no list of models.", request_id=request_id)
    entries: dict[str, dict[str, Any]] = {}
    left_out = 0
    for item in items:
        if (model_id := id_of(item)) is None:
            left_out += 1
        else:
            entries.setdefault(model_id, item)
    total, more = counters_of(data)
    paged = name == "data" or more is True or (total or 0) > len(items)
    return Page(entries, len(items), left_out, paged, total, more, rate, request_id)


def dialect_of(data: dict[str, Any]) -> Dialect | None:
    """Which of the two dialects an answer with a list is in; None where the list is null."""
    if isinstance(data.get("data"), list):
        return "openai"
    return "document" if isinstance(data.get("models"), list) else None


class Reading:
    """One list being read: what has come so far, and whether that is all."""

    def __init__(self, first: Page) -> None:
        self._first = first
        # A "total" that counts only this page would end the reading too early: believed if it says more.
        self._total = first.total if first.total and first.total > first.size else None
        self._entries: dict[str, dict[str, Any]] = {}
        self._left_out = 0
        self._remaining = first.rate.remaining
        self.note = ""
        self.done = False
        self.add(first)

    def add(self, page: Page) -> None:
        """Adds the next page in order. Sets `done` if it is the last."""
        before = len(self._entries) + self._left_out
        new = {model_id: entry for model_id, entry in page.entries.items() if model_id not in self._entries}
        self._entries.update(new)
        self._left_out += page.left_out
        if page.rate.remaining is not None:
            known = self._remaining
            self._remaining = page.rate.remaining if known is None else min(known, page.rate.remaining)
        if self._ended(page):
            self.done = True
        elif self._count() == before:
            self.stop("The API sent the same page twice, so there may be more models.")

    def _count(self) -> int:
        return len(self._entries) + self._left_out

    def _ended(self, page: Page) -> bool:
        if not page.paged or page.size == 0:
            return True
        if self._total is not None:
            return self._count() >= self._total
        if page.more is not None:
            return not page.more
        if page is self._first:
            return page.size not in CEILINGS  # a larger one than PAGE_SIZE: the server does not page
        return page.size < self._first.size

    def stop(self, note: str) -> None:
        self.note, self.done = note, True

    def waves(self) -> Iterator[list[int]]:
        """Offsets to fetch at the same time, until done. Between two waves, `add` is called for each page."""
        step = self._first.size  # a server with a lower ceiling than PAGE_SIZE shows it here
        fetched, width = 1, 1
        while not self.done:
            wanted = min(width, PAGES_AT_ONCE)
            if self._total is not None:
                wanted = min(PAGES_AT_ONCE, -(-self._total // step) - fetched)
            if wanted <= 0:
                return self.stop("")
            wanted = min(wanted, MAX_PAGES - fetched)
            if wanted <= 0:
                return self.stop("The project has more models than the console reads.")
            if self._remaining is not None:
                wanted = min(wanted, self._remaining - RATE_RESERVE)
            if wanted <= 0:
                return self.stop(
                    "Reading stopped to stay within the key's rate limit. Try again in a minute."
                )
            yield [(fetched + index) * step for index in range(wanted)]
            fetched, width = fetched + wanted, width * 2
        return None

    def result(self) -> ModelList:
        note = self.note
        if not note and self._total is not None and self._count() < self._total:
            note = f"The API counts {self._total:,} models."
        notes = (
            [f"This list may not be complete: it has {len(self._entries):,} models. {note}"] if note else []
        )
        if self._left_out:
            notes.append(f"Entries without an ID were left out: {self._left_out}.")
        return ModelList(
            entries=tuple(self._entries.values()),
            complete=not notes,
            note=" ".join(notes),
            rate_limit=RateLimit(self._first.rate.limit, self._remaining, self._first.rate.reset),
            request_id=self._first.request_id,
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
            reading.stop(f"Another page couldn't be read: {error.message}")
        finally:
            for page in pages:
                page.cancel()  # those that have not begun; the answers of the others are dropped
    return reading.result()
