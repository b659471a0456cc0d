"""Parts that are the same for everybody on every page (icons, keys, the palette): rendered once for each process."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import get_script_prefix

register = template.Library()


@register.simple_tag
def once(name: str) -> str:
    """The template `name`, without any context. It may hold addresses, which depend on where the console is mounted."""
    return _rendered(name, get_script_prefix())


@lru_cache(50)
def _rendered(name: str, prefix: str) -> str:
    return render_to_string(name)
