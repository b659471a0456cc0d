"""The versions of a model: listing them, creating one, and making one the latest.

A change is one POST that is never repeated, and reading the list again shows its result. Rolling back means making an
older version the latest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from models_admin.access.connections import Access
from models_admin.access.tokens import Token
from models_admin.formatting.semver import semver_problem
from models_admin.models import Activity
from models_admin.services.activity import version_of
from models_admin.services.audit import Sent, change, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.publishing import (
    LOST,
    PostResult,
    State,
    available_require,
    optional_change,
    optional_reading,
    outcome_of,
    state_of,
)
from models_admin.services.reading import model_fetch, model_gone
from models_admin.services.reconcile import resolve_versions
from models_admin.services.undoing import undo_purpose, undo_require
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.publishing import VersionAnswer
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.versions import VersionList

CREATE = "version"
LONGEST_NOTES = 10_000  # characters; the documentation names no limit
Action = Literal["version", "promote"]
NOT_LISTED = "When the console checked, the version wasn't in the list."


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionResult(PostResult):
    """The result of creating or promoting a version. `versions` is the newest list, None where there is none."""

    action: Action
    version: str
    versions: VersionList | None


class VersionRefused(Exception):
    """The text isn't a version that can be created, or the notes are too long. The text is the reason."""


class VersionConflict(Exception):
    """The list has changed since it was shown, or already is as wanted. Nothing was sent. The text is the reason."""


def versions_read(*, access: Access, model_id: str) -> VersionList:
    """The versions of a model. Raises NotAllowed, NotAvailable, ApiError."""
    access.require("read")
    versions = _fetch(access, model_id)
    resolve_versions(access=access, model_id=model_id, versions=versions)
    return versions


def version_create(*, access: Access, model_id: str, version: str, notes: str, token: str) -> VersionResult:
    """Create a version once, if the list doesn't have it.

    Raises NotAllowed, TokenStale, AlreadyUsed, VersionRefused, VersionConflict, NotAvailable, CannotRecord; an ApiError
    where the model and its versions could not be read first. In all these cases nothing was sent.
    """
    read = write_check(access=access, act="publish", model_id=model_id, purpose=CREATE, token=token)
    _check(version, notes)
    model, known = _model(access, model_id), _fetch(access, model_id)
    if known.find(version):
        raise VersionConflict(f"Version {version} already exists.")
    sent = _send(
        access,
        "version",
        model,
        read,
        lambda: client().create_version(
            project=access.project, key=access.key, model_id=model_id, version=version, notes=notes
        ),
        [change(field="version", before=None, after=version)]
        + ([change(field="version_notes", before=None, after=notes)] if notes else []),
    )
    return _result(access, model_id, "version", version, sent)


def version_promote(*, access: Access, model_id: str, version: str, token: str) -> VersionResult:
    """Make a version the latest once, if the latest one is still the one that was shown.

    Raises what `version_create` raises, except VersionRefused.
    """
    purpose = promote_purpose(version)
    read = write_check(access=access, act="publish", model_id=model_id, purpose=purpose, token=token)
    return _promote(access, model_id, version, read)


def _promote(
    access: Access, model_id: str, version: str, read: Token, *, undoes: Activity | None = None
) -> VersionResult:
    """`read.seen` is the version that was shown as the latest."""
    model, known = _model(access, model_id), _fetch(access, model_id)
    if known.latest == version:
        raise VersionConflict(f"Version {version} is already the latest.")
    if (known.latest or "") != read.seen:
        raise VersionConflict(
            f"The latest version has since changed: it is now {known.latest or 'not known'}."
        )
    if known.complete and not known.find(version):
        raise VersionConflict(f"Version {version} no longer exists.")
    before = change(
        field="latest_version", before=known.latest, after=version, before_known=known.latest is not None
    )
    sent = _send(
        access,
        "promote",
        model,
        read,
        lambda: client().promote_version(
            project=access.project, key=access.key, model_id=model_id, version=version
        ),
        [before],
        undoes,
    )
    return _result(access, model_id, "promote", version, sent)


def promote_undo(*, access: Access, row: Activity, token: str) -> VersionResult:
    """Make the former latest version the latest again, if the one that the row promoted still is.

    Raises CannotUndo, and what `version_promote` raises. The undo gets a row of its own, which can be undone too.
    """
    purpose = undo_purpose(row)
    read = write_check(access=access, act="publish", model_id=row.model_id, purpose=purpose, token=token)
    undo_require(access=access, row=row)
    former = str(row.changes[0]["before"])
    return _promote(access, row.model_id, former, replace(read, seen=version_of(row)), undoes=row)


def promote_token(*, access: Access, model_id: str, version: str, latest: str | None) -> str:
    """A new token for the button that makes a version the latest, while `latest` is."""
    return access.form_token(model_id, promote_purpose(version), seen=latest or "")


def promote_purpose(version: str) -> str:
    return f"promote:{version}"


def _model(access: Access, model_id: str) -> Model:
    """The model that a change is made to: its name is recorded. Raises NotAvailable, ApiError."""
    available_require(access=access, route="versions")
    return model_fetch(access=access, model_id=model_id)


def _fetch(access: Access, model_id: str) -> VersionList:
    return optional_reading(
        access=access,
        route="versions",
        call=lambda: client().list_versions(project=access.project, key=access.key, model_id=model_id),
        thing=lambda: model_fetch(access=access, model_id=model_id),
    )


def _check(version: str, notes: str) -> None:
    if problem := semver_problem(version):
        raise VersionRefused(problem)
    if len(notes) > LONGEST_NOTES:
        raise VersionRefused(f"The notes have {len(notes):,} characters; at most {LONGEST_NOTES:,} are sent.")


def _send(
    access: Access,
    action: Action,
    model: Model,
    token: Token,
    call: Callable[[], VersionAnswer],
    changes: Sequence[Mapping[str, Any]],
    undoes: Activity | None = None,
) -> Sent[VersionAnswer]:
    return send_recorded(
        access=access,
        action=Activity.Action(action),
        model_id=model.id,
        model_name=model.name,
        token=token,
        call=lambda: optional_change(access=access, route="versions", call=call),
        changes=changes,
        undoes=undoes,
    )


def _result(
    access: Access, model_id: str, action: Action, version: str, sent: Sent[VersionAnswer]
) -> VersionResult:
    """Read again after the POST, which is not repeated, and record the result."""
    state, versions, note = state_of(sent.error), None, ""
    if state in ("done", "unknown") or isinstance(sent.error, NotFound):
        versions, gone = _reread(access, model_id)
        state, note = ("gone", "") if gone else _seen(state, action, version, versions, lost=bool(sent.error))
    recorded = sent.finish(outcome=outcome_of(state), message=note)
    return VersionResult(
        state=state,
        action=action,
        version=version,
        versions=versions,
        note=note,
        error=sent.error,
        recorded=recorded,
    )


def _reread(access: Access, model_id: str) -> tuple[VersionList | None, bool]:
    """The list again, None if it can't be read, and whether the model is gone. Never raises an ApiError."""
    try:
        return client().list_versions(project=access.project, key=access.key, model_id=model_id), False
    except ApiError as error:
        return None, model_gone(error) and error.code == "model_not_found"


def _seen(
    state: State, action: Action, version: str, versions: VersionList | None, *, lost: bool
) -> tuple[State, str]:
    """The state that the list shows, and a sentence about it if it is not simply done."""
    if state not in ("done", "unknown"):
        return state, ""
    first = LOST if lost else "The API accepted the request."
    if versions is None:
        return state, f"{first} The console couldn't read the versions again."
    is_there = versions.latest == version if action == "promote" else versions.find(version) is not None
    if is_there:
        return "done", f"{LOST} When the console checked, it had been done." if lost else ""
    if action == "promote":
        latest = versions.latest or "not known"
        return "unknown", f"{first} When the console checked, the latest version was {latest}."
    if versions.complete or lost:
        return "unknown", f"{first} {NOT_LISTED}"
    return "done", ""
