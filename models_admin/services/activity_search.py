"""The rows of the activity that pass the filters, page by page.

Every query reads one page through one index of one project, so a page costs the same however long the activity is.
Queries that would need several indexes at once (several projects, both outcomes that read as "unknown", the models
found by a search) are split, and their newest rows are merged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Self
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from models_admin.formatting.folding import fold, search_terms
from models_admin.formatting.storable import text_storable
from models_admin.models import Activity, ModelName
from models_admin.services.activity import UNKNOWNS

OUTCOMES = {
    "done": (Activity.Outcome.DONE,),
    "refused": (Activity.Outcome.REFUSED,),
    "not_sent": (Activity.Outcome.NOT_SENT,),
    "unknown": UNKNOWNS,
}
EXPORTED_AT_ONCE = 500  # rows
SPLIT_UP_TO = 20  # models found by a search; more of them are looked for among the newest rows instead
OUT_OF_ORDER = 100  # rows: two processes may write rows in another order than the clock's
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters in the address of the activity page. Any text is a usable value.

    `who` is a whole user name, `model` the start of an ID or words of a name, `project` one of those connected.
    `since` and `until` are days in UTC, both included. `job` is the number of a job. `before` and
    `after` are numbers of rows: the page of older or newer rows, 0 for the newest.
    """

    who: str = ""
    action: str = ""
    outcome: str = ""
    model: str = ""
    project: str = ""
    since: date | None = None
    until: date | None = None
    job: int = 0
    before: int = 0
    after: int = 0

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        action, outcome = params.get("action", ""), params.get("outcome", "")
        return cls(
            who=_word(params, "who"),
            action=action if action in Activity.Action.values else "",
            outcome=outcome if outcome in OUTCOMES else "",
            model=_word(params, "model"),
            project=_word(params, "project"),
            since=_day(params, "since"),
            until=_day(params, "until"),
            job=_number(params, "job"),
            before=_number(params, "before"),
            after=_number(params, "after"),
        )

    def encode(self, **changes: str | int) -> str:
        """The filters as a query string, "?who=…", "" if there are none. Without `before` or `after`: the newest."""
        pairs = {**self.chosen, **changes}
        return "?" + urlencode(pairs, errors="replace") if pairs else ""

    @property
    def grouped(self) -> bool:
        """Whether only the newest change of each job is shown, because every change would pass."""
        return not set(self.chosen) - {"project"}

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are set, as texts."""
        values = asdict(replace(self, before=0, after=0))
        return {name: str(value) for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class ActivitySlice:
    """One page of rows, newest first, and whether there may be newer and older ones."""

    rows: list[Activity]
    newer: bool
    older: bool


def activity_slice(*, projects: Sequence[str], filters: Filters, limit: int) -> ActivitySlice:
    """At most `limit` rows of these projects that match `filters`, newest first; one row for each job if grouped."""
    searches = _searches(projects, filters)
    if filters.grouped:
        later = Activity.objects.filter(job=OuterRef("job"), pk__gt=OuterRef("pk"))
        searches = [rows.filter(Q(job=None) | ~Exists(later)) for rows in searches]
    if filters.after:
        ids = _ids(searches, limit + 1, after=filters.after)
        if len(ids) > limit:
            return ActivitySlice(_rows(ids[-limit:]), newer=True, older=True)
    before = 0 if filters.after else filters.before
    ids = _ids(searches, limit + 1, before=before)
    return ActivitySlice(_rows(ids[:limit]), newer=bool(before), older=len(ids) > limit)


def activity_all(*, projects: Sequence[str], filters: Filters) -> Iterator[Activity]:
    """Every row that passes the filters, newest first. Holds a few hundred of them in memory at a time."""
    searches, before = _searches(projects, filters), 0
    while ids := _ids(searches, EXPORTED_AT_ONCE, before=before):
        yield from _rows(ids)
        before = ids[-1]


def changes_of_jobs(numbers: Iterable[int]) -> dict[int, int]:
    """The number of changes that each of these jobs has recorded, keyed by job number. Runs one query."""
    rows = Activity.objects.filter(job__in=list(numbers)).order_by().values_list("job")
    return dict(rows.annotate(Count("id")))


def people(*, projects: Sequence[str]) -> list[str]:
    """The names of the accounts that have changed anything in these projects, in order."""
    rows = Activity.objects.filter(project__in=projects, username=OuterRef("username"))
    return list(User.objects.filter(Exists(rows)).order_by("username").values_list("username", flat=True))


def _word(params: Mapping[str, str], name: str) -> str:
    return text_storable(params.get(name, "").replace("\0", "").strip(), limit=200)


def _day(params: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(params.get(name, ""))
    except ValueError:
        return None


def _number(params: Mapping[str, str], name: str) -> int:
    text = params.get(name, "")
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _searches(projects: Sequence[str], filters: Filters) -> list[QuerySet[Activity]]:
    """Queries whose rows together are those that pass. Each is answered by one index."""
    rows = _within_days(Activity.objects.order_by(), filters)
    if filters.who:
        rows = rows.filter(username=filters.who)
    if filters.job:
        rows = rows.filter(job=filters.job)
    if filters.action:
        rows = rows.filter(action=filters.action)
    found = []
    for project in [filters.project] if filters.project in projects else projects:
        outcomes = [Q(outcome=outcome) for outcome in OUTCOMES.get(filters.outcome, ())] or [Q()]
        models = _models(project, filters.model) if filters.model else [Q()]
        found += [
            rows.filter(outcome, model, project=project) for outcome, model in product(outcomes, models)
        ]
    return found


def _within_days(rows: QuerySet[Activity], filters: Filters) -> QuerySet[Activity]:
    """The days decide. Their first and last row, found by index, only keep a query from reading all others."""
    every = Activity.objects.values_list("pk", flat=True)
    if filters.since:
        start = datetime.combine(filters.since, time.min, UTC)
        first = every.filter(created_at__gte=start).order_by("created_at").first()
        if first is None:
            return rows.none()
        rows = rows.filter(created_at__gte=start, pk__gte=first - OUT_OF_ORDER)
    if filters.until and filters.until < date.max:
        end = datetime.combine(filters.until + timedelta(days=1), time.min, UTC)
        last = every.filter(created_at__lt=end).order_by("-created_at").first()
        if last is None:
            return rows.none()
        rows = rows.filter(created_at__lt=end, pk__lte=last + OUT_OF_ORDER)
    return rows


def _models(project: str, text: str) -> list[Q]:
    """The models that have, or had when they were changed, a name or ID like that."""
    names = Q()
    for term in search_terms(text) or [fold(text)]:
        names &= Q(folded__contains=term)
    found = ModelName.objects.filter(names | Q(model_id__startswith=text), project=project).order_by()
    ids = list(found.values_list("model_id", flat=True).distinct()[: SPLIT_UP_TO + 1])
    if len(ids) > SPLIT_UP_TO:
        return [Q(model_id__in=found.values("model_id"))]
    return [Q(model_id=model_id) for model_id in ids]


def _ids(searches: Sequence[QuerySet[Activity]], limit: int, *, before: int = 0, after: int = 0) -> list[int]:
    """Numbers of the newest rows before `before` (0: of all), or of those next after `after`; newest first."""
    ids: set[int] = set()
    for rows in searches:
        part = rows.filter(pk__gt=after).order_by("pk") if after else rows.order_by("-pk")
        if before:
            part = part.filter(pk__lt=before)
        ids.update(part.values_list("pk", flat=True)[:limit])
    return sorted(sorted(ids, reverse=not after)[:limit], reverse=True)


def _rows(ids: Sequence[int]) -> list[Activity]:
    return list(Activity.objects.filter(pk__in=ids).order_by("-pk"))
