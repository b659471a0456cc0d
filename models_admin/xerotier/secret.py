"""A string that does not give itself away."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """An API key in memory: it neither prints, nor formats, nor pickles itself.

    `reveal` is the one way to the text. It is called where the Authorization header is
    written, where the key is sealed, and nowhere else.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @property
    def last4(self) -> str:
        """The last four characters: what a person recognises a key by."""
        return self._text[-4:]

    def __repr__(self) -> str:
        return "<Secret>"

    def __format__(self, spec: str) -> str:
        return "<Secret>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not serialisable")
