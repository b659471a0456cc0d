"""The form that edits one field: the text typed, a digest of the value it was opened with, and a one-time token."""

import re
from typing import Any

from django import forms

from models_admin.formatting.values import Value, ValueRefused, base_of, is_untouched, value_notes, value_read
from models_admin.xerotier.fields import Field

BASE = re.compile(r"[A-Za-z]+\.[0-9a-f]{64}")


class FieldForm(forms.Form):
    """One field's form. Its input `value` is read from `data` as it came, whatever its length and characters.

    A valid form has `value` (None clears the field). `untouched` is True if the input still holds what it was opened
    with and reading it would give another value or refuse it: such a value is never sent, and never refused.
    `as_opened` is True if the input still holds what it was opened with, whatever reading it gives.
    """

    base = forms.RegexField(BASE)
    token = forms.CharField(required=False, max_length=2000)

    def __init__(self, *args: Any, field: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field = field
        self.value: Value = None
        self.untouched = self.as_opened = False
        self.refusal: ValueRefused | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        base = data.get("base", "")
        self.as_opened = is_untouched(self.typed, base)
        try:
            self.value = value_read(self.typed, field=self.field)
            self.untouched = self.as_opened and base_of(self.value) != base
        except ValueRefused as refusal:
            self.untouched = self.as_opened
            if not self.as_opened:
                self.refusal = refusal
                self.add_error(None, str(refusal))
        return data

    @property
    def typed(self) -> str:
        """What the person typed, as it came."""
        return str(self.data.get("value", ""))

    @property
    def notes(self) -> str:
        """What the person should know about the value before it is sent, "" if there is nothing."""
        return " ".join(value_notes(self.value, field=self.field, typed=self.typed))

    @property
    def notes_sent(self) -> str:
        """The same after it was sent."""
        return " ".join(value_notes(self.value, field=self.field, typed=self.typed, is_sent=True))
