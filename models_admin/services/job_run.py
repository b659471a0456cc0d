"""Runs a slice of a job: as many of its items as fit in a few seconds and in the key's rate limit.

    recover (items of a process that died) -> lease -> carry out -> record, by several threads at once

The key opens only with a person's browser, so no worker of the console could do this: each slice is a request of
someone who has opened the job. Any number of slices may run at once, in any process: an item is leased by one of them.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error, connection
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.models import Job, JobItem
from models_admin.services.activity import DEAD_AFTER
from models_admin.services.approval import OwnRequest, is_own_request
from models_admin.services.audit import CannotRecord
from models_admin.services.client import client
from models_admin.services.job_items import (
    ItemResult,
    StillSending,
    calls_of,
    item_carry,
    item_find_out,
    request_id_of,
    result_message,
)
from models_admin.services.jobs import ACTS
from models_admin.xerotier.budget import WINDOW, Budget
from models_admin.xerotier.limits import CALL_DEADLINE

logger = logging.getLogger(__name__)
State = JobItem.State
SLICE_SECONDS = 4.0  # no item is begun after that
PARALLEL = 4
RESERVE_LEAST, RESERVE_PART = 6, 16  # calls of a minute that are left to people: a sixteenth of the limit
LEASED_AT_ONCE = 20  # candidates that are read for one lease
CALLS_PAUSE = 0.02  # seconds between two readings of the rate limit
NEARLY_USED_UP = "The key's rate limit for this minute is nearly used up."
CANNOT_RECORD_PAUSE = 5.0  # seconds
DOUBTS_MOST = 3  # changes in a row with an unknown result, after which a person has to look
DOUBTS_HOLD = (
    "The results of the last changes are unknown, because the API did not confirm them. The job is held. "
    "Check a few of these models before you continue."
)
LEASE = DEAD_AFTER + timedelta(seconds=CALL_DEADLINE)  # reading the model first takes up to one call's time


@dataclass
class _Slice:
    """What the threads of one slice share."""

    access: Access
    job: Job
    ends: float
    pause: float = 0.0
    reason: str = ""
    hold: str = ""
    refusal: NotAllowed | None = None
    in_progress: int = 0
    finished: int = 0
    doubts: int = 0  # changes in a row whose result is unknown
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def calls(self) -> int:
        return calls_of(self.job)

    @property
    def over(self) -> bool:
        return bool(self.pause or self.hold or self.refusal) or time.monotonic() >= self.ends

    def stop(self, *, pause: float = 0.0, reason: str = "", hold: str = "") -> None:
        with self.lock:
            if pause > self.pause:
                self.pause, self.reason = pause, reason
            self.hold = self.hold or hold


@dataclass(frozen=True, slots=True)
class Ran:
    """The job after a slice: `items` were worked on in `seconds`, both 0 if there was nothing to run."""

    job: Job
    items: int = 0
    seconds: float = 0.0


def job_run(*, access: Access, job: Job) -> Ran:
    """Run one slice. A job that is not open, or is paused, is left alone.

    Raises NotAllowed, also where the person asked for these deletions. Items that were done before stay done.
    """
    access.require(ACTS[Job.Action(job.action)])
    if is_own_request(job=job, user=access.user):
        raise OwnRequest
    now = timezone.now()
    ready = Job.objects.filter(pk=job.pk, state=Job.State.OPEN).exclude(resume_at__gt=now)
    # Another slice may just have paused or held the job.
    if not ready.update(run_at=now, resume_at=None, reason=""):
        job.refresh_from_db()
        return Ran(job)
    began = time.monotonic()
    run = _Slice(access, job, began + SLICE_SECONDS)
    _in_threads(
        run, min(PARALLEL, max(1, job.items.filter(state__in=[State.WAITING, State.RUNNING]).count()))
    )
    _record(run)
    if run.refusal is not None:
        raise run.refusal
    job.refresh_from_db()
    return Ran(job, run.finished, time.monotonic() - began)


def seconds_left(*, access: Access, ran: Ran) -> float:
    """How long the rest takes at the pace of this slice, or of the key's rate limit if that is slower. 0: not known."""
    left = ran.job.items.filter(state__in=[State.WAITING, State.RUNNING]).count()
    budget = client().budget(key=access.key)
    if not left or (budget is None and not ran.items):
        return 0.0
    each = ran.seconds / ran.items if ran.items else 0.0
    if budget is not None:
        calls = calls_of(ran.job)
        each = max(each, calls * WINDOW / max(calls, budget.limit - _reserve(budget, calls)))
    return each * left


def _in_threads(run: _Slice, count: int) -> None:
    _recover(run)
    if count == 1:
        _work(run)
        return
    with ThreadPoolExecutor(count, thread_name_prefix="job") as pool:
        for future in [pool.submit(_thread, run) for _ in range(count)]:
            future.result()


def _thread(run: _Slice) -> None:
    try:
        _work(run)
    finally:
        connection.close()  # of this thread alone


def _work(run: _Slice) -> None:
    while not run.over:
        if not _may_call(run):
            time.sleep(CALLS_PAUSE)
            continue
        try:
            item = _lease(run)
            if item is None:
                return
            _carry(run, item)
        finally:
            with run.lock:
                run.in_progress -= run.calls


def _may_call(run: _Slice) -> bool:
    """Whether the calls of one more item fit in the key's rate limit; they are counted from then on.

    Calls in progress are counted twice once the API has counted them. So the slice pauses only when there are none.
    """
    budget = client().budget(key=run.access.key)
    with run.lock:
        if budget is not None and budget.remaining - run.in_progress - run.calls < _reserve(
            budget, run.calls
        ):
            if not run.in_progress and budget.seconds > run.pause:
                run.pause, run.reason = budget.seconds, NEARLY_USED_UP
            return False
        run.in_progress += run.calls
        return True


def _reserve(budget: Budget, calls: int) -> int:
    """How many calls of a minute are left to people. A key that allows very few is used up."""
    return max(0, min(max(RESERVE_LEAST, budget.limit // RESERVE_PART), budget.limit - calls))


def _lease(run: _Slice) -> JobItem | None:
    """Turn a waiting item into a running one, unless another thread or process is quicker. None if none is left.

    The job is asked for by EXISTS and not by a join: PostgreSQL would update the rows that a subquery had found before
    it waited for the other's update, and so lease an item twice.
    """
    is_open = Exists(Job.objects.filter(pk=OuterRef("job"), state=Job.State.OPEN))
    while True:
        waiting = JobItem.objects.filter(job=run.job, state=State.WAITING).order_by("tries", "id")
        candidates = list(waiting.values_list("pk", flat=True)[:LEASED_AT_ONCE])
        for pk in candidates:
            # Microseconds of the lease tell it from any later one of the same item.
            leased = JobItem.objects.filter(is_open, pk=pk, state=State.WAITING).update(
                state=State.RUNNING, leased_at=timezone.now(), ran_by=run.access.user.get_username()
            )
            if leased:
                return JobItem.objects.select_related("undoes").get(pk=pk)
        if not candidates or not Job.objects.filter(pk=run.job.pk, state=Job.State.OPEN).exists():
            return None


def _carry(run: _Slice, item: JobItem) -> None:
    try:
        result = item_carry(access=run.access, job=run.job, item=item)
    except StillSending:
        return  # the lease ends by itself, and then the item is looked at again
    except NotAllowed as refusal:
        run.refusal = refusal
        result = ItemResult(State.WAITING)
    except CannotRecord:
        result = ItemResult(State.WAITING, pause=CANNOT_RECORD_PAUSE, message=CannotRecord.message)
    run.stop(pause=result.pause, reason=_reason(result), hold=result.hold)
    with run.lock:
        run.finished += result.state != State.WAITING
        run.doubts = run.doubts + 1 if _in_doubt(result) else 0 if result.state == State.DONE else run.doubts
    if run.doubts >= DOUBTS_MOST:
        run.stop(hold=DOUBTS_HOLD)
    _finish(item, result)


def _in_doubt(result: ItemResult) -> bool:
    """Whether the API failed to confirm the change. It does confirm a deletion that it has accepted (202)."""
    return result.state == State.UNKNOWN and result.error is not None and result.error.status != 202


def _reason(result: ItemResult) -> str:
    return result.error.message if result.error else result.message


def _finish(item: JobItem, result: ItemResult) -> None:
    """Record the result, unless the lease has ended meanwhile and another slice has recorded it.

    An item that waits again gets a new nonce if its own is used up.
    """
    waits = int(result.state == State.WAITING)
    values = {
        "state": result.state,
        "message": result_message(result),
        "api_request_id": request_id_of(result),
        "activity": result.activity,
        "leased_at": None,
        "attempt": F("attempt") + (waits if result.activity else 0),
        "tries": F("tries") + waits,
    }
    try:
        JobItem.objects.filter(pk=item.pk, state=State.RUNNING, leased_at=item.leased_at).update(**values)
    except Error as exc:  # the lease ends by itself, and then the activity row tells the result
        logger.error("the result of item %s could not be written", item.pk, exc_info=exc)


def _recover(run: _Slice) -> None:
    """Find out what became of items whose lease ended without a result: the process died."""
    dead = timezone.now() - LEASE
    for item in JobItem.objects.filter(job=run.job, state=State.RUNNING, leased_at__lt=dead).order_by("id"):
        if run.over or not _may_call(run):
            return
        try:
            taken = JobItem.objects.filter(pk=item.pk, state=State.RUNNING, leased_at=item.leased_at)
            item.leased_at = timezone.now()
            if taken.update(leased_at=item.leased_at):
                _finish(item, item_find_out(access=run.access, job=run.job, item=item))
        except StillSending:
            continue
        finally:
            run.in_progress -= run.calls


def _record(run: _Slice) -> None:
    """Write how the job goes on: held, paused, finished, or simply on."""
    left = JobItem.objects.filter(job=run.job, state__in=[State.WAITING, State.RUNNING])
    mine = Job.objects.filter(pk=run.job.pk, state=Job.State.OPEN)
    if run.hold and left.exists():
        mine.update(state=Job.State.HELD, reason=run.hold)
    elif not left.exists():
        mine.update(state=Job.State.FINISHED, finished_at=timezone.now())
    elif run.pause:
        mine.update(resume_at=timezone.now() + timedelta(seconds=run.pause), reason=run.reason)
