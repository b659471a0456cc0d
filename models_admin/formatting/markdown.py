"""Markdown as HTML, for descriptions that come from anybody: no HTML of their own, no images, no dangerous links."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from models_admin.formatting.text import line_ends, shortened, visible

LONGEST = 50_000  # characters: as many opening brackets take two seconds
LOWEST_HEADING = 6
HEADING = re.compile("^(#.*)$", re.MULTILINE)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
MARKS = re.compile(r"^(?:[#>]+|[-*+]|[0-9]+[.)]) |[*`]")
PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak"}


class _Renderer(RendererHTML):
    """Links leave the console without a trace of it, and headings go below those of the page."""

    def link_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        tokens[at].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, at, options, env)

    def heading_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        tokens[at].tag = _lower(tokens[at].tag)
        return self.renderToken(tokens, at, options, env)

    heading_close = heading_open


_MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).disable("image")


def markdown_html(text: str) -> SafeString:
    """The text as HTML, "" if it has no Markdown in it or is too long. Safe: the renderer escapes every text."""
    if len(text) > LONGEST:
        return SafeString("")
    tokens = _MARKDOWN.parse(visible(line_ends(text)))
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or ()
    }
    if kinds <= PLAIN:
        return SafeString("")
    return mark_safe(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S308 - texts are escaped


def first_sentence(text: str, *, limit: int) -> str:
    """The first sentence of a Markdown text without its marks, for lists. At most `limit` characters.

    A list has fifty of them. Parsing one takes 0.1 to 0.9 ms, so the marks are removed by their looks instead.
    """
    start = HEADING.sub(r"\n\1\n", line_ends(text[:1000]))
    paragraphs = [" ".join(part.split()) for part in start.split("\n\n")]
    paragraphs.sort(key=lambda part: part.startswith("#") or not part)  # a heading only if nothing follows it
    plain = MARKS.sub("", LINK.sub(r"\1", paragraphs[0]))
    head, stop, _ = plain.partition(". ")
    return shortened(visible(head + stop.strip()), limit)


def _lower(tag: str) -> str:
    """A heading two levels lower: the card that shows the text has a heading of the second level."""
    return f"h{min(int(tag[1]) + 2, LOWEST_HEADING)}"
