"""A console whose audit stream is on, and what it wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from models_admin.services.audit import activity_changed, activity_pruned
from models_admin.services.audit_events import start

SIGNALS = (activity_changed, activity_pruned, pre_save, post_save, pre_delete, post_delete, m2m_changed)


class Lines(logging.Handler):
    """The receiver of the log: `events` in the order in which they came. It raises while `broken`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.broken = False

    def emit(self, record: logging.LogRecord) -> None:
        if self.broken:
            raise OSError("No space left on device")
        self.texts.append(record.getMessage())

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture
def stream(settings: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    settings.AUDIT_LOG = "stdout"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE]
    after = settings.MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
    settings.MIDDLEWARE.insert(after, "models_admin.middleware.audit.AuditMiddleware")
    before = {signal: list(signal.receivers) for signal in SIGNALS}
    for signal in SIGNALS:
        monkeypatch.setattr(signal, "receivers", [])
    start()
    for signal in SIGNALS:  # in front of the others, as in a console
        signal.receivers += before[signal]
        signal.sender_receivers_cache.clear()
    lines = Lines()
    logger = logging.getLogger("audit")
    logger.addHandler(lines)
    yield lines
    logger.removeHandler(lines)
    for signal in SIGNALS:
        signal.sender_receivers_cache.clear()
