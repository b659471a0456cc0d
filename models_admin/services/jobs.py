"""Jobs over many models: drafted for a preview, started, stopped, tried again, and undone. `job_run` runs them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from datetime import timezone as zone

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import Act, may
from models_admin.formatting.values import Value
from models_admin.models import Job, JobItem
from models_admin.services.approval import (
    OwnRequest,
    SecondPersonNeeded,
    is_own_request,
    second_person_needed,
)
from models_admin.services.listing import models_list
from models_admin.services.protection import why_protected_all
from models_admin.services.selection import items_plan, repairs_plan, undo_plan
from models_admin.xerotier.schemas import Model, label_of

State = JobItem.State
ACTS: dict[Job.Action, Act] = {
    Job.Action.SET: "edit",
    Job.Action.CLEAR: "edit",
    Job.Action.REVALIDATE: "edit",
    Job.Action.UNDO: "edit",
    Job.Action.REPAIR: "edit",
    Job.Action.DELETE: "delete",
}
UNDONE = (Job.Action.SET, Job.Action.CLEAR, Job.Action.UNDO, Job.Action.REPAIR)  # actions that can be undone
LEFT = (State.WAITING, State.RUNNING)
DRAFT_AGE = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=zone.utc)
BATCH = 500  # rows of one INSERT


class NotConfirmed(Exception):
    """What was typed is not the sentence that the deletion asks for. Nothing was started."""


class NothingToDo(Exception):
    """No model would be changed, or nothing is left to try again. The text says so."""


def job_draft(
    *,
    access: Access,
    action: Job.Action,
    models: Sequence[Model],
    absent: Sequence[str] = (),
    complete: bool = True,
    field: str = "",
    value: Value = None,
) -> Job:
    """Plan an action on these models and keep it as a draft, which the preview shows. Nothing is sent.

    `absent`: selected IDs that the project's list does not have, and `complete`, whether that list has all models.
    Raises NotAllowed.
    """
    access.require(ACTS[action])
    items = items_plan(
        access=access,
        action=action,
        models=models,
        absent=absent,
        complete=complete,
        field=field,
        value=value,
    )
    return _draft_write(access, Job(action=action, field=field, value=value), items)


def job_draft_repairs(*, access: Access, changes: Sequence[tuple[Model, str, Value]]) -> Job:
    """Plan a job of changes, each (model, field, value), and keep it as a draft. Nothing is sent. Raises NotAllowed."""
    access.require(ACTS[Job.Action.REPAIR])
    return _draft_write(access, Job(action=Job.Action.REPAIR), repairs_plan(access=access, changes=changes))


def job_undo(*, access: Access, job: Job) -> Job:
    """Draft the undoing of a job. Raises NotAllowed, NothingToDo, ApiError."""
    access.require(ACTS[Job.Action.UNDO])
    if job.action not in UNDONE:
        raise NothingToDo("Only changes to a field can be undone.")
    found = models_list(access=access, fresh=True).list
    items = undo_plan(access=access, job=job, models=found.models, complete=found.complete)
    if not items:
        raise NothingToDo("This job hasn't changed anything.")
    return _draft_write(access, Job(action=Job.Action.UNDO, field=job.field, undoes=job), items)


def _draft_write(access: Access, job: Job, items: Sequence[JobItem]) -> Job:
    old = Job.objects.filter(state=Job.State.DRAFT, created_at__lt=timezone.now() - DRAFT_AGE)
    old.filter(deletion_request=None).delete()  # what was asked for stays
    job.user, job.username, job.project = access.user, access.user.get_username(), access.project
    _leave_out_protected(items, access.project)
    with transaction.atomic():
        job.save()
        for item in items:
            item.job = job
        JobItem.objects.bulk_create(items, batch_size=BATCH)
    return job


def _leave_out_protected(items: Sequence[JobItem], project: str) -> None:
    """Protected models are skipped, with who protected them and why."""
    protected = why_protected_all(project=project)
    for item in items:
        if item.model_id in protected:
            item.state, item.message = State.SKIPPED, protected[item.model_id]


def confirm_sentence(count: int) -> str:
    """What has to be typed to delete that many models."""
    return f"delete {count} {'model' if count == 1 else 'models'}"


def job_start(*, access: Access, job: Job, typed: str = "") -> None:
    """Turn a draft into a job. Starting it twice starts it once.

    Raises NotAllowed, NothingToDo, SecondPersonNeeded, and NotConfirmed if a deletion's sentence was not typed.
    """
    access.require(ACTS[Job.Action(job.action)])
    waiting = job.items.filter(state=State.WAITING).count()
    if job.state != Job.State.DRAFT:
        return
    if not waiting:
        raise NothingToDo("No model would be changed.")
    if job.action == Job.Action.DELETE and second_person_needed(project=access.project):
        raise SecondPersonNeeded
    if job.action == Job.Action.DELETE and typed.strip() != confirm_sentence(waiting):
        raise NotConfirmed
    Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(
        state=Job.State.OPEN, started_at=timezone.now()
    )


def job_stop(*, access: Access, job: Job) -> None:
    """Begin no further item. Calls in progress are completed and recorded. Raises NotAllowed."""
    access.require(ACTS[Job.Action(job.action)])
    Job.objects.filter(pk=job.pk, state__in=[Job.State.OPEN, Job.State.HELD]).update(
        state=Job.State.STOPPED, resume_at=None, reason=""
    )


def job_continue(*, access: Access, job: Job) -> None:
    """Go on with a job that was stopped or held. A pause that the API asked for stays.

    Raises NotAllowed, also where the person asked for these deletions.
    """
    _may_carry_on(access, job)
    Job.objects.filter(pk=job.pk, state__in=[Job.State.STOPPED, Job.State.HELD]).update(
        state=Job.State.OPEN, reason=""
    )
    job.refresh_from_db()


def job_retry(*, access: Access, job: Job) -> None:
    """Try the refused items again, and look again at those whose result is unknown.

    A change whose result is unknown is never sent again: it may have been made.
    Raises NothingToDo, and NotAllowed, also where the person asked for these deletions.
    """
    _may_carry_on(access, job)
    if job.state == Job.State.DRAFT:
        raise NothingToDo("This job has not been started.")
    refused = job.items.filter(state=State.REFUSED).update(
        state=State.WAITING, attempt=F("attempt") + 1, tries=0, message="", activity=None
    )
    # A lease that ended long ago: the next slice reads the model and finds out.
    unknown = job.items.filter(state=State.UNKNOWN).update(state=State.RUNNING, leased_at=LONG_AGO)
    if not refused and not unknown:
        raise NothingToDo("Nothing has failed.")
    Job.objects.filter(pk=job.pk).update(state=Job.State.OPEN, resume_at=None, reason="", finished_at=None)


def _may_carry_on(access: Access, job: Job) -> None:
    """The person who asked for deletions can't continue them either: the approver's open page would run them."""
    access.require(ACTS[Job.Action(job.action)])
    if is_own_request(job=job, user=access.user):
        raise OwnRequest


def job_find(*, access: Access, number: int) -> Job | None:
    """A job of this project; a draft only for whoever made it. Raises NotAllowed."""
    access.require("read")
    job = (
        Job.objects.filter(pk=number, project=access.project)
        .select_related("undoes", "deletion_request")
        .first()
    )
    hidden = job is not None and job.state == Job.State.DRAFT and job.user_id != access.user.pk
    return None if hidden else job


def jobs_list(*, access: Access) -> QuerySet[Job]:
    """The project's jobs, newest first. Raises NotAllowed."""
    access.require("read")
    return (
        Job.objects.filter(project=access.project)
        .exclude(state=Job.State.DRAFT)
        .select_related("deletion_request")
        .order_by("-id")
    )


def job_in_progress(user: User) -> tuple[Job, int, int] | None:
    """The newest open job that the person started, with how many of its models are handled and how many it has.

    Jobs of projects that the person may not read any more are passed over.
    """
    jobs = Job.objects.filter(user=user, state=Job.State.OPEN).order_by("-id").only("project")
    job = next((job for job in jobs if may(user, "read", job.project)), None)
    if job is None:
        return None
    counts = job_counts(job)
    total = sum(counts.values())
    return job, total - sum(counts[state] for state in LEFT), total


def job_counts(job: Job) -> Counter[str]:
    """How many items are in each state. One query."""
    rows = job.items.order_by().values_list("state").annotate(count=Count("id"))
    return Counter(dict(rows))


def job_running(job: Job) -> list[str]:
    """The names of the models that are being worked on now. One query."""
    rows = job.items.filter(state=State.RUNNING).order_by("leased_at")
    return [
        label_of(name, model_id=model_id) for name, model_id in rows.values_list("model_name", "model_id")[:5]
    ]
