"""The activity: every change of a model, and the names that models had."""

from typing import Any

from django.conf import settings
from django.db import models

from models_admin.formatting.folding import fold


class Activity(models.Model):
    """One change, written before it is sent and completed when its outcome is known.

    A row that was never completed, because the process died, counts as "unknown": the change may have been sent.
    `token` is the form's one-time token. Because it is unique, a form can be sent only once.
    """

    class Action(models.TextChoices):
        EDIT = "edit", "Edit"
        UNDO = "undo", "Undo"
        REVALIDATE = "revalidate", "Revalidate"
        DELETE = "delete", "Delete"
        SHARE = "share", "Share"
        UNSHARE = "unshare", "Unshare"
        VERSION = "version", "New version"
        PROMOTE = "promote", "Make latest"
        CANCEL_UPLOAD = "cancel_upload", "Cancel upload"  # model_id and model_name: the upload's ID and file
        PROTECT = "protect", "Protect"
        UNPROTECT = "unprotect", "Lift protection"
        ASK_DELETE = "ask_delete", "Ask for deletion"
        DECLINE_DELETE = "decline_delete", "Decline deletion"
        WITHDRAW_DELETE = "withdraw_delete", "Withdraw request"
        SETTINGS = "settings", "Project settings"

    class Outcome(models.TextChoices):
        INTENT = "intent", "Unknown"  # written before the change is sent
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        NOT_SENT = "not_sent", "Not sent"
        UNKNOWN = "unknown", "Unknown"

    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=128)
    model_name = models.CharField(max_length=500, blank=True)
    action = models.CharField(max_length=16, choices=Action.choices)
    field = models.CharField(max_length=32, blank=True)  # blank for actions that edit no field
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.INTENT)
    changes = models.JSONField(default=list, blank=True)  # [{"field", "before", "after", "before_known"}]
    snapshot = models.JSONField(default=dict, blank=True)  # the model's metadata as it was before
    message = models.TextField(blank=True)  # the API's message, or what the console found
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    code = models.CharField(max_length=100, blank=True)
    api_request_id = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    token = models.CharField(max_length=64, unique=True)
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="undone_by"
    )
    job = models.ForeignKey("Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes")
    resolved_at = models.DateTimeField(null=True, blank=True)  # when the end of a revalidation was seen

    class Meta:
        verbose_name_plural = "activity"
        ordering = ["-id"]
        permissions = [
            ("read_models", "Can see models and the activity"),
            ("edit_models", "Can edit, revalidate and undo"),
            ("delete_models", "Can delete models"),
            ("publish_models", "Can share models and manage their versions"),
            ("protect_models", "Can protect models and lift a protection"),
            ("manage_team", "Can manage accounts and roles"),
        ]
        default_permissions = ()
        indexes = [
            models.Index(fields=["project", "-id"], name="activity_project"),
            models.Index(fields=["project", "model_id", "-id"], name="activity_model"),
            models.Index(fields=["project", "username", "-id"], name="activity_person"),
            models.Index(fields=["project", "action", "-id"], name="activity_action"),
            models.Index(fields=["project", "outcome", "-id"], name="activity_outcome"),
            models.Index(fields=["project", "field", "outcome", "model_id", "-id"], name="activity_field"),
            models.Index(fields=["created_at"], name="activity_created"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.model_name or self.model_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row, and with a new one the name that its model has now."""
        if self._state.adding:
            name = ModelName(project=self.project, model_id=self.model_id, folded=fold(self.model_name)[:300])
            ModelName.objects.bulk_create([name], ignore_conflicts=True)
        super().save(*args, **kwargs)


class ModelName(models.Model):
    """A name that a model had when it was changed here, without case and accents: the activity is searched by it."""

    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=128)
    folded = models.CharField(max_length=300)  # PostgreSQL limits the bytes of an index

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["project", "model_id", "folded"], name="model_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.folded}"
