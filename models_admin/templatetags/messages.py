"""The Undo button of a message."""

from typing import Any, NamedTuple

from django import template

register = template.Library()


class Undo(NamedTuple):
    url: str
    token: str


@register.filter
def undo(message: Any) -> Undo | None:
    """The message's Undo form, or None: its tags are "undo <url> <token>". Django keeps them over a redirect."""
    kind, _, rest = (message.extra_tags or "").partition(" ")
    url, _, token = rest.partition(" ")
    return Undo(url, token) if kind == "undo" and token else None
