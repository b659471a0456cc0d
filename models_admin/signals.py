"""Signal handlers: the vault begins and ends with the session, and new accounts are Viewers."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver

from models_admin.access.connections import vault_begin, vault_end
from models_admin.access.permissions import NEW_ACCOUNT, ROLES, codename
from models_admin.http import Request


@receiver(user_logged_in, dispatch_uid="vault_begins")
def vault_begins(*, request: Request, **_kwargs: Any) -> None:
    vault_begin(request=request)


@receiver(user_logged_out, dispatch_uid="vault_ends")
def vault_ends(*, request: Request, **_kwargs: Any) -> None:
    vault_end(request=request)


@receiver(post_save, sender=User, dispatch_uid="new_account_is_a_viewer")
def new_account_is_a_viewer(*, instance: User, created: bool, raw: bool, using: str, **_kwargs: Any) -> None:
    """However the account was created. Superusers need no role, and a loaded backup contains its own."""
    if created and not raw and not instance.is_superuser:
        instance.groups.add(Group.objects.using(using).get_or_create(name=NEW_ACCOUNT)[0])


@receiver(post_migrate, dispatch_uid="missing_roles_are_created")
def missing_roles_are_created(*, sender: AppConfig, using: str, **_kwargs: Any) -> None:
    """After `flush` too. An existing role stays as the operator has changed it."""
    if sender.name != "models_admin":
        return
    for name, acts in ROLES.items():
        group, made = Group.objects.using(using).get_or_create(name=name)
        if made:
            names = [codename(act) for act in acts]
            found = Permission.objects.using(using).filter(
                content_type__app_label="models_admin", codename__in=names
            )
            group.permissions.set(found)
