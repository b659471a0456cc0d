"""Signal handlers: what begins and ends with a session, and new accounts are Viewers."""

import time
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver
from django.utils import timezone

from models_admin.access.connections import vault_begin, vault_end
from models_admin.access.permissions import NEW_ACCOUNT, ROLES, codename
from models_admin.access.sessions import AUTHENTICATED, BEGAN
from models_admin.formatting.storable import text_storable
from models_admin.http import Request
from models_admin.middleware.request_id import UNKNOWN_ADDRESS, client_address
from models_admin.models import BrowserSession

USER_AGENT_LENGTH = 300  # characters, as in the table


@receiver(user_logged_in, dispatch_uid="vault_begins")
def vault_begins(*, request: Request, **_kwargs: Any) -> None:
    vault_begin(request=request)


@receiver(user_logged_in, dispatch_uid="session_began")
def session_began(*, request: Request, user: User, **_kwargs: object) -> None:
    """Start the absolute age at each sign-in, list the session, and delete all expired ones with their keys."""
    request.session[BEGAN] = request.session[AUTHENTICATED] = int(time.time())
    type(request.session).clear_expired()
    _list_session(request, user)


def _list_session(request: Request, user: User) -> None:
    """For the page that says where one is signed in."""
    if not request.session.session_key:
        request.session.save()  # its row must exist
    address, agent = client_address(request), request.META.get("HTTP_USER_AGENT", "")
    BrowserSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={
            "user": user,
            "began_at": timezone.now(),
            "used_at": timezone.now(),
            "address": None if address == UNKNOWN_ADDRESS else address,
            "user_agent": text_storable(agent)[:USER_AGENT_LENGTH],
        },
    )


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
