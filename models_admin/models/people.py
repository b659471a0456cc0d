"""What is kept about each person: preferences, attempts, and where they are signed in."""

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
