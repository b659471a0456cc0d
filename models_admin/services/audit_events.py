"""Turns every activity row and every account change into an audit event, if AUDIT_LOG or AUDIT_WEBHOOK_URL is set.

An event is written to the outbox in the transaction of what it reports: neither exists without the other. It leaves
the console after the commit (`audit_log`, `audit_webhook`). docs/operations.md has the schema.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.http import HttpRequest
from django.utils import timezone

from models_admin.formatting.storable import json_storable
from models_admin.models import Activity, AuditEvent, BrowserSession, ProjectRole
from models_admin.services.audit import activity_changed, activity_pruned
from models_admin.services.audit_log import audit_log_write
from models_admin.services.locks import transaction_lock
from models_admin.services.second_factor import factor_changed
from models_admin.services.sessions import session_ended

SCHEMA = 1
TEXT_LENGTH = 500  # characters of a value; longer ones are cut, and the activity has the whole
SHOWN = ("username", "is_active", "is_staff", "is_superuser")  # with old and new value
NAMED = ("first_name", "last_name", "email", "password")  # only that they changed
NOT_REPORTED = ({"last_login"}, {"password"})  # signing in saves these: the time, and a hash made stronger
REQUEST: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)


def start() -> None:
    """Record from now on. Connecting a second time changes nothing."""
    activity_changed.connect(_activity_changed, dispatch_uid="audit_activity")
    activity_pruned.connect(_activity_pruned, dispatch_uid="audit_pruned")
    pre_save.connect(_account_saving, sender=User, dispatch_uid="audit_account_saving")
    post_save.connect(_account_saved, sender=User, dispatch_uid="audit_account_saved")
    post_delete.connect(_account_deleted, sender=User, dispatch_uid="audit_account_deleted")
    post_save.connect(_project_role_added, sender=ProjectRole, dispatch_uid="audit_project_role_added")
    pre_delete.connect(_project_role_removed, sender=ProjectRole, dispatch_uid="audit_project_role_removed")
    m2m_changed.connect(_roles_changed, sender=User.groups.through, dispatch_uid="audit_roles")
    factor_changed.connect(_factor_changed, dispatch_uid="audit_factor_changed")
    session_ended.connect(_session_ended, dispatch_uid="audit_session_ended")


def event_record(kind: str, *, actor: Mapping[str, Any] | None, request_id: str, **details: Any) -> None:
    """Write one event to the outbox, in the current transaction, and let it leave after the commit.

    Secrets that people typed into a text are replaced first. Raises django.db.Error.
    """
    facts = {"type": kind, "actor": actor, "request_id": request_id, **details}
    body = _shortened(settings.AUDIT_REDACTOR(json_storable(facts)))  # half a secret isn't recognised
    with transaction.atomic(savepoint=False):
        transaction_lock("audit-order")  # events leave in the order of their numbers
        moment = timezone.now().isoformat(timespec="milliseconds")
        AuditEvent.objects.create(body={"schema": SCHEMA, "time": moment, **body})
        transaction.on_commit(audit_log_write, robust=True)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > TEXT_LENGTH:
        return f"{value[:TEXT_LENGTH]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    return value


def _activity_changed(*, activity: Activity, event: str, **_kwargs: Any) -> None:
    """`event` is begun, finished, resolved or dropped."""
    event_record(
        f"change.{event}",
        actor={"id": activity.user_id, "username": activity.username},
        request_id=activity.request_id,
        activity=activity.pk,
        began_at=activity.created_at.isoformat(timespec="milliseconds"),
        project=activity.project,
        model_id=activity.model_id,
        model_name=activity.model_name,
        action=activity.action,
        outcome=activity.outcome,
        changes=activity.changes,
        message=activity.message,
        status=activity.status,
        code=activity.code,
        api_request_id=activity.api_request_id,
        job=activity.job_id,
        undoes=activity.undoes_id,
    )


def _activity_pruned(*, before: datetime, count: int, **_kwargs: Any) -> None:
    event_record("activity.pruned", actor=None, request_id="", before=before.isoformat(), count=count)


def _account_saving(*, instance: User, raw: bool, **_kwargs: Any) -> None:
    """Keep what the account was before, to tell what changes."""
    before = None if raw or instance.pk is None else User.objects.filter(pk=instance.pk)
    values = before.values(*SHOWN, *NAMED).first() if before is not None else None
    instance._audit_before = values  # type: ignore[attr-defined]


def _account_saved(
    *, instance: User, created: bool, raw: bool, update_fields: frozenset[str] | None = None, **_kwargs: Any
) -> None:
    if raw or (update_fields is not None and set(update_fields) in NOT_REPORTED):
        return
    after = {name: getattr(instance, name) for name in (*SHOWN, *NAMED)}
    before = None if created else getattr(instance, "_audit_before", None)
    if before is None:
        _account_event("created", instance, after={name: after[name] for name in SHOWN})
        return
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        shown = [name for name in changed if name in SHOWN]
        _account_event(
            "changed",
            instance,
            changed=changed,
            before={name: before[name] for name in shown},
            after={name: after[name] for name in shown},
        )


def _account_deleted(*, instance: User, **_kwargs: Any) -> None:
    _account_event("deleted", instance)


def _roles_changed(*, instance: User | Group, action: str, pk_set: set[int] | None, **_kwargs: Any) -> None:
    """Groups of one account, or accounts of one group: Django asks twice, before and after the change."""
    if action.startswith("pre"):
        instance._audit_roles = {  # type: ignore[union-attr]
            person: _roles(person) for person in _people(instance, pk_set)
        }
        return
    for person, before in getattr(instance, "_audit_roles", {}).items():
        after = _roles(person)
        if before != after:
            _account_event("roles_changed", person, before={"roles": before}, after={"roles": after})


def _factor_changed(*, person: User, text: str, **_kwargs: Any) -> None:
    _account_event("factor_changed", person, message=text)


def _project_role_added(*, instance: ProjectRole, created: bool, raw: bool, **_kwargs: Any) -> None:
    if created and not raw:
        _project_role_event("project_role_added", instance)


def _project_role_removed(*, instance: ProjectRole, **_kwargs: Any) -> None:
    """Before it is deleted: when an account goes with its rules, the account is still there."""
    _project_role_event("project_role_removed", instance)


def _project_role_event(event: str, rule: ProjectRole) -> None:
    _account_event(event, rule.user, group=rule.group, pattern=rule.pattern, role=rule.role_name)


def _session_ended(*, ended: BrowserSession, **_kwargs: Any) -> None:
    session = {
        "began_at": ended.began_at.isoformat(timespec="milliseconds"),
        "address": ended.address,
        "user_agent": ended.user_agent,
    }
    _account_event("session_ended", ended.user, session=session)


def _people(instance: User | Group, pk_set: set[int] | None) -> list[User]:
    """Whose roles change: the account, or accounts of the group, all of them if it is cleared."""
    if isinstance(instance, User):
        return [instance]
    people = instance.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set)
    return list(people.order_by("pk"))


def _roles(person: User) -> list[str]:
    return list(person.groups.order_by("name").values_list("name", flat=True))


def _account_event(event: str, person: User | None, **details: Any) -> None:
    """`person` is None for a change of what a group may."""
    account = {"id": person.pk, "username": person.username} if person else None
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    event_record(f"account.{event}", actor=_actor(), request_id=request_id, account=account, **details)


def _actor() -> dict[str, Any] | None:
    """Who is signed in to the request that makes the change; None for a command, and for signing in itself."""
    user = getattr(REQUEST.get(), "user", None)
    return {"id": user.pk, "username": user.get_username()} if user and user.is_authenticated else None
