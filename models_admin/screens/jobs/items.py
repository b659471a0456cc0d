"""The models of a job, a page at a time, as the table shows them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import value_text
from models_admin.models import Job, JobItem
from models_admin.screens.models.rows import has_page
from models_admin.services.endpoints import SeenEndpoints
from models_admin.xerotier.fields import BY_NAME, Field
from models_admin.xerotier.schemas import label_of

PAGE_ROWS = 50
LONGEST_VALUE = 80  # characters
TONES = {
    JobItem.State.DONE: "ok",
    JobItem.State.RUNNING: "busy",
    JobItem.State.CONFLICT: "bad",
    JobItem.State.REFUSED: "bad",
    JobItem.State.UNKNOWN: "bad",
}


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of a job's items. `previous` and `next` are numbers of pages, 0 where there is none."""

    rows: list[dict[str, Any]]
    span: str
    number: int
    pages: int
    previous: int
    next: int


def item_page(job: Job, *, number: str | int | None, only: str = "") -> ItemPage:
    """The page of that number, or the last one. `only`: a state. In a preview, what would be done comes first."""
    items = job.items.filter(state=only) if only in JobItem.State.values else job.items.all()
    order = ["-state", "id"] if job.state == Job.State.DRAFT else ["id"]
    page = Paginator(items.order_by(*order), PAGE_ROWS).get_page(number)
    rows = [_row(job, item) for item in page]
    span = (
        f"{page.start_index():,}\N{EN DASH}{page.end_index():,} of {page.paginator.count:,}" if rows else ""
    )
    next_number = page.number + 1 if page.has_next() else 0
    return ItemPage(rows, span, page.number, page.paginator.num_pages, page.number - 1, next_number)


def _row(job: Job, item: JobItem) -> dict[str, Any]:
    """One model of the job. `url` is "" if it has no page. `before` and `after` are "" where no field is changed.
    `has_after` is False where an undo has no value to set.

    `field` is the label of the field of this item, "" where all items have the same. `endpoints` says what a deletion
    takes with the model, "" for other actions.
    """
    field = BY_NAME.get(item.field or job.field)
    before = _value(field, item.before) if item.before_known else _not_read(field)
    after = _value(field, item.after)
    linked = has_page(item.model_id)
    # An undo has nothing to set where the value before is not known, or the model is gone.
    nothing = job.action == Job.Action.UNDO and item.state == JobItem.State.SKIPPED and not item.undoes_id
    return {
        "name": shortened(visible(label_of(item.model_name, model_id=item.model_id)), 200),
        "url": reverse("model", args=[job.project, item.model_id]) if linked else "",
        "model_id": visible(item.model_id),
        "field": field.label if field and not job.field else "",
        "model_status": display.status_label(item.status),
        "endpoints": _endpoints(item) if job.action == Job.Action.DELETE else "",
        "before": shortened(before, LONGEST_VALUE),
        "is_read": item.before_known,
        "has_after": not nothing,
        "after": shortened(after, LONGEST_VALUE),
        "before_title": before if len(before) > LONGEST_VALUE else "",
        "after_title": after if len(after) > LONGEST_VALUE else "",
        "state": {"text": _state(job, item), "tone": TONES.get(JobItem.State(item.state), "idle")},
        "message": visible(item.message),
        "request_id": visible(item.api_request_id),
        "ran_by": visible(item.ran_by),
    }


def _endpoints(item: JobItem) -> str:
    seen = SeenEndpoints.from_json(item.before)
    return display.plural(seen.count, "endpoint") if seen else "Endpoints not known"


def _not_read(field: Field | None) -> str:
    if field is None:
        return ""
    return "Not read yet" if field.readable else "Not returned by the API"


def _state(job: Job, item: JobItem) -> str:
    if job.state == Job.State.DRAFT and item.state == JobItem.State.WAITING:
        return f"Will be {DONE_TO[Job.Action(job.action)]}"
    return JobItem.State(item.state).label


DONE_TO = {
    Job.Action.SET: "changed",
    Job.Action.CLEAR: "cleared",
    Job.Action.UNDO: "changed back",
    Job.Action.REVALIDATE: "revalidated",
    Job.Action.DELETE: "deleted",
    Job.Action.REPAIR: "changed",
}


def _value(field: Field | None, value: Any) -> str:
    return " ".join(value_text(field, value).split()) if field else ""
