"""Headers of static files. They are the same for everybody, so they carry none of what protects a page."""

from __future__ import annotations

from collections.abc import MutableMapping


def static_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """WhiteNoise calls it once for each file, when it starts."""
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Content-Type-Options"] = "nosniff"
