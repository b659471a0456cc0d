"""Who a person is and what they may do, in one quick query each, on every page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db import DEFAULT_DB_ALIAS
from django.db.models import DateTimeField, Q, QuerySet

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


# All but the dates of joining and of the last sign-in, which are read where somebody asks. In the model's own order.
_COLUMNS = [field.attname for field in User._meta.concrete_fields if not isinstance(field, DateTimeField)]


def _account(user_id: int) -> QuerySet[User, Any]:
    return User.objects.filter(pk=user_id).values_list(*_COLUMNS)


_ACCOUNT = Prepared(_account, -1)


class RoleBackend(ModelBackend):
    """As ModelBackend, for this app's permissions. They are read anew with each request, never kept longer."""

    def get_user(self, user_id: Any) -> User | None:
        for values in _ACCOUNT.rows(user_id):
            user = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, values)
            return user if self.user_can_authenticate(user) else None
        return None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):  # where ModelBackend keeps them
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _HELD.rows(user_obj.pk)}
        found: set[str] = user_obj._perm_cache
        return found
