"""`{% url %}` that works an address without parameters out once: a page has a dozen of them, the same each time.

It takes the place of Django's own tag in every template (see TEMPLATES in the settings).
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as url_parse
from django.urls import get_script_prefix, get_urlconf, reverse

register = template.Library()


class AddressNode(URLNode):
    def render(self, context: Context) -> str:
        if self.args or self.kwargs or self.asvar:
            return super().render(context)
        return _address(self.view_name.resolve(context), get_urlconf(), get_script_prefix())


@lru_cache(200)
def _address(name: str, urlconf: str | None, prefix: str) -> str:
    """Only names that a template writes out come here, and none of these addresses holds a character to escape."""
    return reverse(name, urlconf=urlconf)


@register.tag
def url(parser: Parser, token: Token) -> AddressNode:
    node = url_parse(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)
