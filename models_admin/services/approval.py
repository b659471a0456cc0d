"""Whether a project requires a second person for deletions, and whether one has approved.

approval_require   beside `Access.require`, in every service that deletes
approval_claim     in the transaction that records the intent: of two approvers, one gets the request
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import Error
from django.db.models import QuerySet
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.models import DeletionRequest, Job, ProjectSettings
from models_admin.services.audit import change
from models_admin.services.endpoints import SeenEndpoints, endpoints_change
from models_admin.xerotier.endpoints import Endpoint
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import Model, status_key

logger = logging.getLogger(__name__)
State = DeletionRequest.State
EXPIRES_AFTER = timedelta(hours=24)
OWN = "You asked for this deletion, so someone else has to approve it."
NEEDED = "This project requires a second person for deletions. Ask for the deletion instead."


class SecondPersonNeeded(Exception):
    """The project requires a second person, and nobody has approved. Nothing was sent."""

    def __init__(self) -> None:
        super().__init__(NEEDED)


class OwnRequest(NotAllowed):
    """The person asked for the deletion, and so can't approve it or carry it out. Nothing was sent."""

    def __init__(self) -> None:
        super().__init__(OWN)


class RequestClosed(Exception):
    """The request has been decided, was withdrawn, or has expired. Nothing was sent."""


class RequestOutdated(Exception):
    """The model is no longer what the person who asked has seen; `differences` are sentences. Nothing was sent."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__(" ".join(differences))
        self.differences = differences


def second_person_needed(*, project: str) -> bool:
    """Whether deletions of the project need a second person. One query."""
    return ProjectSettings.objects.filter(project=project, approve_deletions=True).exists()


def approval_require(*, access: Access, approval: DeletionRequest | None) -> None:
    """Raise SecondPersonNeeded, OwnRequest or RequestClosed unless the person may delete what was asked for."""
    if approval is None:
        if second_person_needed(project=access.project):
            raise SecondPersonNeeded
        return
    if approval.user_id == access.user.pk:
        raise OwnRequest
    wanted = State.OPEN if approval.model_id else State.APPROVED  # a job was approved when it was started
    if approval.state != wanted or (wanted == State.OPEN and is_expired(approval)):
        raise RequestClosed


def approval_claim(*, access: Access, approval: DeletionRequest) -> None:
    """Turn an open request into an approved one, unless someone was quicker. Raises RequestClosed."""
    taken = open_requests(project=access.project).filter(pk=approval.pk)
    if not taken.update(state=State.APPROVED, **decided(access)):
        raise RequestClosed


def approval_return(*, access: Access, approval: DeletionRequest) -> None:
    """Open the request again, because the deletion that this person approved was not carried out.

    If that can't be written, the request stays approved.
    """
    mine = DeletionRequest.objects.filter(pk=approval.pk, state=State.APPROVED)
    try:
        mine.filter(decided_by=access.user.get_username()).update(
            state=State.OPEN, decided_at=None, decided_by=""
        )
    except Error as exc:  # the result of the deletion is shown all the same
        logger.error("request %s could not be opened again", approval.pk, exc_info=exc)


def approval_of(job: Job) -> DeletionRequest | None:
    """The approved request that a job carries out. One query, unless the job was read with it."""
    request: DeletionRequest | None = getattr(job, "deletion_request", None)
    return request if request and request.state == State.APPROVED else None


def is_own_request(*, job: Job, user: Any) -> bool:
    """Whether the person asked for the deletions of this job, so that others have to run it."""
    approval = approval_of(job) if job.action == Job.Action.DELETE else None
    return approval is not None and approval.user_id == user.pk


def asked_entries(request: DeletionRequest) -> list[dict[str, Any]]:
    """Who asked and why, for `Activity.changes`."""
    return [
        change(field="asked_by", before=None, after=request.username),
        change(field="asked_reason", before=None, after=request.reason),
    ]


def decided(access: Access) -> dict[str, object]:
    """What the row of a request says about who decided."""
    return {"decided_at": timezone.now(), "decided_by": access.user.get_username()}


def is_expired(request: DeletionRequest) -> bool:
    return timezone.now() - request.created_at >= EXPIRES_AFTER


def open_requests(*, project: str) -> QuerySet[DeletionRequest]:
    """The requests of a project that can be approved, newest first."""
    since = timezone.now() - EXPIRES_AFTER
    return DeletionRequest.objects.filter(project=project, state=State.OPEN, created_at__gt=since)


def requests_to_decide(*, project: str, user: Any) -> int:
    """How many open requests of others there are. One query."""
    askers = open_requests(project=project).order_by().values_list("user", flat=True)
    return sum(asker != user.pk for asker in askers)


def open_request_of(*, project: str, model_id: str) -> DeletionRequest | None:
    """The open request to delete a model, None if there is none. One query."""
    return open_requests(project=project).filter(model_id=model_id).first()


def facts_of(model: Model) -> str:
    """A digest of the metadata that a person can edit, and of version and sharing."""
    values = [model.current(item.name) for item in FIELDS]
    values += [model.current(name) for name in ("version", "is_shared")]
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


def seen_of(request: DeletionRequest) -> SeenEndpoints | None:
    """The endpoints that the person who asked has seen, None if they were not known."""
    return SeenEndpoints.from_json(request.shown[2]) if request.shown else None


def outdated_by(
    request: DeletionRequest,
    name: str | None,
    status: str | None,
    endpoints: Sequence[Endpoint] | None,
    facts: str,
) -> list[str]:
    """What differs from what the person who asked has seen, as sentences. An endpoint that is gone is fine."""
    was_name, was_status, _ = request.shown
    differences = []
    if name != was_name:
        differences.append(f"Its name is now “{visible(name or 'not reported')}”.")
    if status_key(status) != status_key(was_status):
        differences.append(f"Its status is now {display.status_label(status)}.")
    change = endpoints_change(seen_of(request), endpoints)
    if change:
        differences.append(f"It has {change}.")
    if facts != request.facts:
        differences.append("Its metadata has changed.")
    return differences
