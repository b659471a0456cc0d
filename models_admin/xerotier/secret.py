"""An API key in memory that can't end up in a log by accident."""

import hashlib
import hmac
import secrets
from typing import NoReturn

_FINGERPRINT = secrets.token_bytes(32)  # a new one at each start


class Secret:
    """An API key: printing, formatting and pickling don't reveal its text.

    `reveal` is the only way to the text. It is called where the Authorization header is written, where the key is
    encrypted, and where it is removed from what the API sends back.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @property
    def last4(self) -> str:
        """The last four characters, by which people recognise a key."""
        return self._text[-4:]

    def fingerprint(self) -> bytes:
        """32 bytes that stand for the key in caches until the console is restarted, and do not reveal it."""
        return hmac.digest(_FINGERPRINT, self._text.encode(), hashlib.sha256)

    def __repr__(self) -> str:
        return "<Secret>"

    def __format__(self, spec: str) -> str:
        return "<Secret>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret can't be serialised")
