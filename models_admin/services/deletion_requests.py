"""Requests to delete: asking, approving a job, declining, withdrawing, listing. One model is approved by `deleting`."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.storable import text_storable
from models_admin.models import Activity, DeletionRequest, Job
from models_admin.services.approval import (
    EXPIRES_AFTER,
    OwnRequest,
    RequestClosed,
    approval_claim,
    asked_entries,
    decided,
    facts_of,
    open_requests,
)
from models_admin.services.audit import AlreadyUsed, change_record, write_check
from models_admin.services.deleting import PURPOSE, Shown, model_as_shown
from models_admin.services.endpoints import SeenEndpoints
from models_admin.services.jobs import NotConfirmed, NothingToDo, confirm_sentence
from models_admin.services.protecting import reason_read
from models_admin.services.protection import protection_require

State = DeletionRequest.State
SHOWN_CLOSED = 50  # closed requests in the list


class AlreadyAsked(Exception):
    """Someone else's request to delete the model is open: `request`. Nothing was changed."""

    def __init__(self, request: DeletionRequest) -> None:
        super().__init__("someone else has asked for this deletion")
        self.request = request


def deletion_ask(*, access: Access, model_id: str, reason: str, token: str) -> DeletionRequest:
    """Ask for the deletion of a model, if it still is what the person saw. A request of one's own is replaced.

    Raises NotAllowed, TokenStale, AlreadyUsed, Protected, ReasonRefused, ModelDiffers, AlreadyAsked, CannotRecord; an
    ApiError if the model can't be read. Nothing was changed then.
    """
    read = write_check(access=access, act="delete", model_id=model_id, purpose=PURPOSE, token=token)
    reason = reason_read(reason)
    model, reach = model_as_shown(access=access, model_id=model_id, shown=Shown.from_json(read.seen))
    request = DeletionRequest(
        **access.author, reason=reason, model_id=model_id, model_name=text_storable(model.name, limit=500)
    )
    request.facts = facts_of(model)
    seen = SeenEndpoints.of(reach.endpoints).as_json() if reach.known else None
    request.shown = [model.name, model.status, seen]

    def carry_out() -> None:
        protection_require(project=access.project, model_id=model_id)
        requests_expire(project=access.project)
        open_now = open_requests(project=access.project).filter(model_id=model_id)
        other = open_now.exclude(user=access.user).first()
        if other is not None:
            raise AlreadyAsked(other)
        open_now.update(state=State.WITHDRAWN, **decided(access))
        request.save(force_insert=True)

    _record(access, Activity.Action.ASK_DELETE, request, read.nonce, carry_out)
    return request


def deletion_ask_many(*, access: Access, job: Job, reason: str) -> DeletionRequest:
    """Ask for a job's deletions, whose preview the person saw. Asking twice asks once.

    Raises NotAllowed, NothingToDo, ReasonRefused, CannotRecord. Nothing was changed then.
    """
    access.require("delete")
    reason = reason_read(reason)
    requests_expire(project=access.project)
    earlier = DeletionRequest.objects.filter(job=job).first()
    if earlier is not None and earlier.state != State.OPEN:
        raise NothingToDo("These deletions were asked for before. Select the models again to ask again.")
    count = job.items.filter(state="waiting").count()
    if job.state != Job.State.DRAFT or job.action != Job.Action.DELETE or not count:
        raise NothingToDo("No model would be deleted.")
    request = DeletionRequest(
        **access.author, reason=reason, job=job, model_name=display.plural(count, "model")
    )
    try:
        _record(
            access,
            Activity.Action.ASK_DELETE,
            request,
            f"ask-{job.pk}",
            lambda: request.save(force_insert=True),
        )
    except AlreadyUsed:
        return DeletionRequest.objects.get(job=job)
    return request


def deletion_approve_job(*, access: Access, request: DeletionRequest, typed: str) -> Job:
    """Start the job that was asked for, as a job of this person. Raises NotAllowed, RequestClosed, NotConfirmed."""
    access.require("delete")
    if request.user_id == access.user.pk:
        raise OwnRequest
    job = request.job
    if job is None or request.state != State.OPEN:
        raise RequestClosed
    if typed.strip() != confirm_sentence(job.items.filter(state="waiting").count()):
        raise NotConfirmed
    with transaction.atomic():
        approval_claim(access=access, approval=request)
        started = Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(
            state=Job.State.OPEN,
            started_at=timezone.now(),
            user=access.user,
            username=access.user.get_username(),
        )
        if not started:
            raise RequestClosed
    return job


def deletion_decline(*, access: Access, request: DeletionRequest) -> None:
    """Decline someone else's request. Raises NotAllowed, OwnRequest, RequestClosed, CannotRecord."""
    access.require("delete")
    if request.user_id == access.user.pk:
        raise OwnRequest
    _close(access, request, State.DECLINED, Activity.Action.DECLINE_DELETE)


def deletion_withdraw(*, access: Access, request: DeletionRequest) -> None:
    """Withdraw one's own request. Raises NotAllowed, RequestClosed, CannotRecord."""
    access.require("read")
    if request.user_id != access.user.pk:
        raise RequestClosed
    _close(access, request, State.WITHDRAWN, Activity.Action.WITHDRAW_DELETE)


def request_find(*, access: Access, number: int) -> DeletionRequest | None:
    """A request of this project. Raises NotAllowed."""
    access.require("read")
    requests_expire(project=access.project)
    found = DeletionRequest.objects.filter(pk=number, project=access.project)
    return found.select_related("job").first()


def requests_list(*, access: Access) -> tuple[list[DeletionRequest], list[DeletionRequest]]:
    """The open requests of the project, and the newest closed ones. Raises NotAllowed."""
    access.require("read")
    requests_expire(project=access.project)
    closed: QuerySet[DeletionRequest] = DeletionRequest.objects.filter(project=access.project)
    return list(open_requests(project=access.project)), list(closed.exclude(state=State.OPEN)[:SHOWN_CLOSED])


def requests_expire(*, project: str) -> None:
    """Close the requests of a project that are too old."""
    until = timezone.now() - EXPIRES_AFTER
    old = DeletionRequest.objects.filter(project=project, state=State.OPEN, created_at__lte=until)
    old.update(state=State.EXPIRED)


def _close(access: Access, request: DeletionRequest, state: State, action: Activity.Action) -> None:
    def carry_out() -> None:
        taken = open_requests(project=access.project).filter(pk=request.pk)
        if not taken.update(state=state, **decided(access)):
            raise RequestClosed

    try:
        _record(access, action, request, f"request-{request.pk}-{state}", carry_out)
    except AlreadyUsed as used:
        raise RequestClosed from used


def _record(
    access: Access,
    action: Activity.Action,
    request: DeletionRequest,
    token: str,
    carry_out: Callable[[], None],
) -> None:
    change_record(
        access=access,
        action=action,
        model_id=request.model_id,
        model_name=request.model_name,
        token=token,
        changes=asked_entries(request),
        carry_out=carry_out,
    )
