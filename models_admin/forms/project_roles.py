"""The form that adds a role for a project: whose, where, and which."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from models_admin.access.project_roles import NO_ACCESS, RULE_ROLES
from models_admin.models.roles import GROUP_LENGTH
from models_admin.xerotier.ids import PROJECT_ID

WILD = re.compile(r"[A-Za-z0-9_*-]{1,128}")
PERSON, GROUP = "person", "group"
ROLE_LABELS = {NO_ACCESS: "No access"}


class ProjectRoleForm(forms.Form):
    """A valid form has `person` (None for a group) and `group` ("" for a person) beside `pattern` and `role`."""

    whose = forms.ChoiceField(
        choices=[(PERSON, "A person"), (GROUP, "A group at the provider")], label="For", initial=PERSON
    )
    name = forms.CharField(
        label="Username",
        max_length=GROUP_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter a name."},
    )
    pattern = forms.CharField(
        label="Project or pattern",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "mono"}
        ),
        help_text="A project ID, or a pattern: prod-* is every project that begins with prod-, and * is every project.",
        error_messages={"required": "Enter a project ID or a pattern."},
    )
    role = forms.ChoiceField(
        choices=[(role, ROLE_LABELS.get(role, role)) for role in RULE_ROLES], label="Role", initial="Viewer"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person: User | None = None
        self.group = ""
        if settings.OIDC is None:
            del self.fields["whose"]  # there are no groups without a provider
        else:
            self.fields["name"].label = "Username, or name of the group"
            self.fields[
                "name"
            ].help_text = "Name a group exactly as the provider does: upper and lower case matter."

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"]
        if len(pattern) > 128:
            raise forms.ValidationError("A project ID or a pattern has at most 128 characters.")
        if "*" not in pattern and not PROJECT_ID.fullmatch(pattern):
            raise forms.ValidationError(
                "A project ID has letters, digits, hyphens and underscores, and begins with a letter or digit. In a "
                "pattern, * stands for any characters; there are no other wildcards."
            )
        if not WILD.fullmatch(pattern):
            raise forms.ValidationError(
                "A pattern has letters, digits, hyphens, underscores and *. There are no other wildcards."
            )
        if "**" in pattern:
            raise forms.ValidationError("One * is enough: it stands for any number of characters.")
        return pattern

    def clean(self) -> None:
        """Find the account. Names of people are compared without regard to case, as when accounts are added."""
        name = self.cleaned_data.get("name")
        if not name:
            return
        if self.cleaned_data.get("whose", PERSON) == GROUP:
            self.group = name
            return
        people = dict(User.objects.values_list("username", "pk"))
        found = [pk for username, pk in people.items() if username.casefold() == name.casefold()]
        if name in people:
            found = [people[name]]
        if not found:
            self.add_error("name", "There is no account with this name.")
            return
        self.person = User.objects.get(pk=found[0])
        if self.person.is_superuser:
            self.add_error(
                "name", "This account is a superuser. Superusers may do everything in every project."
            )
