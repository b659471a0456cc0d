"""The form that edits one field: what was typed, what was seen, and a token that makes it count once."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from models_admin.formatting.values import Checked, Value, ValueRefused, same, value_read
from models_admin.xerotier.fields import Field

MAX_HIDDEN = 80_000  # characters of the JSON of the longest description, each escaped


def seen_read(text: str) -> Value:
    """The hidden value of a form: JSON of a text, a whole number or null. Raises ValueError."""
    try:
        seen = json.loads(text[:MAX_HIDDEN] or "null")
    except RecursionError as exc:
        raise ValueError("too deep") from exc
    if isinstance(seen, bool) or not (seen is None or isinstance(seen, str | int)):
        raise ValueError("neither text, number nor null")
    return seen


class FieldForm(forms.Form):
    """One field's form: `value` as typed, `seen` (JSON of the value that was seen), token, decision.

    `cleaned_data["checked"]` is Checked. A value that stands there unchanged is never refused, however
    odd it is: the API has it already.
    """

    value = forms.CharField(required=False, strip=False, max_length=MAX_HIDDEN)
    seen = forms.CharField(required=False, strip=False, max_length=MAX_HIDDEN)
    token = forms.CharField(required=False, max_length=2000)
    decision = forms.ChoiceField(required=False, choices=[("mine", "mine"), ("theirs", "theirs")])

    def __init__(self, *args: Any, field: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field = field

    def clean_seen(self) -> Value:
        try:
            return seen_read(self.cleaned_data["seen"])
        except ValueError as exc:
            raise forms.ValidationError("The form is damaged.") from exc

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if same(data["value"], data["seen"]):
            data["checked"] = Checked(data["seen"])
            return data
        try:
            data["checked"] = value_read(data["value"], field=self.field)
        except ValueRefused as exc:
            self.add_error("value", str(exc))
        return data

    @property
    def typed(self) -> str:
        """What the person typed, as it came, to stand in the input again."""
        return str(self.data.get("value", ""))[:MAX_HIDDEN]

    @property
    def reason(self) -> str:
        """Why the value was refused, "" where it was not."""
        return " ".join(str(item) for item in self.errors.get("value", []))
