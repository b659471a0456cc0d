"""What every test may ask for: people with roles, signed-in and connected clients, a live sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from _pytest import python as pytest_python
from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory

from console.frames import with_room
from models_admin.access.connections import connection_add
from models_admin.xerotier.deadline import Deadline
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiRequest, Transport
from tests import emptying, sandbox_fixture
from tests.sandbox_fixture import KEY, PROJECT

PASSWORD = "correct horse battery staple"

sandbox, sandbox_running = sandbox_fixture.sandbox, sandbox_fixture.sandbox_running  # fixtures

_numbers = count(1)
# Real browsers and real processes share the machine with everything else: a failure there is tried once more, and the
# report names it. Everything else passes at once or fails.
RETRIED = (
    "tests/browser/",
    "tests/compose/",  # Caddy cleans its storage at the start, now and then just while it saves its first certificate
    "tests/console/test_quickstart.py",
    "tests/faults/test_killed.py",
)


# Every fault on every page, every address with hostile values, and programs that are started and killed.
SLOW = (
    "tests/compose/",
    "tests/contract/test_every_fault.py",
    "tests/faults/",
    "tests/security/",
    "tests/console/test_base_path.py",
    "tests/console/test_gunicorn.py",
    "tests/console/test_metrics.py",
    "tests/console/test_quickstart.py",
    "tests/image/",
    "tests/upgrade/",
    "tests/views/test_isolation.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        if item.nodeid.startswith(RETRIED):
            item.add_marker(pytest.mark.flaky(reruns=1))
    # The longest first, so that the processes of `make test` end at about the same time.
    items.sort(
        key=lambda item: (not item.nodeid.startswith("tests/browser/"), not item.nodeid.startswith(SLOW))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Pages are rendered with the same room as in production; a sixth of the time of their tests."""
    return with_room(pytest_python.pytest_pyfunc_call)(pyfuncitem)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file of this run's own: in memory, threads would share one connection's locks."""
    database = django_settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "console.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database of this run, which `emptying` empties after tests that commit."""
    with django_db_blocker.unblock():
        emptying.start()


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """`person(role="Viewer")`: an account with that role; its password is PASSWORD. `role=None`: no role."""

    def make(role: str | None = "Maintainer", username: str = "") -> User:
        username = username or f"{(role or 'nobody').lower()}-{next(_numbers)}"
        user = User.objects.create_user(username, password=PASSWORD)
        user.groups.set(Group.objects.filter(name=role))
        return User.objects.get(pk=user.pk)  # without the permissions that were cached meanwhile

    return make


@pytest.fixture
def signed_in(client: Client, person: Callable[..., User]) -> Client:
    """A client of a Maintainer; `client.user` is the account. Not connected to any project."""
    return sign_in(client, person())


@pytest.fixture
def api_url(sandbox: Any, settings: Any) -> Iterator[str]:
    """The console's API is the live sandbox, for one test."""
    from models_admin.services.client import client as api_client
    from models_admin.services.listing import cache as kept_lists

    settings.XEROTIER_API_URL = sandbox.url
    api_client.cache_clear()
    kept_lists.clear()  # accounts of different tests may share their number
    yield sandbox.url
    api_client.cache_clear()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that a fault holds is given up after half a second. Readings keep their time: machines may be busy."""
    send = Transport.send

    def short_deadline(transport: Transport, request: ApiRequest, *, key: Secret, deadline: Deadline) -> Any:
        if request.method != "GET":
            deadline.shorten(0.5)
        return send(transport, request, key=key, deadline=deadline)

    monkeypatch.setattr(Transport, "send", short_deadline)


@pytest.fixture
def connected(signed_in: Client, api_url: str) -> Client:
    """A Maintainer's client, connected to the sandbox's first project."""
    return connect(signed_in)


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user  # type: ignore[attr-defined]
    return client


def connect(client: Client, project: str = PROJECT, key: str = KEY) -> Client:
    """By the service that seals the key, so that the session and the vault cookie are as a person would have them."""
    request = RequestFactory().get("/connect/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    request.session = client.session
    request.user = get_user(request)
    connection_add(request=request, project=project, key=Secret(key))
    if hasattr(request, "vault_cookie"):  # else the browser has one
        client.cookies[django_settings.VAULT_COOKIE_NAME] = request.vault_cookie
    return client


def connect_by_page(client: Client, project: str = PROJECT, key: str = KEY) -> Client:
    """By the console's own form, for tests of what it does; it asks the API whether the key is good."""
    answer = client.post("/connect/", {"project_id": project, "api_key": key})
    assert answer.status_code == 302, answer.content.decode()
    return client
