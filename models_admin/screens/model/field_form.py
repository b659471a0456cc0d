"""What the edit form of a field shows, and what the conflict page shows, prepared so that templates only print."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from django.urls import reverse

from models_admin.errors.explain import Explanation, explain
from models_admin.formatting import display
from models_admin.formatting.numbers import number_help
from models_admin.formatting.text import visible
from models_admin.formatting.values import Value, field_reported, value_text, value_typed
from models_admin.services.edits import Edit, Result, Standing
from models_admin.xerotier.fields import Field

CUT = 120  # characters of the value that was seen, under the input


@dataclass(frozen=True, slots=True)
class EditView:
    """One field's form. All texts are plain: escape them. `seen` is JSON, `typed` what stands in the input.

    `error` is why it was not saved, at the field; `problem` the API's failure with a way on, None without one.
    `preview_url` is "" where nothing is worth saying while one types.
    """

    name: str
    label: str
    kind: str
    help: str
    url: str
    value_url: str
    model_url: str
    preview_url: str
    typed: str
    seen: str
    token: str
    was: str
    options: tuple[tuple[str, str], ...]
    suggestions: tuple[str, ...]
    max_length: int
    error: str = ""
    problem: Explanation | None = None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Mine and theirs. `url` takes the decision; `typed` and `seen` are what "Save mine" sends."""

    heading: str
    name: str
    label: str
    url: str
    value_url: str
    model_url: str
    token: str
    typed: str
    seen: str
    mine: str
    theirs: str
    who: str
    message: str


def edit_view(
    *,
    field: Field,
    project: str,
    model_id: str,
    seen: Value,
    token: str,
    typed: str | None = None,
    reported: bool | None = None,
    error: str = "",
    problem: Explanation | None = None,
) -> EditView:
    """The form; `typed` is what the person typed before, None for the value as it stands.

    `reported`: whether the API reports the field, None for what the document says of it.
    """
    url = reverse("model-field", args=[project, model_id, field.name])
    live = field.kind == "integer" or field.name == "quantization"
    return EditView(
        name=field.name,
        label=field.label,
        kind=field.kind,
        help=f"{field.help} {number_help(field)}" if field.kind == "integer" else field.help,
        url=url,
        value_url=f"{url}value/",
        model_url=reverse("model", args=[project, model_id]),
        preview_url=f"{url}preview/" if live else "",
        typed=value_typed(seen) if typed is None else typed,
        seen=json.dumps(seen),
        token=token,
        was=_was(field, seen, field.readable if reported is None else reported),
        options=_options(field, seen),
        suggestions=field.suggestions,
        max_length=field.max_length,
        error=error,
        problem=problem,
    )


def standing_view(*, field: Field, project: str, standing: Standing, token: str) -> EditView:
    """The form of a field as it stands now."""
    reported = field_reported(standing.model, field)
    return edit_view(
        field=field,
        project=project,
        model_id=standing.model.id,
        seen=standing.value,
        token=token,
        reported=reported,
    )


def failed_view(*, edit: Edit, typed: str, token: str) -> EditView:
    """The form after a save that failed: what was typed, and why, with a way on."""
    field = edit.wish.field
    view = edit_view(
        field=field,
        project=edit.wish.project,
        model_id=edit.wish.model_id,
        seen=edit.wish.seen,
        token=token,
        typed=typed,
        reported=field_reported(edit.model, field) if edit.model else None,
        error=failed_words(edit),
    )
    return replace(view, problem=explain(edit.error) if edit.error else None)


def failed_words(edit: Edit) -> str:
    """Why a value was not saved, or may not be: the API's words where it gave any."""
    if edit.error is None:
        return visible(edit.message)
    if edit.result is Result.REFUSED:
        return f"The API refused it. {visible(edit.error.message)}"
    detail = explain(edit.error).detail
    if edit.result is Result.NOT_SENT:
        return f"It was not sent. {detail}"
    return f"{visible(edit.message)} {detail}".strip()


def conflict_view(*, edit: Edit, typed: str, token: str, url: str = "") -> ConflictView:
    """`url` is where the decision goes: the field's own address, or that of an undo."""
    field = edit.wish.field
    field_url = reverse("model-field", args=[edit.wish.project, edit.wish.model_id, field.name])
    return ConflictView(
        heading=f"{'Undo a change of' if edit.wish.undoes else 'Edit'} {field.label.lower()}",
        name=field.name,
        label=field.label,
        url=url or field_url,
        value_url=f"{field_url}value/",
        model_url=reverse("model", args=[edit.wish.project, edit.wish.model_id]),
        token=token,
        typed=typed,
        seen=json.dumps(edit.theirs),
        mine=value_text(field, edit.wish.value),
        theirs=value_text(field, edit.theirs),
        who=visible(edit.rival),
        message=visible(edit.message),
    )


def _was(field: Field, seen: Value, reported: bool) -> str:
    text = value_text(field, seen)
    shown = f"“{text if len(text) <= CUT else text[: CUT - 1] + '…'}”"
    if reported:
        return "Was empty." if seen in (None, "") else f"Was {shown}."
    return "The API does not report it." + ("" if seen is None else f" Last set here to {shown}.")


def _options(field: Field, seen: Value) -> tuple[tuple[str, str], ...]:
    """The choices, with nothing before them, and the value as it is where it is none of them."""
    if not field.choices:
        return ()
    options = (("", display.EMPTY), *field.choices)
    if seen in (None, "") or str(seen) in dict(field.choices):
        return options
    return (*options, (str(seen), f"{visible(str(seen))} (as it is now)"))
