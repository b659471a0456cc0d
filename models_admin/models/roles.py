"""The tables of roles per project: the rules, and the groups at the provider that some of them are for."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

GROUP_LENGTH = 255  # characters; a longer name can't be in a rule


class ProjectRole(models.Model):
    """A rule: in the projects that `pattern` matches, a person (`user`) or everyone in a group has another role.

    `group` is the name of a group at the OpenID Connect provider, "" in a rule for a person. `role` is one of the
    console's roles, None for no access. A rule is never changed, only added and removed.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="project_roles"
    )
    group = models.CharField(max_length=GROUP_LENGTH, blank=True)
    pattern = models.CharField(max_length=128)  # a project ID, or one with `*` for any characters
    role = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "pattern"], name="project_role_of_person_once"),
            models.UniqueConstraint(
                fields=["group", "pattern"],
                condition=models.Q(user=None),
                name="project_role_of_group_once",
            ),
            models.CheckConstraint(
                condition=models.Q(user=None, group__gt="") | models.Q(user__isnull=False, group=""),
                name="project_role_of_person_or_group",
            ),
        ]
        indexes = [models.Index(fields=["group"], name="project_role_group")]

    def __str__(self) -> str:
        return f"{self.whom} in {self.pattern}"

    @property
    def whom(self) -> str:
        """Whose role it is, as text."""
        return self.user.get_username() if self.user else f"group {self.group}"

    @property
    def role_name(self) -> str:
        """The name of the role, "None" for no access."""
        return self.role.name if self.role else "None"


class ProviderGroup(models.Model):
    """A group that a person was in at the provider when they last signed in there."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_groups"
    )
    name = models.CharField(max_length=GROUP_LENGTH)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="provider_group_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"
