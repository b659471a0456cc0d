"""Counts what happens: calls to the API, changes and sign-ins. `start` connects the signals."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import post_save

from models_admin.metrics.counters import (
    BUDGET_LEFT,
    CALL_SECONDS,
    CALLS,
    CALLS_OPEN,
    CHANGES,
    RATE_LIMITED,
    SIGN_INS,
    never_fails,
)
from models_admin.models import Activity
from models_admin.xerotier.errors import ApiError, RateLimited
from models_admin.xerotier.measuring import CallMeter


class CallCounter(CallMeter):
    @never_fails
    def begun(self) -> None:
        CALLS_OPEN.inc()

    @never_fails
    def ended(self, *, operation: str, error: ApiError | None, seconds: float) -> None:
        CALLS_OPEN.dec()
        CALLS.labels(operation, outcome_of(error)).inc()
        CALL_SECONDS.labels(operation).observe(seconds)
        if isinstance(error, RateLimited):
            RATE_LIMITED.inc()

    @never_fails
    def budget(self, *, project: str, remaining: int) -> None:
        BUDGET_LEFT.labels(project).set(remaining)


def outcome_of(error: ApiError | None) -> str:
    """`ok`, or the error's class in lower case: `RateLimited` becomes `rate_limited`."""
    if error is None:
        return "ok"
    name = type(error).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def start() -> None:
    """Count from now on. Connecting a second time changes nothing."""
    post_save.connect(_change_saved, sender=Activity, dispatch_uid="metrics_changes")
    user_logged_in.connect(_signed_in, dispatch_uid="metrics_signed_in")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="metrics_sign_in_failed")
    user_locked_out.connect(_sign_in_locked, dispatch_uid="metrics_sign_in_locked")


@never_fails
def _change_saved(*, instance: Activity, raw: bool, **_kwargs: Any) -> None:
    """A row is saved as an intent first, which is not an outcome yet."""
    if not raw and instance.outcome != Activity.Outcome.INTENT:
        CHANGES.labels(instance.action, instance.outcome).inc()


@never_fails
def _signed_in(**_kwargs: Any) -> None:
    SIGN_INS.labels("succeeded").inc()


@never_fails
def _sign_in_failed(**_kwargs: Any) -> None:
    SIGN_INS.labels("failed").inc()


@never_fails
def _sign_in_locked(**_kwargs: Any) -> None:
    SIGN_INS.labels("locked").inc()
