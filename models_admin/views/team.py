"""The team: accounts and roles, on Django's admin restricted to people, in the console's own look.

Django's admin brings the forms, the checks, the log of changes and the atomic saves. The site gate is
the console's: the permission `manage_team`, not `is_staff`, which nobody needs here.
"""

from __future__ import annotations

from typing import Any, cast

from axes.utils import reset as lockout_reset
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.views.decorators.http import require_POST

from models_admin.access.permissions import NotAllowed, may, permission_require
from models_admin.screens.team import (
    PersonAddForm,
    PersonForm,
    PersonPasswordForm,
    log_lines,
    people_rows,
    role_give,
    roles_explained,
)
from models_admin.views.decorators import signed_in


class TeamSite(admin.AdminSite):
    """Django's admin with one model in it, at /team/, behind the console's own gate."""

    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @signed_in
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            permission_require(user=request.user, act="team")
            return inner(request, *args, **kwargs)

        return gate

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "team")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"section": "team"}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("", include(self.get_model_admin(User).urls))]


# Of the admin's own pages, those that are offered here; the others would show without the console's look, or fail.
PAGES = ("auth_user_changelist", "auth_user_add", "auth_user_change", "auth_user_password_change")


class PersonAdmin(UserAdmin):
    """One account: name, role, password; locked instead of deleted, so that the activity keeps its people."""

    form = PersonForm
    add_form = PersonAddForm
    change_password_form = PersonPasswordForm
    change_list_template = "team/people.html"
    change_form_template = add_form_template = "team/person.html"
    change_user_password_template = "team/password.html"  # noqa: S105  # a file's name
    fieldsets = [(None, {"fields": ("username", "first_name", "last_name", "email", "role")})]
    add_fieldsets = [
        (None, {"fields": ("username", "first_name", "last_name", "email", "role", "password1", "password2")})
    ]
    filter_horizontal = ()
    list_display = ("username",)
    list_filter = ()
    search_fields = ("username", "first_name", "last_name", "email")
    list_per_page = 50
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return may(request.user, "team")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "team")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An administrator may change anyone but a superuser, who is above the roles."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return may(request.user, "team") and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        lock, unlock = require_POST(self.lock), require_POST(self.unlock)
        return [
            path("<int:pk>/lock/", self.admin_site.admin_view(lock), name="team-lock"),
            path("<int:pk>/unlock/", self.admin_site.admin_view(unlock), name="team-unlock"),
            *(url for url in super().get_urls() if url.name in PAGES),
        ]

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        # Nobody takes the last key out of their own hand: one's own role is another administrator's to change.
        yourself = obj is not None and obj.pk == request.user.pk
        return type(form.__name__, (form,), {"role_fixed": yourself})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not form.fields["role"].disabled:
            role_give(form.instance, form.cleaned_data["role"])

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> Any:
        messages.success(request, f"{obj.username} has an account. Pass the password on by a safe way.")
        return HttpResponseRedirect(reverse("admin:auth_user_changelist", current_app=self.admin_site.name))

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        messages.success(request, f"{obj.username} saved.")
        return HttpResponseRedirect(reverse("admin:auth_user_changelist", current_app=self.admin_site.name))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            listed = response.context_data["cl"]
            response.context_data |= {
                "people": people_rows(listed.result_list, asking=cast(User, request.user)),
                "roles": roles_explained(),
                "log": log_lines(),
                "query": listed.query,
            }
        return response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, *_what: object) -> HttpResponse:
        """The admin would send the person to its index, which is not here."""
        raise Http404

    def lock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sessions of a locked account end with their next request: Django asks `is_active` each time."""
        person = self._person(request, pk)
        if person.pk == request.user.pk:
            raise NotAllowed("You can't lock your own account. Another administrator can.")
        return self._set_active(request, person, active=False)

    def unlock(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._person(request, pk)
        lockout_reset(username=person.username)
        return self._set_active(request, person, active=True)

    def _person(self, request: HttpRequest, pk: int) -> User:
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person):
            raise NotAllowed("A superuser's account can be changed by superusers only.")
        return person

    def _set_active(self, request: HttpRequest, person: User, *, active: bool) -> HttpResponse:
        person.is_active = active
        person.save(update_fields=["is_active"])
        done = "unlocked" if active else "locked"
        self.log_change(request, person, done)
        messages.success(request, f"{person.username} is {done}.")
        return HttpResponseRedirect(reverse("admin:auth_user_changelist", current_app=self.admin_site.name))


team_site = TeamSite(name="team")
team_site.register(User, PersonAdmin)
people = team_site.admin_view(team_site.get_model_admin(User).changelist_view)
