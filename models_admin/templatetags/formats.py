"""Template filters over `models_admin.formats` and `models_admin.text`. None of them marks text as safe."""

from __future__ import annotations

from datetime import datetime

from django import template

from models_admin import formats, text

register = template.Library()


@register.filter
def visible(value: object) -> str:
    """Hidden characters written as code points."""
    return text.visible(str(value))


@register.filter
def size(value: int) -> str:
    return formats.size_human(value)


@register.filter
def count(value: int) -> str:
    return formats.count_human(value)


@register.filter
def exact(value: int) -> str:
    return formats.number_exact(value)


@register.filter
def iso(value: datetime) -> str:
    return formats.moment_iso(value)


@register.filter
def utc(value: datetime) -> str:
    return formats.moment_utc(value)


@register.filter
def tone(value: str | None) -> str:
    return formats.status_tone(value)


@register.filter
def status_label(value: str | None) -> str:
    return formats.status_label(value)
