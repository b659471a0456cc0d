"""Put the sandbox's models into the database, and sign a superuser in: prints the id of the session."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import django
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from sandbox.seed import PROJECTS, records

TEXTS = ("name", "status", "format", "description", "architecture", "quantization")


def fill(count: int) -> None:
    from tests.bench.adminsite.models import Model

    rows = []
    for record in records(PROJECTS[0].id, PROJECTS[0].owner, count):
        facts = record.facts
        rows.append(
            Model(
                id=record.id,
                **{name: facts[name] or "" for name in TEXTS},
                size=facts["size_formatted"] or "",
                context=facts["context_length"],
                params=facts["parameter_count"],
                created=datetime.fromtimestamp(facts["created"], UTC),
            )
        )
    Model.objects.bulk_create(rows)


def session() -> str:
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.create_superuser("admin")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
    print(session())
