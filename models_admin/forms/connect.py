"""The form that connects a project, and the explanation of a failed check."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from django import forms

from models_admin.errors.explain import Explanation, explain, named
from models_admin.xerotier import errors
from models_admin.xerotier.ids import is_key, is_project_id
from models_admin.xerotier.pasted import Cleaned, key_clean, project_clean
from models_admin.xerotier.secret import Secret

# The service's keys by both of its names. Nothing requires one of them: they are known in the wrong field.
KEY_PREFIXES, JOIN_KEY_PREFIXES = ("xero_", "ere_"), ("xjk_", "ejk_")
Culprit = Literal["key", "project", "scope", "network", "service", "console"]


class ConnectForm(forms.Form):
    """`cleaned_data["api_key"]` is a Secret. The key as typed is never rendered again.

    `notes` says in sentences what was removed from the pasted texts, such as quotes.
    """

    project_id = forms.CharField(
        label="Project ID", error_messages={"required": "Enter the project ID, such as proj_ABC123."}
    )
    api_key = forms.CharField(
        label="API key",
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Enter the project's API key."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []

    def clean_project_id(self) -> str:
        project = self._cleaned(project_clean(self.cleaned_data["project_id"]), "project ID")
        if project.lower().startswith(KEY_PREFIXES + JOIN_KEY_PREFIXES):
            # A key pasted into the wrong field is as secret here as there: it is neither shown again nor sent on.
            self._show_project("")
            raise forms.ValidationError(
                "This looks like an API key. Enter the project ID here and the key below."
            )
        if not is_project_id(project):
            raise forms.ValidationError(
                "A project ID has only letters, digits, hyphens and underscores, such as proj_ABC123."
            )
        self._show_project(project)
        return project

    def clean_api_key(self) -> Secret:
        key = self._cleaned(key_clean(self.cleaned_data["api_key"]), "API key")
        if key.lower().startswith(JOIN_KEY_PREFIXES):
            raise forms.ValidationError(
                "This is a join key, which connects machines to the service. Enter one of the project's API keys."
            )
        if not is_key(key):
            raise forms.ValidationError(
                "This isn't an API key. A key has 8 to 256 plain characters and no spaces."
            )
        return Secret(key)

    def _cleaned(self, cleaned: Cleaned, what: str) -> str:
        if cleaned.removed:
            *others, last = cleaned.removed
            removed = f"{', '.join(others)} and {last}" if others else last
            self.notes.append(f"Removed from the {what}: {removed}.")
        return cleaned.text

    def _show_project(self, project: str) -> None:
        self.data = dict(self.data.items()) | {"project_id": project}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What failed (key, project, scope, network …), and the explanation."""

    culprit: Culprit
    problem: Explanation


def diagnose(error: errors.ApiError) -> Diagnosis:
    """`explain`, with next steps for someone who is connecting a project."""
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
