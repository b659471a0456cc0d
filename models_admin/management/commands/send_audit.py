"""Delivers waiting audit events: to AUDIT_WEBHOOK_URL, and to AUDIT_LOG what could not be written at once."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections

from models_admin.services.audit_log import audit_log_write
from models_admin.services.audit_webhook import ReceiverFailed, audit_batch_send

PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds between two looks; it doubles with each failure


class Command(BaseCommand):
    help = "Send waiting audit events. With --watch it goes on until it is stopped; run one of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on, and try again after failures")

    def handle(self, *, watch: bool, **_options: Any) -> None:
        if not (settings.AUDIT_LOG or settings.AUDIT_WEBHOOK_URL):
            raise CommandError("Neither AUDIT_LOG nor AUDIT_WEBHOOK_URL is set.")
        pause = PAUSE
        while True:
            failure = self._deliver()
            if failure and not watch:
                raise CommandError(failure)
            if not watch:
                return
            pause = min(pause * 2, LONGEST_PAUSE) if failure else PAUSE
            if failure:
                self.stderr.write(f"{failure} Trying again in {pause:.0f} seconds.")
            close_old_connections()
            time.sleep(pause)

    def _deliver(self) -> str:
        """Everything that waits. Return why it failed, "" if it did not."""
        try:
            if not audit_log_write():
                return "The audit log can't be written."
            while settings.AUDIT_WEBHOOK_URL and (count := audit_batch_send()):
                self.stdout.write(f"{count} events sent.")
        except ReceiverFailed as exc:
            return str(exc)
        except Error as exc:
            return f"The database can't be used ({type(exc).__name__})."
        return ""
