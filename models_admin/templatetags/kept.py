"""Parts of the models page that are the same for everybody who looks at the same list with the same filters."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.loader import render_to_string

register = template.Library()

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
