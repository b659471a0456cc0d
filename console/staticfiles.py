"""How static files are found, named and sent."""

from collections.abc import Iterable, MutableMapping
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Django's admin and django-htmx bring a thousand more files, with their compressed copies, that no page names.
USED = {"django_htmx/htmx-2.min.js"}


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Static files under hashed names, in the imports of JavaScript modules too."""

    support_js_module_import_aggregation = True


class UsedFilesFinder(AppDirectoriesFinder):
    """Finds only USED among the files of other packages, which saves nine seconds at each first start."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        for path, storage in super().list(ignore_patterns):
            if path in USED:
                yield path, storage

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        return super().find(path, *args, **kwargs) if path in USED else []


def static_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Headers of static files, without the policies of pages. WhiteNoise calls it once for each file at start."""
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Content-Type-Options"] = "nosniff"
