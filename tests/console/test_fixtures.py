"""What the other tests stand on does what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from models_admin.access.permissions import may


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (None, set()),
        ("Viewer", {"read"}),
        ("Editor", {"read", "edit"}),
        ("Maintainer", {"read", "edit", "delete"}),
        ("Administrator", {"read", "edit", "delete", "team"}),
    ],
)
def test_a_person_has_what_their_role_includes(
    person: Callable[..., User], role: str | None, acts: set[str]
) -> None:
    user = person(role=role)
    assert {act for act in ("read", "edit", "delete", "team") if may(user, act)} == acts  # type: ignore[arg-type]


def test_a_connected_client_is_connected(connected: Client) -> None:
    assert connected.get("/connect/").status_code == 200
    assert b"proj_ABC123" in connected.get("/connect/").content
