"""What a person types to connect a project, and what went wrong when it was checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from django import forms

from models_admin.errors.explain import Explanation, explain, named
from models_admin.xerotier import errors
from models_admin.xerotier.ids import is_key, is_project_id
from models_admin.xerotier.secret import Secret

Culprit = Literal["key", "project", "scope", "network", "service", "console"]


class ConnectForm(forms.Form):
    """`cleaned_data["api_key"]` is a Secret. The key as typed is never rendered again."""

    project_id = forms.CharField(
        label="Project ID", error_messages={"required": "Enter the project ID, such as proj_ABC123."}
    )
    api_key = forms.CharField(
        label="API key",
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Enter the project's API key."},
    )

    def clean_project_id(self) -> str:
        project: str = self.cleaned_data["project_id"]
        if project.startswith("xero_"):
            # A key pasted into the wrong field is as secret here as there: it is neither shown again nor sent on.
            self.data = {**self.data, "project_id": ""}
            raise forms.ValidationError(
                "This looks like an API key. The project ID belongs here, the key below."
            )
        if not is_project_id(project):
            raise forms.ValidationError(
                "A project ID has letters, digits, hyphens and underscores only, such as proj_ABC123."
            )
        return project

    def clean_api_key(self) -> Secret:
        if not is_key(self.cleaned_data["api_key"]):
            raise forms.ValidationError(
                "This is not an API key: a key is one word of 8 to 256 plain characters."
            )
        return Secret(self.cleaned_data["api_key"])


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Which of key, project, scope and network failed, and the explanation of it."""

    culprit: Culprit
    problem: Explanation


def diagnose(error: errors.ApiError) -> Diagnosis:
    """`explain`, in the words of somebody who is connecting: here no project is in use yet. Pure."""
    culprit = _culprit(error)
    problem = explain(error)
    if culprit == "project":
        title, next_step = _OF_ANOTHER if isinstance(error, errors.Denied) else _UNKNOWN
        problem = replace(problem, title=title, next_step=named(next_step))
    if isinstance(error, errors.KeyRefused):
        problem = replace(problem, next_step=named(_COPY_AGAIN))
    return Diagnosis(culprit=culprit, problem=problem)


_OF_ANOTHER = (
    "Key belongs to another project",
    "Enter the ID of the project that the key was made for, or a key of this project.",
)
_COPY_AGAIN = "Copy the key again from the {service} dashboard, or make a new one."
_UNKNOWN = ("Project not found", "Compare the project ID with the one in the {service} dashboard.")


def _culprit(error: errors.ApiError) -> Culprit:
    if isinstance(error, errors.NotFound) or error.code in ("cross_project_access", "project_not_found"):
        return "project"
    if error.code == "scope_insufficient":
        return "scope"
    if isinstance(error, errors.KeyRefused | errors.Denied | errors.RateLimited):
        return "key"
    if isinstance(error, errors.NetworkError):
        return "network"
    return "console" if isinstance(error, errors.Busy | errors.InvalidRequest) else "service"
