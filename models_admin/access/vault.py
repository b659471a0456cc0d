"""A person's API key, sealed so that no single place can open it.

    session row (database)   the sealed key only      useless alone
    vault cookie (browser)   32 random bytes          useless alone
    VAULT_KEYS (server)      the operator's secrets   useless alone

The sealing key is HKDF-SHA256 over one of `VAULT_KEYS` and the cookie's bytes; the cipher is
AES-256-GCM with a fresh nonce. The associated data names the version, the user, the project and
the API's address: a sealed key that is moved to another place does not open there.

This module knows neither requests nor sessions: `connections` brings them together.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from models_admin.xerotier.secret import Secret

VERSION = "v1"
COOKIE_BYTES = 32
NONCE_BYTES = 12
# A clock set back must not lengthen a key's life by more than this many seconds.
CLOCK_LEEWAY = 60


class VaultLocked(Exception):
    """No key can be decrypted for this request. Pages show the same message for every cause.

    `reason` is for the log; `project` is set by whoever asked for a project's key.
    """

    def __init__(self, reason: str, *, project: str = "") -> None:
        super().__init__("the project must be connected again")
        self.reason = reason
        self.project = project


class VaultExpired(VaultLocked):
    """The key was sealed for a time that is over: the one case in which it is wiped."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the session keeps: `kid` is the ID of the server key that sealed it, `until` is epoch seconds."""

    kid: str
    blob: str


@dataclass(frozen=True, slots=True)
class Opened:
    key: Secret
    until: int  # epoch seconds
    outdated: bool  # sealed with an older server key: seal it again


def cookie_new() -> str:
    return _text(secrets.token_bytes(COOKIE_BYTES))


def cookie_read(value: str | None) -> bytes:
    """The cookie's 32 bytes. Raises VaultLocked where it is missing or not one of ours."""
    if not value:
        raise VaultLocked("no vault cookie")
    raw = _bytes(value)
    if raw is None or len(raw) != COOKIE_BYTES:
        raise VaultLocked("malformed vault cookie")
    return raw


def seal(*, key: Secret, cookie: bytes, user_id: int, project: str, until: int) -> Sealed:
    """Seal with the first of VAULT_KEYS."""
    server_key = settings.VAULT_KEYS[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = AESGCM(_derive(server_key, cookie, b"sealing"))
    sealed = cipher.encrypt(
        nonce, json.dumps([until, key.reveal()]).encode(), _associated_data(user_id, project)
    )
    return Sealed(kid=key_id(server_key), blob=_text(nonce + sealed))


def unseal(*, sealed: Sealed, cookie: bytes, user_id: int, project: str, now: float) -> Opened:
    """Open with the server key that sealed it. Raises VaultLocked, VaultExpired; nothing else."""
    server_key = next((key for key in settings.VAULT_KEYS if key_id(key) == sealed.kid), None)
    if server_key is None:
        raise VaultLocked("unknown server key")
    found = _decrypt(sealed.blob, _derive(server_key, cookie, b"sealing"), _associated_data(user_id, project))
    if found is None:
        raise VaultLocked("does not open")
    key, until = found
    if until <= now:
        raise VaultExpired("expired")
    if until > now + settings.SESSION_ABSOLUTE_AGE + CLOCK_LEEWAY:
        raise VaultLocked("sealed in the future")
    return Opened(key=key, until=until, outdated=server_key != settings.VAULT_KEYS[0])


def key_id(server_key: str) -> str:
    """A short ID of a server key, which does not reveal the key."""
    return _derive(server_key, b"", b"name").hex()[:16]


def text_encrypt(text: str) -> str:
    """For secrets that the server has to read without a browser, such as those of a second factor.

    The first of VAULT_KEYS encrypts; the database alone reveals nothing.
    """
    server_key, nonce = settings.VAULT_KEYS[0], secrets.token_bytes(NONCE_BYTES)
    cipher = AESGCM(_derive(server_key, b"", b"text"))
    return f"{key_id(server_key)}.{_text(nonce + cipher.encrypt(nonce, text.encode(), None))}"


def text_decrypt(encrypted: str) -> str:
    """Raises VaultLocked where none of VAULT_KEYS has encrypted it."""
    kid, _, blob = encrypted.partition(".")
    server_key = next((key for key in settings.VAULT_KEYS if key_id(key) == kid), None)
    raw = _bytes(blob)
    if server_key is None or raw is None or len(raw) <= NONCE_BYTES:
        raise VaultLocked("unknown server key")
    try:
        plain = AESGCM(_derive(server_key, b"", b"text")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
    except InvalidTag:
        raise VaultLocked("does not open") from None
    return plain.decode()


def _derive(server_key: str, cookie: bytes, purpose: bytes) -> bytes:
    info = b"xerotier-console vault " + VERSION.encode() + b" " + purpose
    return HKDF(algorithm=SHA256(), length=32, salt=server_key.encode(), info=info).derive(cookie)


def _associated_data(user_id: int, project: str) -> bytes:
    return json.dumps([VERSION, user_id, project, settings.XEROTIER_API_URL]).encode()


def _decrypt(blob: str, sealing_key: bytes, associated_data: bytes) -> tuple[Secret, int] | None:
    """Key and expiry, or None. Never raises, so that no traceback has a frame with the decrypted text."""
    raw = _bytes(blob)
    if raw is None or len(raw) <= NONCE_BYTES:
        return None
    try:
        until, text = json.loads(
            AESGCM(sealing_key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], associated_data)
        )
    except (InvalidTag, ValueError):
        return None
    return Secret(text), until


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes | None:
    """Strict: each value has exactly one accepted spelling, so that an altered text is never the same value."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _text(raw) == text else None
