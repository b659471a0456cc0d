"""The icons of every page: the same for everybody, so they are put together once for each process."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string

register = template.Library()


@register.simple_tag
@lru_cache(1)
def sprite() -> str:
    """`_icons.html`."""
    return render_to_string("_icons.html")
