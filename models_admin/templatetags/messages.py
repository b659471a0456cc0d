"""What a message carries besides its words: the form that takes the change back."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import template

register = template.Library()


class Undo(NamedTuple):
    url: str
    token: str


def undo_tags(url: str, token: str) -> str:
    """The `extra_tags` of a message with an Undo button."""
    return f"undo {url} {token}"


@register.filter
def undo(message: Any) -> Undo | None:
    """The message's Undo form, or None. Django keeps `extra_tags` over a redirect, so this works without htmx too."""
    kind, _, rest = (message.extra_tags or "").partition(" ")
    url, _, token = rest.partition(" ")
    return Undo(url, token) if kind == "undo" and token else None
