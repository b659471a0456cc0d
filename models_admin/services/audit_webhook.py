"""Sends waiting audit events to AUDIT_WEBHOOK_URL, in the order of their numbers, signed."""

import hashlib
import hmac
import json
import time

import urllib3
from django.conf import settings

from models_admin.models import AuditEvent
from models_admin.services.audit_log import event_of, events_done

BATCH = 100  # events in one request
TIMEOUT = urllib3.Timeout(connect=5, read=15)  # seconds


class ReceiverFailed(Exception):
    """The receiver did not take a batch. The text says why; the events wait."""


def audit_batch_send() -> int:
    """Send the oldest waiting events in one POST, and return how many there were; 0 if none wait.

    A 2xx answer means that the receiver has them. Raises ReceiverFailed otherwise: they are sent again.
    """
    rows = list(AuditEvent.objects.filter(sent=False).order_by("id")[:BATCH])
    if rows:
        events = [event_of(row) for row in rows]
        _post(json.dumps({"events": events}, ensure_ascii=False, separators=(",", ":")).encode())
        events_done(rows, mark="sent")
    return len(rows)


def signature_of(body: bytes, *, timestamp: str, secret: str) -> str:
    """`sha256=` and the HMAC-SHA256, in hexadecimal, of the timestamp, a full stop and the body."""
    signed = timestamp.encode() + b"." + body
    return f"sha256={hmac.digest(secret.encode(), signed, hashlib.sha256).hex()}"


def _post(body: bytes) -> None:
    """No redirect is followed, nothing is tried again here, and the answer's body is not read."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "xerotier-console",
        "X-Audit-Timestamp": timestamp,
        "X-Audit-Signature": signature_of(body, timestamp=timestamp, secret=settings.AUDIT_WEBHOOK_SECRET),
    }
    with urllib3.PoolManager() as pool:
        try:
            response = pool.request(
                "POST",
                settings.AUDIT_WEBHOOK_URL,
                body=body,
                headers=headers,
                timeout=TIMEOUT,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise ReceiverFailed(f"The receiver could not be reached ({type(exc).__name__}).") from exc
        response.close()
    if not 200 <= response.status < 300:
        raise ReceiverFailed(f"The receiver answered {response.status}.")
