"""Database sessions that end after idle time and, whatever happens, some hours after sign-in.

The row's `expire_date` holds both rules, so that a session past either is simply not found.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone as clock

BEGAN = "signed_in_at"  # session entry: seconds since the epoch
SLIDE_EVERY = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """Django's own, with an absolute age beside the idle time; `expires_at` is when the loaded row ends."""

    expires_at: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # not in the stubs
        self.expires_at = row.expire_date if row else None
        return row

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
