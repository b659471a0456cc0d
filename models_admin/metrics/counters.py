"""The metrics and their labels. Every label has few values: no names of people, models or addresses.

With PROMETHEUS_MULTIPROC_DIR, which `console/gunicorn.py` sets before anything imports this, each worker process counts
in a file of its own, and `exposition` adds the files up. Without it, one process counts in memory.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

P = ParamSpec("P")
log = structlog.get_logger("console.metrics")
REGISTRY = CollectorRegistry()
PAGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # seconds
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # seconds; a call ends after 20

REQUESTS = Counter(
    "xerotier_console_requests",
    "Requests answered by the console, without health checks and static files.",
    ["view", "method", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "xerotier_console_request_seconds",
    "Time to answer a request, including the calls to the API.",
    ["view"],
    buckets=PAGE_BUCKETS,
    registry=REGISTRY,
)
CALLS = Counter(
    "xerotier_console_api_calls",
    "Calls to the API by operation and outcome: ok, or the kind of failure.",
    ["operation", "outcome"],
    registry=REGISTRY,
)
CALL_SECONDS = Histogram(
    "xerotier_console_api_call_seconds",
    "Time from sending a call to the API until its whole answer was read, or until it failed.",
    ["operation"],
    buckets=CALL_BUCKETS,
    registry=REGISTRY,
)
CALLS_OPEN = Gauge(
    "xerotier_console_api_calls_open",
    "Calls to the API in progress.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
RATE_LIMITED = Counter(
    "xerotier_console_api_rate_limited",
    "Calls that the API refused with 429.",
    registry=REGISTRY,
)
BUDGET_LEFT = Gauge(
    "xerotier_console_api_budget_left",
    "Calls left in the minute of the rate limit, as the newest answer for the project reported it.",
    ["project"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
CHANGES = Counter(
    "xerotier_console_changes",
    "Changes to models by action and outcome, counted when the outcome is recorded.",
    ["action", "outcome"],
    registry=REGISTRY,
)
SIGN_INS = Counter(
    "xerotier_console_sign_ins",
    "Sign-ins by outcome: succeeded, failed, or locked after too many failures.",
    ["outcome"],
    registry=REGISTRY,
)


def never_fails(count: Callable[P, None]) -> Callable[P, None]:
    """A decorator for what counts: a full disk must not turn a change that was made into a failure."""

    @wraps(count)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except Exception as exc:
            log.warning("a metric could not be written", error=type(exc).__name__)

    return wrapper
