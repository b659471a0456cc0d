"""The table of protected models."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Protection(models.Model):
    """A model that nobody may change or delete here until someone lifts its protection."""

    created_at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=128)
    model_name = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["project", "model_id"], name="protection_once")]

    def __str__(self) -> str:
        return f"{self.project} {self.model_id}: {self.reason}"
