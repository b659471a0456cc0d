"""What the page of sessions shows."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from models_admin.formatting.user_agent import browser_and_system
from models_admin.models import BrowserSession


def session_rows(sessions: Iterable[BrowserSession], *, current: str) -> list[dict[str, Any]]:
    """This session first. `current` is its key, which no row contains.

    `used_at` and `address` are None where they were not recorded.
    """
    rows = [
        {
            "browser": browser_and_system(one.user_agent),
            "address": one.address,
            "began_at": one.began_at,
            "used_at": one.used_at,
            "is_this": one.session_id == current,
            "end_url": reverse("session-end", args=[one.pk]),
        }
        for one in sessions
    ]
    return sorted(rows, key=lambda row: not row["is_this"])
