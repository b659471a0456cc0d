"""Every address of the console, made from its own table of addresses, for tests that go through them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import get_resolver

from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

CACHED = {"favicon", "robots"}  # the same for everyone
# For people who are not signed in.
OPEN = {
    "healthz",
    "readyz",
    "metrics",
    "sign-in",
    "sign-in-oidc",
    "sign-in-oidc-callback",
    "sign-in-factor",
} | CACHED


class Address(NamedTuple):
    name: str
    path: str

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} {self.path}"


def addresses(**given: Any) -> list[Address]:
    """One address a pattern; `given` fills its places: model_id, field_name, number, pk, id, object_id."""
    places = {
        "project": PROJECT,
        "rest": f"{EXAMPLE_ID}/",
        "model_id": EXAMPLE_ID,
        "field_name": "description",
        "version": "1.0.0",
        "upload_id": "upl_0000000000000001",
        "number": 1,
        "pk": 1,
        "id": 1,
        "object_id": 1,
    }
    places |= given
    found = []
    for pattern, name in _patterns(get_resolver(), "", ""):
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(places[place.group(1)]), pattern)
        found.append(Address(name, f"/{path}"))
    return found


def _patterns(resolver: Any, prefix: str, space: str) -> Iterator[tuple[str, str]]:
    for item in resolver.url_patterns:
        pattern = prefix + str(item.pattern)
        if hasattr(item, "url_patterns"):
            yield from _patterns(item, pattern, f"{item.namespace}:" if item.namespace else space)
        else:
            yield pattern, f"{space}{item.name or ''}"
