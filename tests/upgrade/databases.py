"""Databases of a test's own, on SQLite and on PostgreSQL: made, filled from SQL, dumped and restored.

Dumping and restoring is done as docs/operations.md says.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.machine import postgresql
from tests.postgres import cluster

LIMIT = 120  # seconds that one program may take


class Database(Protocol):
    """`url` is for DATABASE_URL; `other()` is an empty database beside this one."""

    kind: str
    url: str

    def other(self, name: str) -> Database: ...

    def sql(self, statements: str) -> list[Any]:
        """Execute them; the rows of one that has rows."""

    def dump(self, path: Path) -> str:
        """Back it up into a file. All that can be read in that file, as text."""

    def restore(self, path: Path) -> None: ...


class Sqlite:
    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def other(self, name: str) -> Sqlite:
        return Sqlite(self.path.with_name(name))

    def sql(self, statements: str) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            if statements.count(";") > 1:
                database.executescript(statements)
                return []
            return database.execute(statements).fetchall()

    def dump(self, path: Path) -> str:
        """As `.backup` of the sqlite3 program does it, which need not be on this machine."""
        with closing(sqlite3.connect(self.path)) as database, closing(sqlite3.connect(path)) as copy:
            database.backup(copy)
        return path.read_bytes().decode("latin-1")

    def restore(self, path: Path) -> None:
        self.path.write_bytes(path.read_bytes())


class Postgresql:
    kind = "postgresql"

    def __init__(self, server: str, name: str) -> None:
        self.server = server
        self.url = f"{server}/{name}"

    def other(self, name: str) -> Postgresql:
        self.sql(f"CREATE DATABASE {name}")
        return Postgresql(self.server, name)

    def sql(self, statements: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statements)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def dump(self, path: Path) -> str:
        self._program("pg_dump", "--format", "custom", "--file", str(path), self.url)
        return self._program("pg_restore", "--file", "-", str(path))

    def restore(self, path: Path) -> None:
        self._program("pg_restore", "--clean", "--if-exists", "--dbname", self.url, str(path))

    @staticmethod
    def _program(name: str, *words: str) -> str:
        folder = postgresql()
        assert folder, "PostgreSQL is not on this machine: apt-get install postgresql"
        done = subprocess.run(
            [folder / name, *words],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            env={"PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def database_made(kind: str, folder: Path) -> Iterator[Database]:
    """An empty database of that kind; a PostgreSQL server is started for it."""
    if kind == Sqlite.kind:
        yield Sqlite(folder / "console.sqlite3")
        return
    with cluster() as server:
        yield Postgresql(server, "postgres").other("console")
