"""Database sessions that end after idle time and, whatever happens, some hours after sign-in.

The row's `expire_date` holds both rules, so that a session past either is simply not found.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone as clock

from models_admin.models import BrowserSession

BEGAN = "signed_in_at"  # session entry: seconds since the epoch
AUTHENTICATED = "authenticated_at"  # session entry: the same for the last proof of who it is
SLIDE_EVERY = timedelta(minutes=1)
WARN_BEFORE = timedelta(seconds=min(120, settings.SESSION_COOKIE_AGE // 4))  # pages announce the end so early


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

    def slide(self, *, least: timedelta = SLIDE_EVERY) -> None:
        """Move the end on, by at least so much (which means at most once a minute), by the column alone.

        Saving the whole session here would let one tab write back what another has just changed.
        """
        end = self.get_expiry_date()
        if self.expires_at and end - self.expires_at >= least:
            self.model.objects.filter(pk=self.session_key, expire_date__gt=clock.now()).update(
                expire_date=end
            )
            self.expires_at = end
            self._note_use()
        elif super().get_expiry_date() - end > timedelta(
            seconds=1
        ):  # the absolute age is near: use moves nothing
            self._note_use()

    def _note_use(self) -> None:
        """At most once a minute. Reading first keeps requests from waiting for each other's writes."""
        now = clock.now()
        rows = BrowserSession.objects.filter(session=self.session_key, used_at__lt=now - SLIDE_EVERY)
        if rows.exists():
            rows.update(used_at=now)

    def can_be_extended(self) -> bool:
        """Whether use moves the end on: not where the absolute age ends the session."""
        return self.expires_at is None or self.get_expiry_date() - self.expires_at >= timedelta(seconds=1)

    def seconds_to_warning(self) -> int:
        """Seconds until pages announce the end; 0 or less while they do."""
        left = (self.expires_at or self.get_expiry_date()) - clock.now() - WARN_BEFORE
        return math.ceil(left.total_seconds())


@contextmanager
def session_changed(key: str | None) -> Iterator[SessionStore]:
    """The session as it is now, saved at the end of the block. Its row is locked meanwhile.

    Django saves a session whole, at the end of a request. A request that waited 20 seconds for the API would overwrite
    what another has changed meanwhile, and of two panels that load at once, one would undo what the other has saved.
    Raises SessionInterrupted where the session has ended.
    """
    try:
        with transaction.atomic():
            Session.objects.select_for_update().filter(pk=key).first()
            session = SessionStore(key)
            if SESSION_KEY not in session:
                raise SessionInterrupted("The session has ended.")
            yield session
            session.save()
    except UpdateError:
        raise SessionInterrupted("The session has ended.") from None
    session.modified = False
