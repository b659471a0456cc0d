"""A real provider: Canaille, in a thread, with a client that is registered for the console of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from console.single_sign_on import SingleSignOn
from models_admin.access.backends import SINGLE_SIGN_ON

CALLBACK = "http://testserver/sign-in/oidc/callback/"
ROLES = {"console-viewers": "Viewer", "console-editors": "Editor", "console-admins": "Administrator"}
SECRET = "canaille-CANARY-client-secret-5b1f"
_numbers = count(1)


def set_up(settings: LazySettings, **provider: Any) -> None:
    settings.OIDC = SingleSignOn(
        **{"groups_claim": "groups", "roles": ROLES, "name": "Example SSO", "client_secret": SECRET}
        | provider
    )
    settings.LOCAL_SIGN_IN = "administrators"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, SINGLE_SIGN_ON]


@pytest.fixture
def canaille(iam_server: Any, settings: LazySettings) -> Iterator[Any]:
    """The provider; `settings.OIDC` is about it."""
    client = iam_server.models.Client(
        client_id=f"console-{next(_numbers)}",
        client_secret=SECRET,
        client_name="Xerotier Console",
        redirect_uris=[CALLBACK],
        post_logout_redirect_uris=["http://testserver/sign-in/"],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
        scope=["openid", "profile", "email", "groups"],
    )
    iam_server.backend.save(client)
    client.audience = [client]
    iam_server.backend.save(client)
    set_up(settings, issuer=iam_server.url.rstrip("/"), client_id=client.client_id)
    yield iam_server
    iam_server.logout()
    iam_server.backend.delete(client)


@pytest.fixture
def member(canaille: Any) -> Callable[..., Any]:
    """`member("console-editors")`: a person at the provider in these groups, signed in there, who has consented."""

    def make(*groups: str, **more: Any) -> Any:
        user = canaille.random_user(**more)
        for name in groups:
            group_of(canaille, name, user)
        canaille.login(user)
        canaille.consent(user)
        return user

    return make


def group_of(canaille: Any, name: str, *members: Any) -> Any:
    """The provider's group with that name, with these members more."""
    group = canaille.backend.get(canaille.models.Group, display_name=name)
    if group is None:
        group = canaille.models.Group(display_name=name, members=list(members))
    else:
        group.members = [*group.members, *members]
    canaille.backend.save(group)
    return group


def leave(canaille: Any, name: str, member: Any) -> None:
    group = canaille.backend.get(canaille.models.Group, display_name=name)
    group.members = [other for other in group.members if other.id != member.id]
    if group.members:
        canaille.backend.save(group)
    else:
        canaille.backend.delete(group)


def go(client: Client, canaille: Any, start: str = "/sign-in/oidc/") -> Any:
    """The whole way by redirects, from the console to the provider and back: the console's last response."""
    there = client.get(start)
    assert there.status_code == 302, there.content.decode()
    back = canaille.test_client.get(there.url)
    assert back.status_code == 302, back.text
    assert back.location.startswith(CALLBACK), back.location
    return client.get(back.location.removeprefix("http://testserver"))
