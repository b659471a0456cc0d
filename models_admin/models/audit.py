"""The table of audit events that have not left the console yet."""

from django.db import models


class AuditEvent(models.Model):
    """One event, written in the transaction of what it reports, and deleted once every receiver has it.

    `body` is the event without its number, which is the row's ID. `logged` and `sent` say that the logger and the
    webhook have it.
    """

    body = models.JSONField()
    logged = models.BooleanField(default=False)
    sent = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.body.get('type', '')}"
