"""The values of an edit: what a person wants of one field, how the field stands, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from enum import Enum

from models_admin.access.connections import Access
from models_admin.formatting.values import Value, field_reported
from models_admin.models import Activity
from models_admin.services.activity import LastSet, last_set
from models_admin.services.reading import model_fetch
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import Field
from models_admin.xerotier.schemas import Model


class Result(str, Enum):
    """What came of a save."""

    SAVED = "saved"
    UNCHANGED = "unchanged"  # the person changed nothing: nothing sent
    ALREADY = "already"  # somebody else set the same value meanwhile: nothing sent
    CONFLICT = "conflict"  # somebody else set another value: nothing sent until the person decides
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    REPLAYED = "replayed"  # the form was sent before: `activity` is what came of it


@dataclass(frozen=True, slots=True)
class Wish:
    """`field` of a model set to `value` (None clears it), having seen `seen`. `nonce` counts once."""

    project: str
    model_id: str
    field: Field
    value: Value
    seen: Value
    nonce: str
    action: str = Activity.Action.EDIT
    undoes: Activity | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A field as it stands now.

    `certain` is False where the API does not report it and the ledger has nothing, or a doubt.
    `book` is the ledger of the model.
    """

    model: Model
    value: Value
    certain: bool
    book: Mapping[str, LastSet]


@dataclass(frozen=True, slots=True)
class Edit:
    """What came of a wish.

    `model` is the model as last read, None where reading it failed or was not needed. `theirs` is the
    other person's value in a conflict, `rival` who set it where known. `message` is a sentence for the
    person, `error` the API's failure. `recorded` is False where the outcome could not be written: the
    row then reads as unknown.
    """

    result: Result
    wish: Wish
    model: Model | None = None
    theirs: Value = None
    rival: str = ""
    activity: Activity | None = None
    error: ApiError | None = None
    message: str = ""
    warning: str = ""
    recorded: bool = True
    book: Mapping[str, LastSet] = member(default_factory=dict)


def standing_read(*, access: Access, model_id: str, field: Field) -> Standing:
    """Read the model from the API, and the ledger for what the API does not report. Raises ApiError."""
    model = model_fetch(access=access, model_id=model_id)
    return standing_of(model=model, field=field, book=last_set(project=access.project, model_id=model_id))


def standing_of(*, model: Model, field: Field, book: Mapping[str, LastSet]) -> Standing:
    """The API's value wins over the ledger's wherever there is one."""
    value = getattr(model, field.name)
    if field_reported(model, field):
        return Standing(model, value, True, book)
    last = book.get(field.name)
    if last is None or field.readable:
        return Standing(model, None, False, book)
    return Standing(model, last.value, not (last.has_doubt or last.revalidated_at), book)
