"""A console that runs as processes of its own, and may be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tests.browser.server import DATABASE, Console, console_serving


class Serving:
    """`environment` and `folder` are prepared, see `console_prepared`."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.folder = environment, folder
        self._running = ExitStack()
        self._console: Console | None = None

    def start(self) -> Console:
        """The console, started unless it runs."""
        if self._console is None or self._console.process.poll() is not None:
            self.stop()
            self._console = self._running.enter_context(console_serving(self.environment, folder=self.folder))
        return self._console

    def stop(self) -> None:
        self._running.close()
        self._console = None

    def kill(self, *, whole: bool) -> None:
        """The workers, of which the console starts others; or the whole console."""
        assert self._console is not None
        pid = self._console.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for victim in [*([pid] if whole else []), *map(int, children)]:
            os.kill(victim, signal.SIGKILL)
        if whole:
            self._console.process.wait()

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.folder / DATABASE, timeout=10)) as database, database:
            return database.execute(statement, values).fetchall()
