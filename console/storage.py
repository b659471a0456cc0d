"""Static files under their hashed names. A name does not change while the console runs, so it is looked up once."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticStorage(CompressedManifestStaticFilesStorage):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._urls: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        if force or name not in self._urls:
            found: str = super().url(name, force)
            if force:
                return found
            self._urls[name] = found
        return self._urls[name]
