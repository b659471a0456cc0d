"""A model's life on its page: the live status, the two actions, and what a revalidation changed. Prepared.

lifecycle_context -> live      for _status_poll.html
                  -> actions   for _lifecycle_actions.html
                  -> revalidation  for _revalidation.html, None where there is nothing to show
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import REASONS, may
from models_admin.access.tokens import token_issue
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.screens.model.polling import FIRST_DELAY, Memory, status_poll_url
from models_admin.screens.model.revalidation import Overwritten, overwritten_lines
from models_admin.screens.models.rows import status_view
from models_admin.services.reconcile import VALIDATING, revalidation_latest, revalidation_settle
from models_admin.services.revalidating import PURPOSE, revalidation_reason
from models_admin.xerotier.schemas import Model

LATE_AFTER = timedelta(minutes=10)  # a validation that takes longer is called out
SHOWN_FOR = timedelta(hours=24)  # how long the page shows what a revalidation changed


@dataclass(frozen=True, slots=True)
class Live:
    """The status and whether it goes on being asked for.

    `status` is for `_status.html`. `poll_url` is "" where polling ends; `delay` is in seconds.
    `stale` is one sentence where the status is not of now. `late` is one where validating takes long.
    """

    status: dict[str, str]
    refresh_url: str
    poll_url: str = ""
    delay: int = FIRST_DELAY
    late: str = ""
    stale: str = ""
    request_id: str = ""

    @property
    def fallback(self) -> int:
        """Seconds until the page asks anyway: a poll that got no answer at all plans no next one."""
        return max(60, 2 * self.delay)


@dataclass(frozen=True, slots=True)
class Actions:
    """The two buttons. A reason is why a button is off, "" where it is on."""

    revalidate_url: str
    revalidate_token: str
    revalidate_reason: str
    delete_url: str
    delete_reason: str


@dataclass(frozen=True, slots=True)
class Revalidation:
    """What the last revalidation changed. `url` answers with this panel alone.

    `unseen` says that nobody knows whether it was started at all.
    """

    url: str
    who: str
    ended: str
    ended_iso: str
    lines: list[Overwritten]
    status: str
    unseen: bool


def lifecycle_context(
    *, access: Access, model: Model, memory: Memory | None = None, delay: int = FIRST_DELAY
) -> dict[str, Any]:
    """All three, for a model that was read just now. Settles a revalidation whose end this reading shows.

    `settled` is the revalidation's row where this very call settled it. `memory` is what the last poll
    knew, `delay` the seconds until the next one.
    """
    row = revalidation_latest(access=access, model_id=model.id)
    settled = None
    if row is not None and row.settled_at is None:
        settled = revalidation_settle(access=access, model=model, row=row)
        row = settled or revalidation_latest(access=access, model_id=model.id)
    return {
        "live": live_make(access=access, model=model, row=row, memory=memory, delay=delay),
        "actions": actions_make(access=access, model=model),
        "revalidation": revalidation_make(access=access, model=model, row=row),
        "settled": settled,
    }


def is_pending(*, model: Model, row: Activity | None) -> bool:
    """Whether there is an end to wait for: the model validates, or is about to."""
    waits = row is not None and row.settled_at is None and row.outcome == Activity.Outcome.DONE
    return model.status == VALIDATING or waits


def live_make(
    *,
    access: Access,
    model: Model,
    row: Activity | None,
    memory: Memory | None = None,
    delay: int = FIRST_DELAY,
) -> Live:
    """The live status after a reading. `memory` is what the last poll knew."""
    page = reverse("model", args=[access.project, model.id])
    shown = status_view(model.status)
    if not is_pending(model=model, row=row):
        return Live(status=shown, refresh_url=page)
    now = timezone.now()
    since = _validating_since(row, memory, now)
    known = Memory(status=model.status, at=now, since=since)
    return Live(
        status=shown,
        refresh_url=page,
        poll_url=status_poll_url(access=access, model_id=model.id, memory=known, delay=delay),
        delay=delay,
        late=_late(now - since),
    )


def live_stale(*, access: Access, model_id: str, memory: Memory, delay: int, stale: str) -> Live:
    """The status that was read last, marked as such, with the next try in `delay` seconds."""
    return Live(
        status=status_view(memory.status),
        refresh_url=reverse("model", args=[access.project, model_id]),
        poll_url=status_poll_url(access=access, model_id=model_id, memory=memory, delay=delay),
        delay=delay,
        stale=stale,
    )


def actions_make(*, access: Access, model: Model) -> Actions:
    edit, delete = may(access.user, "edit"), may(access.user, "delete")
    return Actions(
        revalidate_url=reverse("model-revalidate", args=[access.project, model.id]),
        revalidate_token=token_issue(
            user=access.user, project=access.project, model_id=model.id, purpose=PURPOSE
        ),
        revalidate_reason=revalidation_reason(status=model.status) if edit else REASONS["edit"],
        delete_url=reverse("model-delete", args=[access.project, model.id]),
        delete_reason="" if delete else REASONS["delete"],
    )


def revalidation_make(*, access: Access, model: Model, row: Activity | None) -> Revalidation | None:
    """The panel of the newest revalidation, while it is news."""
    if row is None or row.settled_at is None or timezone.now() - row.settled_at > SHOWN_FOR:
        return None
    return Revalidation(
        url=reverse("model-revalidation", args=[access.project, model.id]),
        who=visible(row.username),
        ended=display.moment_utc(row.settled_at),
        ended_iso=display.moment_iso(row.settled_at),
        lines=overwritten_lines(access=access, model=model, row=row),
        status=display.status_label(model.status),
        unseen=row.outcome != Activity.Outcome.DONE,
    )


def _validating_since(row: Activity | None, memory: Memory | None, now: datetime) -> datetime:
    """Since the revalidation here, or else since this page first saw it. A jump of the clock counts as now."""
    if row is not None and row.settled_at is None:
        return min(row.created_at, now)
    return min(memory.since, now) if memory and memory.since else now


def _late(waited: timedelta) -> str:
    if waited < LATE_AFTER:
        return ""
    minutes = int(waited.total_seconds() // 60)
    return (
        f"Still validating after {minutes} minutes, which is longer than usual. "
        "If it goes on, ask the service's support about this model."
    )
