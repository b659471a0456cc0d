"""Jobs: one action on many models, and what became of each model."""

import re

from django.conf import settings
from django.db import models

from models_admin.models.activity import Activity


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
