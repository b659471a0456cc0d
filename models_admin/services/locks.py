"""Locks that last until the end of a transaction."""

from django.db import connection


def transaction_lock(name: str) -> None:
    """Wait until no other transaction has the lock of this name.

    SQLite has a single writer. PostgreSQL assigns IDs before commit, so rows whose order counts are written under an
    advisory lock: then a lower ID was committed first.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
