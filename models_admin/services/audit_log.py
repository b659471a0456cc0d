"""Writes waiting audit events to the logger `audit`, one JSON line each, in the order of their numbers."""

import json
import logging
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from models_admin.models import AuditEvent
from models_admin.services.locks import transaction_lock

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
            transaction_lock("audit-log")
            waiting = list(AuditEvent.objects.filter(logged=False).order_by("id")[:BATCH])
            written = _lines_write(waiting)
            events_done(written, mark="logged")
        if len(written) < len(waiting):
            return False
        if len(waiting) < BATCH:
            break
    return True


def event_of(row: AuditEvent) -> dict[str, Any]:
    """The event as its receivers get it. Its number `id` grows with time and is never used twice."""
    return {"id": row.pk, **row.body}


def events_done(rows: list[AuditEvent], *, mark: Literal["logged", "sent"]) -> None:
    """Mark events as logged or sent, and delete those that every receiver has."""
    events = AuditEvent.objects.filter(pk__in=[row.pk for row in rows])
    everyone_has_it = Q(logged=True) if settings.AUDIT_LOG else Q()
    if settings.AUDIT_WEBHOOK_URL:
        everyone_has_it &= Q(sent=True)
    with transaction.atomic():
        events.update(**{mark: True})
        events.filter(everyone_has_it).delete()


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
