"""The text that Prometheus reads: the counts of all workers of this console, and the jobs in the database."""

import os
from collections.abc import Iterable

from django.conf import settings
from django.db import Error
from django.db.models import Count
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from models_admin.metrics.counters import REGISTRY
from models_admin.models import AuditEvent, Job

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class DatabaseCollector(Collector):
    """Reads at each request what the database knows, the same in every worker and on every machine."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        jobs = GaugeMetricFamily(
            "xerotier_console_jobs", "Jobs in the database, by action and state.", labels=["action", "state"]
        )
        reachable = GaugeMetricFamily(
            "xerotier_console_database_up",
            "1 if the database answered, 0 if not. The metrics below are absent then.",
        )
        waiting = GaugeMetricFamily(
            "xerotier_console_audit_waiting",
            "Audit events that a receiver does not have yet.",
            labels=["receiver"],
        )
        try:
            counts = Job.objects.order_by().values_list("action", "state").annotate(number=Count("id"))
            for action, state, number in counts:
                jobs.add_metric([action, state], number)
            for receiver, is_on, still in (
                ("log", settings.AUDIT_LOG, {"logged": False}),
                ("webhook", settings.AUDIT_WEBHOOK_URL, {"sent": False}),
            ):
                waiting.add_metric([receiver], AuditEvent.objects.filter(**still).count() if is_on else 0)
        except Error:
            reachable.add_metric([], 0)
            return [reachable]
        reachable.add_metric([], 1)
        return [reachable, jobs, waiting]


def metrics_text() -> bytes:
    """The exposition format 0.0.4, in UTF-8."""
    in_workers = "PROMETHEUS_MULTIPROC_DIR" in os.environ
    counted = CollectorRegistry() if in_workers else REGISTRY
    if in_workers:
        MultiProcessCollector(counted)
    known = CollectorRegistry()
    known.register(DatabaseCollector())
    return generate_latest(counted) + generate_latest(known)
