"""Tables of what keeps models safe: protections, what a project asks for, and requests to delete."""

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


class ProjectSettings(models.Model):
    """What administrators have set for a project. A project without a row has the defaults."""

    project = models.CharField(max_length=128, unique=True)
    approve_deletions = models.BooleanField(default=False)  # a second person has to approve each deletion

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.project}: approve deletions {self.approve_deletions}"


class DeletionRequest(models.Model):
    """Someone's request that a second person approves a deletion: of one model, or of those in a job's draft.

    `shown` and `facts` are what the person saw of one model: its name, status and endpoints (`SeenEndpoints`), and a
    digest of its metadata. Turning `state` from open to approved is one conditional UPDATE: of two approvers one
    succeeds.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    created_at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    project = models.CharField(max_length=128)
    model_id = models.CharField(max_length=128, blank=True)  # blank for a job
    model_name = models.CharField(max_length=500, blank=True)  # for a job: "12 models"
    job = models.OneToOneField("Job", null=True, on_delete=models.SET_NULL, related_name="deletion_request")
    reason = models.CharField(max_length=300)
    shown = models.JSONField(default=list)
    facts = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["project", "state", "-id"], name="deletion_request_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "model_id"],
                condition=models.Q(state="open") & ~models.Q(model_id=""),
                name="deletion_request_once",
            )
        ]

    def __str__(self) -> str:
        return f"Request {self.pk} of {self.username} to delete {self.model_name or self.model_id}"
