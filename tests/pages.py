"""An answer read the way a browser reads it, for tests that must tell markup from text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNREAD = {"script", "style", "symbol", "title", "template"}


class Page(HTMLParser):
    """`tags`: every element as (name, attributes). `text`: what a person reads. `values`: what fields hold."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.values: list[str] = []
        self._open: list[str] = []
        self._pieces: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join("".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "input":
            self.values.append(dict(attrs).get("value") or "")
        if tag == "textarea":
            self.values.append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        self._pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if UNREAD.isdisjoint(self._open):
            self._pieces.append(data)
        if self._open[-1:] == ["textarea"]:
            self.values[-1] += data.removeprefix("\n") if not self.values[-1] else data

    def attributes(self, name: str) -> list[str]:
        """The values of one attribute, in order."""
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def body_of(answer: Any) -> str:
    """The whole body, of streamed answers too."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return bytes(raw).decode()


def page_of(answer: Any) -> Page:
    return Page(body_of(answer))
