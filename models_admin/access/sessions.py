"""Database sessions that end after idle time and, whatever happens, some hours after sign-in.

The row's `expire_date` holds both rules, so that a session past either is simply not found.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone as clock

from models_admin.prepared import Prepared

BEGAN = "signed_in_at"  # session entry: seconds since the epoch
SLIDE_EVERY = timedelta(minutes=1)


def _row(key: str) -> QuerySet[Session, Any]:
    return Session.objects.filter(session_key=key).values_list("session_data", "expire_date")


_ROW = Prepared(_row, "the key")


class SessionStore(db.SessionStore):
    """Django's own, which reads the row by a prepared query and remembers when it expires, for the middleware."""

    expires_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        for sealed, expires in _ROW.rows(str(self.session_key)):
            # SQLite keeps no zone: it is UTC.
            expires = expires.replace(tzinfo=expires.tzinfo or timezone.utc)
            if expires > clock.now():
                self.expires_at = expires
                data: dict[str, Any] = self.decode(sealed)
                return data
        self._session_key = None
        return {}

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        idle_end: datetime = super().get_expiry_date(**kwargs)
        began = self.get(BEGAN)
        if not isinstance(began, int):
            return idle_end
        age = timedelta(seconds=settings.SESSION_ABSOLUTE_AGE)
        return min(idle_end, datetime.fromtimestamp(began, tz=timezone.utc) + age)

    def slide(self) -> None:
        """Move the end on, at most once a minute, by the column alone.

        Saving the whole session here would let one tab write back what another has just changed.
        """
        end = self.get_expiry_date()
        if self.expires_at and end - self.expires_at >= SLIDE_EVERY:
            self.model.objects.filter(pk=self.session_key, expire_date__gt=clock.now()).update(
                expire_date=end
            )
            self.expires_at = end
