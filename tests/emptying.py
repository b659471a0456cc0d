"""Empties the database after a test that commits, by deleting its rows.

Django truncates all tables and then makes the permissions and roles again, which takes 0.2 seconds on SQLite and 0.3 on
PostgreSQL. Most tests leave these as they were made; only after one that does not, Django's own way is taken.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# What `migrate` made.
KEPT = ("auth_group", "auth_group_permissions", "auth_permission", "django_content_type")
TOUCHED: list[str] = []
MADE: list[list[Any]] = []
flush = TransactionTestCase._fixture_teardown


def start() -> None:
    """Remember what `migrate` made; from now on, tables are emptied here."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    TOUCHED[:] = sorted({*names} - {*KEPT, "django_migrations"})
    MADE[:] = _kept()
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[method-assign]


def _empty(case: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for name in TOUCHED:  # foreign keys are checked at the end of the transaction
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
    if _kept() != MADE:
        flush(case)
        MADE[:] = _kept()


def _kept() -> list[list[Any]]:
    with connection.cursor() as cursor:
        found = []
        for name in KEPT:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)} ORDER BY id")
            found.append(cursor.fetchall())
        return found
