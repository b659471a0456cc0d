"""The tables of the checks: findings that were dismissed, and the details that they read of each model."""

from django.conf import settings
from django.db import models


class Dismissal(models.Model):
    """A finding of a check that someone dismissed: it is hidden while `finding`, its text, stays the same."""

    created_at = models.DateTimeField(auto_now=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=512)
    rule = models.CharField(max_length=64)
    finding = models.TextField()
    reason = models.CharField(max_length=500)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["project", "model_id", "rule"], name="dismissal_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.model_id}"


class ModelDetails(models.Model):
    """The fields of one model as they were sent, read by a person's checks and used for half an hour."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=128)
    entry = models.JSONField(default=dict)
    read_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "project", "model_id"], name="model_details_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.read_at}"
