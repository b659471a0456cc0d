"""A row's template, rendered once for all rows of one shape, then filled with each row's values.

Django takes 150 µs for a table row of twenty values, nearly all of it for looking each up. So the template is
rendered with a mark in the place of every value that is there, which makes a form; each row then costs one
`format_html`, which escapes every value as the template would. The template must ask no more of a value than
whether it is there, and put each as it is: no filter. Rows that lack the same values share a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape, format_html

KEPT_FORMS = 200
# `escape` without its look for translations, which takes longer than escaping; format_html leaves the result alone.
_escape = escape.__wrapped__  # type: ignore[attr-defined]
# Braces would be marks of the form itself; these two stand for nothing in Unicode and in no template.
_BEGIN, _END = "\ue000", "\ue001"


def row_fill(template: str, row: Mapping[str, object], **switches: bool) -> str:
    """The template with `row` and `switches` as its context, as HTML. The values of `row` are texts."""
    shown = tuple(name for name, value in row.items() if value)
    form = _form(template, shown, tuple(switches.items()))
    # format_html refuses to be called without a value, and there are rows that have none.
    return format_html(form, "", **{name: _escaped(row[name]) for name in shown})


def _escaped(value: object) -> object:
    return _escape(value) if type(value) is str else value


@lru_cache(KEPT_FORMS)
def _form(template: str, shown: tuple[str, ...], switches: tuple[tuple[str, bool], ...]) -> str:
    marks = {name: f"{_BEGIN}{name}{_END}" for name in shown}
    rendered = render_to_string(template, {"row": marks, **dict(switches)})
    escaped = rendered.replace("{", "{{").replace("}", "}}")
    return escaped.replace(_BEGIN, "{").replace(_END, "}")
