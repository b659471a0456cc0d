"""Accounts and sessions for people who are signed in and connected: `python -m tests.bench.prepare`.

Runs with the console's settings. Signing in by the form costs a slow password hash by intention, and keys may
be tried only a few times a minute; a hundred people would take minutes, so their sessions are written here,
as signing in and connecting write them. Prints a JSON list of cookie headers.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime

import django


def cookies_of(username: str, *, role: str, project: str, key: str) -> str:
    from django.conf import settings
    from django.contrib.auth.models import Group, User

    from models_admin.access import vault

    user, made = User.objects.get_or_create(username=username)
    if made:
        user.set_unusable_password()
        user.save()
        user.groups.set(Group.objects.filter(name=role))
    cookie = vault.cookie_new()
    session = session_of(user, project=project, key=key, cookie=vault.cookie_read(cookie))
    names = {
        settings.SESSION_COOKIE_NAME: session,
        settings.VAULT_COOKIE_NAME: cookie,
        settings.CSRF_COOKIE_NAME: "c" * 32,
    }
    return "; ".join(f"{name}={value}" for name, value in names.items())


def session_of(user: object, *, project: str, key: str, cookie: bytes) -> str:
    """A session's id, with the entries that signing in and connecting leave in it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from models_admin.access import vault
    from models_admin.access.connections import SLOT
    from models_admin.access.sessions import BEGAN, SessionStore
    from models_admin.xerotier.secret import Secret

    began = int(time.time())
    until = began + settings.SESSION_ABSOLUTE_AGE
    sealed = vault.seal(key=Secret(key), cookie=cookie, user_id=user.pk, project=project, until=until)
    entry = {"last4": key[-4:], "connected_at": datetime.now(UTC).isoformat()}
    entry |= {"kid": sealed.kid, "sealed": sealed.blob}
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[BEGAN] = began
    session[SLOT] = {"last_used": project, "projects": {project: entry}}
    session.create()
    return session.session_key


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--project", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--names", default="person", help="usernames begin with this word")
    parser.add_argument("--first", type=int, default=0, help="number in the first username")
    options = parser.parse_args()
    django.setup()
    print(
        json.dumps(
            [
                cookies_of(
                    f"{options.names}-{at}", role="Maintainer", project=options.project, key=options.key
                )
                for at in range(options.first, options.first + options.people)
            ]
        )
    )


if __name__ == "__main__":
    main()
