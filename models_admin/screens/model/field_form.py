"""The edit form of a field and the conflict page, prepared so that templates only print."""

from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from models_admin.errors.explain import Explanation, explain
from models_admin.formatting import display
from models_admin.formatting.difference import Part, differ_in_space_only, difference
from models_admin.formatting.odd import odd_value
from models_admin.formatting.text import line_ends, shortened, spaces_shown, visible
from models_admin.formatting.values import (
    Value,
    ValueRefused,
    base_of,
    field_reported,
    value_text,
    value_typed,
)
from models_admin.services.editing import Edit, Result
from models_admin.services.reading import CurrentValue, current_of
from models_admin.xerotier.fields import Field

CUT = 120  # characters of the current value below the input


@dataclass(frozen=True, slots=True)
class EditView:
    """One field's form. All texts are plain: escape them. `base` is a digest, `typed` the text in the input.

    `current` describes the current value, "" where it was not read. `error` is why the value was not saved;
    `is_repairable` if a button can remove the characters that were refused. `is_public` if the value is on the public
    card of a shared model. `problem` is the API's failure, if any.
    `changed` if `typed` isn't known to be the current value, so that it would be lost with the form.
    """

    project: str
    model_id: str
    name: str
    label: str
    kind: str
    help: str
    url: str
    value_url: str
    model_url: str
    preview_url: str
    typed: str
    base: str
    token: str
    current: str
    options: tuple[tuple[str, str], ...]
    suggestions: tuple[str, ...]
    error: str = ""
    is_repairable: bool = False
    is_public: bool = False
    problem: Explanation | None = None
    changed: bool = False


def edit_view(
    *,
    field: Field,
    project: str,
    model_id: str,
    token: str,
    now: CurrentValue | None,
    base: str = "",
    typed: str | None = None,
    error: str = "",
    problem: Explanation | None = None,
) -> EditView:
    """The form. `now` is None if the value was not read; `base` and `typed` are those of the form sent before."""
    url = reverse("model-field", args=[project, model_id, field.name])
    value = now.value if now else None
    current = value_typed(value)
    changed = typed is not None and (now is None or line_ends(typed) != line_ends(current))
    typed = current if typed is None else typed
    return EditView(
        project=project,
        model_id=model_id,
        name=field.name,
        label=field.label,
        kind=field.kind,
        help=field.help,
        url=url,
        value_url=f"{url}value/",
        model_url=reverse("model", args=[project, model_id]),
        preview_url=f"{url}preview/",
        typed=typed,
        base=base or base_of(value),
        token=token,
        current=_current(field, now) if now else "",
        options=_options(field, typed),
        suggestions=field.suggestions,
        error=error,
        is_public=field.on_public_card and now is not None and now.model.is_shared is True,
        problem=problem,
        changed=changed,
    )


def refused_view(view: EditView, refusal: ValueRefused) -> EditView:
    """The form with the reason why the text in it was refused."""
    return replace(view, error=str(refusal), is_repairable=refusal.repaired is not None)


def failed_view(*, edit: Edit, typed: str, token: str) -> EditView:
    """The form after a save that failed: with the text typed, and why it failed."""
    request = edit.request
    return edit_view(
        field=request.field,
        project=request.project,
        model_id=request.model_id,
        token=token,
        now=current_of(edit.model, request.field, edit.last_set) if edit.model else None,
        base=request.base,
        typed=typed,
        error=failed_text(edit),
        problem=explain(edit.error) if edit.error else None,
    )


def failed_text(edit: Edit) -> str:
    """Why a value was not saved, or may not have been: in the API's own words if it gave any."""
    if edit.error is None:
        return visible(edit.message)
    if edit.result is Result.REFUSED:
        return f"The API refused the change. {visible(edit.error.message)}"
    detail = explain(edit.error).detail
    if edit.result is Result.NOT_SENT:
        return f"The change was not sent. {detail}"
    return f"{visible(edit.message)} {detail}".strip()


def conflict_view(*, edit: Edit, typed: str, token: str, url: str = "") -> dict[str, Any]:
    """Both values. `url` takes the decision, at the field's own address or that of an undo.

    `typed` and `base` are what "Save my value" sends. `parts` is the difference between the current value and the
    person's, [] if it is easy to see. `is_edit` is False for an undo.
    """
    request, field = edit.request, edit.request.field
    field_url = reverse("model-field", args=[request.project, request.model_id, field.name])
    space_only, parts = comparison(edit.current, request.value)
    return {
        "heading": f"{'Undo a change to' if request.undoes else 'Edit'} {field.label.lower()}",
        "name": field.name,
        "label": field.label,
        "url": url or field_url,
        "model_url": reverse("model", args=[request.project, request.model_id]),
        "token": token,
        "typed": typed,
        "base": base_of(edit.current),
        "yours": value_text(field, request.value),
        "current": value_text(field, edit.current),
        "who": visible(edit.changed_by),
        "when": display.moment_utc(edit.changed_at) if edit.changed_at else "",
        "when_iso": display.moment_iso(edit.changed_at) if edit.changed_at else "",
        "message": visible(edit.message),
        "space_only": space_only,
        "parts": parts,
        "is_edit": not request.undoes,
    }


def comparison(current: Any, yours: Value) -> tuple[bool, list[Part]]:
    """Whether the two values differ in white space only, and their difference if it is hard to see."""
    one, other = value_typed(current), value_typed(yours)
    space_only = differ_in_space_only(one, other)
    is_hard = space_only or (bool(one) and bool(other) and max(len(one), len(other)) > CUT)
    return space_only, difference(one, other) if is_hard else []


def _current(field: Field, now: CurrentValue) -> str:
    text = value_text(field, now.value)
    if isinstance(now.value, str) and now.value != now.value.strip():
        text = spaces_shown(now.value) + " (white space shown as symbols)"
    shown = shortened(text, CUT)
    if not field_reported(now.model, field):
        last = "" if now.value is None else f" Last set here to “{shown}”."
        return f"The API does not return this field.{last}"
    if now.value in (None, ""):
        return "The current value is empty."
    if now.model.understood(field.name):
        return f"Current value: “{shown}”."
    odd = odd_value(field.name, now.value)
    return f"Current value: “{shortened(odd.text, CUT)}”, {odd.remark}."


def _options(field: Field, typed: str) -> tuple[tuple[str, str], ...]:
    """The choices after an empty one, and the value in the form if it is not one of them."""
    if not field.choices:
        return ()
    options = (("", display.EMPTY), *field.choices)
    if not typed or typed in dict(field.choices):
        return options
    return (*options, (typed, f"{visible(typed)} (current value)"))
