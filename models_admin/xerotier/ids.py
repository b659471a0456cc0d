"""Checks what goes into a path or a header, before a connection is opened.

`quote` alone is not enough: it leaves the empty text, `.` and `..` as they are, and each of them turns the path of one
model into that of all models.
"""

import re
from urllib.parse import urlsplit

from models_admin.xerotier.errors import InvalidRequest
from models_admin.xerotier.secret import Secret

PROJECT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
MODEL_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.~:@+=,-]{0,127}")  # one path segment, and no dot segment
VERSION = UPLOAD_ID = MODEL_ID
LONGEST_LISTED = 512
KEY = re.compile(r"[\x21-\x7e]{8,256}")
HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
PREFIX = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")


def is_project_id(text: object) -> bool:
    return isinstance(text, str) and PROJECT_ID.fullmatch(text) is not None


def is_model_id(text: object) -> bool:
    return isinstance(text, str) and MODEL_ID.fullmatch(text) is not None


def is_listed_id(text: object) -> bool:
    """Whether a model can be listed under this ID. One that is not also `is_model_id` has no page.

    No database takes NUL, so that the activity of such an ID could not even be looked for.
    """
    return (
        isinstance(text, str) and 0 < len(text) <= LONGEST_LISTED and not text.isspace() and "\0" not in text
    )


def why_no_page(model_id: str) -> str:
    """One sentence for a model that is listed and cannot be opened; "" for any other."""
    if is_model_id(model_id):
        return ""
    if len(model_id) > 128:
        return "This model can't be opened: its ID is longer than 128 characters."
    return "This model can't be opened: its ID has characters that can't be part of an address."


def is_key(text: object) -> bool:
    return isinstance(text, str) and KEY.fullmatch(text) is not None


def project_check(project: str) -> None:
    if not is_project_id(project):
        raise InvalidRequest("A project ID has at most 128 letters, digits, hyphens and underscores.")


def segment_check(text: str, what: str) -> None:
    """Raises InvalidRequest for the ID of a model or upload, or a version, that can't be a segment of a path."""
    if not is_model_id(text):
        raise InvalidRequest(f"{what} has characters that can't be part of an address, or is too long.")


def key_check(key: Secret) -> None:
    """Raises InvalidRequest without the key's text: neither the message nor a variable of this frame has it."""
    if not isinstance(key, Secret) or not is_key(key.reveal()):
        raise InvalidRequest("This isn't an API key: a key has 8 to 256 printable characters and no spaces.")


def address(api_url: str) -> str:
    """The address of the API as `scheme://host[:port][/prefix]`, without a trailing slash.

    Raises ValueError with one sentence if it has another scheme, a user name or password, a query, or a path with
    anything but plain segments. Project and `/v1` are appended to it.
    """
    parts = urlsplit(api_url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("The address of the API must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise ValueError("The address of the API must not have a user name or password.")
    if not parts.hostname or not HOST.fullmatch(parts.netloc) or parts.port == 0:
        raise ValueError("The address of the API has no valid host and port.")
    if "?" in api_url or "#" in api_url:
        raise ValueError("The address of the API must not have a query or a fragment.")
    if not PREFIX.fullmatch(parts.path):
        raise ValueError(
            "The path of the API's address may have only letters, digits, dots, hyphens and underscores."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
