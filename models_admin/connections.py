"""Which projects a person has connected in this session, and which one is in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from models_admin.xerotier.secret import Secret


@dataclass(frozen=True, slots=True)
class Connection:
    """What the session tells of a connected project without opening anything."""

    project: str
    last4: str
    connected_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """A connection opened for one request: who acts, on which project, with which key.

    It lives in a view's local variables and the services it calls; never in a template context,
    a cache, a session or on anything shared.
    """

    user: User
    project: str
    key: Secret
    request_id: str = ""  # this console's own request id, for the activity and the log
