"""What a person may do, in one query: Django's own backend makes two, each with its joins, on every page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

from models_admin.prepared import Prepared


def _permissions(user_id: int) -> QuerySet[Permission, Any]:
    """Of this app alone: nothing else in the console asks for permissions. Subqueries, as joins of what all
    people hold would grow with the team."""
    own = User.user_permissions.through.objects.filter(user=user_id)
    by_role = Group.permissions.through.objects.filter(group__user=user_id)
    held = Q(pk__in=own.values("permission")) | Q(pk__in=by_role.values("permission"))
    ours = Permission.objects.filter(held, content_type__app_label="models_admin")
    return ours.values_list("content_type__app_label", "codename").order_by()


_HELD = Prepared(_permissions, -1)


class RoleBackend(ModelBackend):
    """As ModelBackend, for this app's permissions. They are read anew with each request, never kept longer."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):  # where ModelBackend keeps them
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _HELD.rows(user_obj.pk)}
        found: set[str] = user_obj._perm_cache
        return found
