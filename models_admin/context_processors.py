"""What every page knows of the person who looks at it: `console` in the templates."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from models_admin.access.connections import Connection, connections_readable, project_last_used
from models_admin.access.permissions import PERMISSIONS, may, why_not
from models_admin.access.project_roles import rule_for
from models_admin.services.approval import requests_to_decide, second_person_needed
from models_admin.services.jobs import job_in_progress

THEMES = ("light", "dark")


class Console:
    """Read only when a template asks, and calm when the database is away: error pages use it too."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def user(self) -> Any:
        try:
            user = getattr(self._request, "user", None) or AnonymousUser()
            user.is_authenticated  # noqa: B018  # the lazy user is read here, inside the try
        except Error:
            return AnonymousUser()
        return user

    @property
    def theme(self) -> str:
        """ "light" or "dark" where one was chosen, "" for the system's. app.js writes the cookie."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def session_check(self) -> int:
        """Seconds until an open page asks when the session ends. Use meanwhile only means that it asks too early."""
        return max(0, self._request.session.seconds_to_warning())  # type: ignore[attr-defined]  # our SessionStore

    @cached_property
    def connections(self) -> list[Connection]:
        if not self.user.is_authenticated:
            return []
        return connections_readable(user=self.user, session=self._request.session)

    @property
    def project_of_address(self) -> str:
        """The project of this address, "" for a page that belongs to no project."""
        match = self._request.resolver_match
        return str(match.kwargs.get("project", "")) if match else ""

    @cached_property
    def project(self) -> str:
        """The project of this address, else the one used last, else ""."""
        if self.project_of_address and self.may["read"]:
            return self.project_of_address
        if not self.connections:
            return ""
        return project_last_used(user=self.user, session=self._request.session)

    @property
    def current(self) -> Connection | None:
        """The connection to that project, None where it is not connected."""
        return next((item for item in self.connections if item.project == self.project), None)

    @property
    def jobs_url(self) -> str:
        """The project's jobs, "" without a project."""
        return reverse("jobs", args=[self.project]) if self.project else ""

    @cached_property
    def job(self) -> dict[str, Any] | None:
        """The job that this person has in progress: its address, and how far it has come."""
        try:
            found = job_in_progress(self.user) if self.user.is_authenticated else None
        except Error:
            return None
        if found is None:
            return None
        job, handled, total = found
        url = reverse("job", args=[job.project, job.pk])
        return {"url": url, "number": job.pk, "handled": handled, "total": total}

    @cached_property
    def requests(self) -> dict[str, Any] | None:
        """Requests to delete in this project: their list, and how many this person can decide; None for most."""
        if not self.project_of_address or not self.may["delete"]:
            return None
        try:
            count = requests_to_decide(project=self.project_of_address, user=self.user)
            if not count and not second_person_needed(project=self.project_of_address):
                return None
        except Error:
            return None
        return {"url": reverse("deletion-requests", args=[self.project_of_address]), "count": count}

    @property
    def settings_url(self) -> str:
        """The settings of the project of this address, "" for people who can't change them."""
        project, may = self.project_of_address, self.may
        return reverse("project-settings", args=[project]) if project and may["team"] and may["read"] else ""

    @property
    def models_url(self) -> str:
        return reverse("models", args=[self.project]) if self.project else reverse("home")

    @property
    def activity_url(self) -> str:
        return reverse("activity", args=[self.project]) if self.project else reverse("activity-all")

    @property
    def palette_url(self) -> str:
        """Where the palette searches for models, "" without a project."""
        return reverse("palette", args=[self.project]) if self.project else ""

    @property
    def connect_url(self) -> str:
        """The connect form, with the project of this address filled in."""
        return reverse("connect") + (f"?project={self.project}" if self.project else "")

    @cached_property
    def may(self) -> dict[str, bool]:
        try:
            return {act: may(self.user, act, self.project_of_address or None) for act in PERMISSIONS}
        except Error:
            return dict.fromkeys(PERMISSIONS, False)

    @property
    def role_here(self) -> str:
        """The role in the project of this address, where a rule decides it. "" where the role of the account does."""
        try:
            rule = rule_for(self.user, self.project_of_address) if self.may["read"] else None
        except Error:
            return ""
        return rule.role if rule and self.project_of_address else ""

    @cached_property
    def why_not(self) -> dict[str, str]:
        """Why the person may not do each act in the project of this address, "" where they may."""
        return {act: why_not(self.user, act, self.project_of_address or None) for act in PERMISSIONS}


def console(request: HttpRequest) -> dict[str, Any]:
    return {"console": Console(request), "service_name": settings.SERVICE_NAME}
