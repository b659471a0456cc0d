"""The forms of the team pages: add a person, change one. Setting a password takes Django's own form."""

from typing import Any, cast

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, UsernameField
from django.contrib.auth.models import User

from models_admin.access.permissions import ROLES, role_of

NAME_TAKEN = "There is already an account with this name. Upper and lower case count as the same."


def _about_another(name: str) -> forms.TextInput:
    """A browser must not fill in what it knows about the person who types."""
    plain = {"autocapitalize": "none", "spellcheck": "false"} if name in ("username", "email") else {}
    return forms.TextInput(attrs={"autocomplete": "off", **plain})


class PersonForm(forms.ModelForm):
    """Names, address and role. `fixed_role` shows the role without letting it be changed, with the reason in
    `role_help`, if there is one."""

    role = forms.ChoiceField(choices=[(role, role) for role in ROLES], initial="Viewer", label="Role")

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")
        field_classes = {"username": UsernameField}  # as Django documents it
        widgets = {name: _about_another(name) for name in fields}

    def __init__(self, *args: Any, fixed_role: bool = False, role_help: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["role"])
        field.disabled = fixed_role
        field.help_text = role_help
        if self.instance.pk:
            self.initial["role"] = role = role_of(self.instance)
            if role not in ROLES:  # a superuser, or an account without a role: keeping that is a choice too
                field.choices = [(role, role), *((name, name) for name in ROLES)]

    def clean_username(self) -> str:
        """Compare names without regard to case in Python: databases differ on letters beyond ASCII."""
        username: str = self.cleaned_data["username"]
        others = User.objects.exclude(pk=self.instance.pk).values_list("username", flat=True)
        if username.casefold() in {name.casefold() for name in others}:
            raise forms.ValidationError(NAME_TAKEN)
        return username


class PersonAddForm(PersonForm, BaseUserCreationForm):
    """The same with a password, typed twice and checked as everyone's are."""

    field_order = ("username", "first_name", "last_name", "email", "role", "password1", "password2")

    class Meta(PersonForm.Meta):
        pass
