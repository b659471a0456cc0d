"""A row's template, rendered once for all rows of one shape, then filled with each row's values.

Django takes 150 µs for a table row of twenty values, nearly all of it for looking each up. So the template is
rendered with a mark in the place of every value that is there, which makes a form; each row then costs one `%`.
The template must ask no more of a value than whether it is there, and put each as it is: no filter. Rows that lack
the same values share a form. Values are escaped as the template would, a whole column in one go.

This is the one place that says of a text that it is HTML; a property test holds that it is what the template makes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString

KEPT_FORMS = 200
# `escape` without its look for translations, which takes longer than escaping.
_escape = escape.__wrapped__  # type: ignore[attr-defined]
# These two stand for nothing in Unicode and in no template.
_BEGIN, _END = "\ue000", "\ue001"
_BETWEEN = "\0"  # no value that was made visible holds it


def rows_fill(
    template: str, rows: Sequence[Mapping[str, Any]], *, html: Collection[str] = (), **switches: bool
) -> list[str]:
    """The template with each of `rows` and the `switches` as its context, as HTML.

    All rows have the same names. Their values are texts, but for those named in `html`, which are HTML.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    columns = [
        values if name in html else _escaped(values)
        for name, values in ((name, [row[name] for row in rows]) for name in names)
    ]
    around = (template, names, tuple(switches.items()))
    return [
        SafeString(_form(tuple(map(bool, values)), *around) % dict(zip(names, values, strict=True)))
        for values in zip(*columns, strict=True)
    ]


def _escaped(values: list[str]) -> list[str]:
    found: list[str] = _escape(_BETWEEN.join(values)).split(_BETWEEN)
    return found if len(found) == len(values) else [*map(_escape, values)]


@lru_cache(KEPT_FORMS)
def _form(
    shown: tuple[bool, ...], template: str, names: tuple[str, ...], switches: tuple[tuple[str, bool], ...]
) -> str:
    marks = {name: f"{_BEGIN}{name}{_END}" for name, there in zip(names, shown, strict=True) if there}
    rendered = render_to_string(template, {"row": marks, **dict(switches)})
    return rendered.replace("%", "%%").replace(_BEGIN, "%(").replace(_END, ")s")
