"""The console's own tables."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db import models

from models_admin.browser_sessions import BrowserSession as BrowserSession  # tables of this app
from models_admin.check_tables import Dismissal as Dismissal
from models_admin.check_tables import ModelDetails as ModelDetails
from models_admin.formatting.folding import fold
from models_admin.outbox import AuditEvent as AuditEvent
from models_admin.role_rules import ProjectRole as ProjectRole
from models_admin.safeguards import DeletionRequest as DeletionRequest
from models_admin.safeguards import ProjectSettings as ProjectSettings
from models_admin.safeguards import Protection as Protection


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


class Attempt(models.Model):
    """One attempt at something that can be guessed. Rows live for a minute; `access.throttle` counts them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["user", "purpose", "created_at"], name="attempt_recent")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.purpose}"


class ListPreference(models.Model):
    """The columns that a person has chosen for the list of models, by name, and its density."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(default=list)
    compact = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.columns}"


class LastProject(models.Model):
    """The project that a person used last, to fill in the connect form when a session has ended."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.CharField(max_length=128)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.project}"


class Job(models.Model):
    """One action on many models, carried out by the requests of the people who open it.

    It begins as a draft, which is what its preview shows. No key is kept in it: whoever runs a part of it uses a key
    of their own. `value` is the JSON value that a field is set to.
    """

    class Action(models.TextChoices):
        SET = "set", "Set a field"
        CLEAR = "clear", "Clear a field"
        REVALIDATE = "revalidate", "Revalidate"
        DELETE = "delete", "Delete"
        UNDO = "undo", "Undo"
        REPAIR = "repair", "Set values that checks propose"  # each item has its own field

    class State(models.TextChoices):
        DRAFT = "draft", "Preview"
        OPEN = "open", "In progress"
        STOPPED = "stopped", "Stopped"  # by a person
        HELD = "held", "Held"  # by the API: `reason` says why, and someone has to act
        FINISHED = "finished", "Finished"

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    run_at = models.DateTimeField(null=True, blank=True)  # when the newest slice began
    resume_at = models.DateTimeField(null=True, blank=True)  # paused until then
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    project = models.CharField(max_length=128)
    action = models.CharField(max_length=16, choices=Action.choices)
    field = models.CharField(max_length=32, blank=True)
    value = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    reason = models.TextField(blank=True)  # why it is paused or held, for a person
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="undone_by"
    )

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["project", "-id"], name="job_project"),
            models.Index(fields=["user", "state"], name="job_of_person"),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.action} in {self.project}"


class JobItem(models.Model):
    """One model of a job, and the `field` that it changes, if any. `before` is the value that the preview showed,
    `base` its digest ("": not known).

    An item is leased by whoever turns it from waiting to running. Its nonce is the token of its activity row, which is
    unique: two processes that carry out the same item can't both record an intent, so only one of them sends.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        UNCHANGED = "unchanged", "Unchanged"
        CONFLICT = "conflict", "Conflict"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Unknown"
        SKIPPED = "skipped", "Skipped"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    model_id = models.CharField(max_length=128)
    model_name = models.CharField(max_length=500, blank=True)
    field = models.CharField(max_length=32, blank=True)
    status = models.CharField(max_length=100, blank=True)  # the model's, as the preview showed it
    before = models.JSONField(null=True, blank=True)
    before_known = models.BooleanField(default=False)
    base = models.CharField(max_length=100, blank=True)
    after = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    message = models.TextField(blank=True)
    api_request_id = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveIntegerField(default=0)  # each may record one activity row
    tries = models.PositiveIntegerField(default=0)  # in vain, because the API could not be reached
    leased_at = models.DateTimeField(null=True, blank=True)
    ran_by = models.CharField(max_length=150, blank=True)
    activity = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="job_items")
    undoes = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["job", "state", "tries", "id"], name="job_item_next")]

    def __str__(self) -> str:
        return f"{self.model_name or self.model_id}: {self.state}"

    @property
    def nonce(self) -> str:
        """The token of this attempt's activity row."""
        return f"job-{self.job_id}-{self.pk}-{self.attempt}"

    @staticmethod
    def job_of_nonce(nonce: str) -> int | None:
        """The number of the job that a nonce belongs to, None for the nonce of a form."""
        found = re.fullmatch(r"job-(\d+)-\d+-\d+", nonce, re.ASCII)
        return int(found[1]) if found else None
