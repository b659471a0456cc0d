"""What an answer with a list says of its length, and the optional lists, which are read by one call each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.limits import PAGE_SIZE
from models_admin.xerotier.parsing import count_of, flag_of

Item = TypeVar("Item")

# How servers name their counters, in the answer itself or in an object inside of it. `count` comes last: it may count
# this page only.
BOXES = ("pagination", "meta", "paging", "page_info", "links")
TOTALS = ("total", "total_count", "totalCount", "total_items", "count")
MORE = ("has_more", "hasMore", "has_next", "hasNext")
NEXT = ("next", "next_page", "next_offset", "next_cursor", "nextCursor")


def counters_of(data: Mapping[str, Any]) -> tuple[int | None, bool | None]:
    """How many items there are in all, and whether any follow this page, if the answer says so."""
    boxes = [data]
    for box in boxes:
        boxes += [box[name] for name in BOXES if isinstance(box.get(name), dict)]

    def first(names: Iterable[str], read: Callable[[Any], Any]) -> Any:
        found = (read(box[name]) for name in names for box in boxes if name in box)
        return next((value for value in found if value is not None), None)

    more = first(MORE, flag_of)
    following = [bool(box[name]) for name in NEXT for box in boxes if name in box]
    return first(TOTALS, count_of), any(following) if more is None and following else more


def items_of(
    data: Mapping[str, Any], name: str, read: Callable[[Any], Item | None], *, request_id: str | None = None
) -> tuple[tuple[Item, ...], bool]:
    """The items of an optional list, and whether these are all: the answer names no more, and each could be read.

    Exactly PAGE_SIZE items may be the first of several pages, unless the answer says that no more follow. The
    list is below `data`, `name` or `items`, and null stands for an empty one. Raises BadAnswer if there is none.
    """
    places = [place for place in ("data", name, "items") if place in data]
    items = next((data[place] for place in places if isinstance(data[place], list)), None)
    if items is None:
        if any(data[place] is None for place in places):
            return (), True
        raise BadAnswer(f"The response has no list of {name}.", request_id=request_id)
    found = tuple(item for item in map(read, items) if item is not None)
    total, more = counters_of(data)
    if more is None:
        more = len(items) == PAGE_SIZE
    return found, not more and (total or 0) <= len(items) == len(found)
