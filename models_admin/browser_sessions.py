"""The table of browsers in which people are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models


class BrowserSession(models.Model):
    """Where and since when a person is signed in. The row goes with its session.

    Sessions that began before this table existed have neither address nor browser.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # to the minute
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)  # as the browser sent it

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at}"
