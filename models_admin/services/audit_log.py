"""Writes waiting audit events to the logger `audit`, one JSON line each, in the order of their numbers."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from models_admin.models import AuditEvent

audit = logging.getLogger("audit")
logger = logging.getLogger(__name__)
BATCH = 500  # lines in one transaction


def audit_log_write() -> bool:
    """Write every event that the log does not have yet. Return False if the log can't be written.

    One process at a time does it, so that the lines of several are in order. A line is written before its event is
    marked, so a process that dies in between writes it again later. Raises django.db.Error.
    """
    while settings.AUDIT_LOG:
        with transaction.atomic():
            _lock()
            waiting = list(AuditEvent.objects.filter(logged=False).order_by("id")[:BATCH])
            written = _lines_write(waiting)
            events_done(written, logged=True)
        if len(written) < len(waiting):
            return False
        if len(waiting) < BATCH:
            break
    return True


def event_of(row: AuditEvent) -> dict[str, Any]:
    """The event as its receivers get it. Its number `id` grows with time and is never used twice."""
    return {"id": row.pk, **row.body}


def events_done(rows: list[AuditEvent], *, logged: bool = False, sent: bool = False) -> None:
    """Mark events as logged or sent, and delete those that every receiver has."""
    rest = [row.pk for row in rows if not (_is_logged(row, logged) and _is_sent(row, sent))]
    gone = [row.pk for row in rows if row.pk not in set(rest)]
    AuditEvent.objects.filter(pk__in=gone).delete()
    values = {name: True for name, value in (("logged", logged), ("sent", sent)) if value}
    AuditEvent.objects.filter(pk__in=rest).update(**values)


def _is_logged(row: AuditEvent, now: bool) -> bool:
    return now or row.logged or not settings.AUDIT_LOG


def _is_sent(row: AuditEvent, now: bool) -> bool:
    return now or row.sent or not settings.AUDIT_WEBHOOK_URL


def _lines_write(rows: list[AuditEvent]) -> list[AuditEvent]:
    """Write lines until one fails. The handlers of this logger raise, unlike those of logging itself."""
    written = []
    try:
        for row in rows:
            audit.info("%s", json.dumps(event_of(row), ensure_ascii=False, separators=(",", ":")))
            written.append(row)
    except OSError as exc:
        logger.error(
            "the audit log can't be written; its lines wait in the database (%s)", type(exc).__name__
        )
    return written


def _lock() -> None:
    """Until the end of the transaction. SQLite's transactions lock the database already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit-log', 0))")
