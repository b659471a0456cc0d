"""Limits attempts at what can be guessed: API keys when connecting, and the current password."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from models_admin.models import Attempt

LIMIT = 5
WINDOW = timedelta(minutes=1)


class TooManyAttempts(Exception):
    """`retry_after`: seconds until another attempt is allowed."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many failed attempts. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def attempt_begin(*, user: User, purpose: str) -> Attempt:
    """Count one attempt; raise TooManyAttempts where five have failed in the last minute, or are in progress.

    Delete the returned row when the attempt succeeds, so that only failures count. It is written before
    counting, so that no more than five of any number of simultaneous attempts pass.
    """
    now = timezone.now()
    mine = Attempt.objects.filter(user=user, purpose=purpose)
    # Attempts from the future were made before the clock was set back.
    mine.exclude(created_at__range=(now - WINDOW, now + WINDOW)).delete()
    row = Attempt.objects.create(user=user, purpose=purpose)
    times = list(mine.order_by("-created_at").values_list("created_at", flat=True)[: LIMIT + 1])
    if len(times) > LIMIT:
        row.delete()
        wait = times[LIMIT] + WINDOW - timezone.now()
        raise TooManyAttempts(max(1, round(wait.total_seconds())))
    return row
