"""One poll for all rows of a list page that validate: one reading of the list, a badge for each."""

from dataclasses import dataclass
from datetime import datetime, timezone
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.screens.model.status import LAST_DELAY, LATE_AFTER, LONGEST_WAIT, delay_next, delay_read
from models_admin.screens.models.rows import status_dom_id, status_view
from models_admin.services.listing import Listing, models_list
from models_admin.services.reconcile import VALIDATING
from models_admin.services.revalidating import resolve_revalidations
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.limits import PAGE_SIZE
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model, status_key

MOST = 50  # rows that one page watches
NAMED = 5  # of those that take long
SECONDS_A_PAGE = 3  # a list of many pages is asked for less often: each page is a call of the key's minute


@dataclass(frozen=True, slots=True)
class Watch:
    """What a poll was asked to watch: ids, the delay before it, and when the page began and last read (epoch)."""

    ids: list[str]
    project: str
    delay: int
    since: int
    at: int

    def url(self, ids: list[str], *, delay: int, at: int) -> str:
        if not ids:
            return ""
        query = [("id", item) for item in ids]
        query += [("delay", str(min(delay, LAST_DELAY))), ("since", str(self.since)), ("at", str(at))]
        return f"{reverse('models-statuses', args=[self.project])}?{urlencode(query)}"


@require_GET
@connected
def statuses(request: Request, access: Access) -> HttpResponse:
    """Badges out of band, only for the models asked for, and the poll for those that still validate."""
    watch = _watch(request, access.project)
    try:
        listing = models_list(access=access, fresh=True)
    except ApiError as error:
        if not request.htmx:
            return problem_respond(request, explain(error))
        return _unread(request, watch, error)
    found = _models(listing.list, watch.ids)
    left = [item for item in watch.ids if _goes_on(found.get(item), listing)]
    ended = [found[item] for item in watch.ids if item in found and item not in left]
    resolve_revalidations(access=access, models=ended)
    pages = ceil(len(listing.list) / PAGE_SIZE) if listing.list.detailed else 1
    delay = max(delay_next(watch.delay), SECONDS_A_PAGE * pages if pages > 1 else 0)
    context = {
        "items": [_item(item, found.get(item), listing) for item in watch.ids],
        "poll_url": watch.url(left, delay=delay, at=_now()),
        "poll_note": _late(watch, [found[item] for item in left if item in found]),
    }
    return _answer(request, context, delay)


def _watch(request: Request, project: str) -> Watch:
    """Read the address: every part of it may be anything."""
    asked = [item for item in dict.fromkeys(request.GET.getlist("id")) if is_model_id(item)]
    return Watch(
        ids=asked[:MOST],
        project=project,
        delay=delay_read(request.GET.get("delay")),
        since=_moment(request.GET.get("since")),
        at=_moment(request.GET.get("at")),
    )


def _models(models: ModelList, ids: list[str]) -> dict[str, Model]:
    """Those of the models that were asked for, by ID."""
    asked = set(ids)
    places = [place for place, model_id in enumerate(models.column("id")) if model_id in asked]
    return {model.id: model for model in map(models.model, places)}


def _goes_on(model: Model | None, listing: Listing) -> bool:
    """Whether to ask again. A model missing from a list that was not read whole may still be there."""
    if model is None:
        return not listing.list.complete
    return status_key(model.status) == VALIDATING


def _item(model_id: str, model: Model | None, listing: Listing) -> dict[str, Any]:
    status = status_view(model.status) if model else {"text": "Gone", "tone": "idle"}
    if model is None and not listing.list.complete:
        status = {"text": "Not read", "tone": "idle"}
    return {"dom_id": status_dom_id(model_id), "status": status}


def _late(watch: Watch, models: list[Model]) -> str:
    minutes = (_now() - watch.since) // 60
    if not models or minutes * 60 < LATE_AFTER.total_seconds():
        return ""
    names = ", ".join(visible(model.label) for model in models[:NAMED])
    more = f" and {len(models) - NAMED} more" if len(models) > NAMED else ""
    return f"Still validating after {minutes} minutes, which is longer than usual: {names}{more}."


def _unread(request: Request, watch: Watch, error: ApiError) -> HttpResponse:
    """The badges stay as they are, marked as old, and the next try comes later."""
    problem = explain(error)
    delay = delay_next(watch.delay, retry_after=problem.retry_after)
    at = display.moment_utc(datetime.fromtimestamp(watch.at, tz=timezone.utc))
    note = f"Statuses as of {at}. {problem.title}. Trying again in {delay} s."
    if problem.request_id:
        note += f" Request ID {problem.request_id}."
    context = {"items": [], "poll_url": watch.url(watch.ids, delay=delay, at=watch.at), "poll_note": note}
    return _answer(request, context, delay)


def _answer(request: Request, context: dict[str, Any], delay: int) -> HttpResponse:
    context |= {"poll_delay": delay, "poll_fallback": min(max(60, 2 * delay), 2 * LONGEST_WAIT)}
    return fragment(request, "models_admin/_statuses.html", context)


def _now() -> int:
    return int(datetime.now(timezone.utc).timestamp())


def _moment(text: str | None) -> int:
    """Epoch seconds, never later than now: an address cannot make a status look newer than it is."""
    now = _now()
    if not text or not text.isascii() or not text.isdigit() or len(text) > 12:
        return now
    return min(int(text), now)
