"""Parts of pages that are the same for everybody who looks at the same things: rendered once."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.loader import render_to_string

from models_admin.screens.model.fields import FieldRow
from models_admin.xerotier.memo import Memo

register = template.Library()
KEPT_CHARACTERS = 1_000_000  # of fields: about a thousand
_fields: Memo[str] = Memo(KEPT_CHARACTERS)

# All that such a part may depend on. Nothing of the person or of the request is among it, nor can be.
NAMES = ("page", "models_url", "rows_url", "swapping")


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str) -> str:
    """The template `name`, rendered once for each `page` (listpage.ListPage) and once more for `swapping`."""
    page, key = context["page"], (name, bool(context.get("swapping")))
    if key not in page.kept:
        page.kept[key] = render_to_string(name, {known: context.get(known) for known in NAMES})
    html: str = page.kept[key]
    return html


@register.simple_tag
def field(row: FieldRow) -> str:
    """`_field.html`, rendered once for each `row`. Nothing else is given to it."""
    html = _fields.get(row)
    if html is None:
        html = render_to_string("models_admin/_field.html", {"row": row})
        _fields.put(row, html, weight=len(html))
    return html
