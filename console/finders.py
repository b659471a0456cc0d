"""Which static files of other packages the console serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder

# Django's admin and django-htmx bring a thousand files more, with their compressed copies, that no page asks for.
USED = {"django_htmx/htmx-2.min.js"}


class UsedFilesFinder(AppDirectoriesFinder):
    """Django's own, for these files alone: what is not served cannot be wrong, and collecting takes a second."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        for path, storage in super().list(ignore_patterns):
            if path in USED:
                yield path, storage

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        return super().find(path, *args, **kwargs) if path in USED else []
