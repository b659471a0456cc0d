"""The tables: printed, or written to docs/performance.md."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench.stats import Ratio

PACKAGES = ("Django", "gunicorn", "django-htmx", "requests", "urllib3", "whitenoise")


PREFACE = (
    "Written by `python -m tests.bench --write` from one run: every figure comes from `make bench`.",
    "[sizing.md](sizing.md) says what the figures mean for your machine.",
    "",
)
# Part of a ratio's name -> what limits it where the bound is not reached.
LIMITS = {
    "memory": "Each of a worker's threads adds 0.5 to 0.8 MB under this load: a quarter of a megabyte is its database"
    " connection, the rest what its pages needed. The lists of the last ten seconds take 20 MB.",
    "against admin's": "A third of it is rendering the rows, a third what every page does: middleware, session,"
    " account, permissions and navigation, eleven short queries in all. Compression, the call and its JSON are the"
    " rest.",
    "10,000 models": "A third of what it takes beyond the call is ordering names by the numbers in them; reading,"
    " checking and counting what was listed is the rest.",
    "128 people": "Python runs one thread of a worker at a time, so the processor time of a page is the limit.",
    "against the bare call at 50 ms": "The page's own time is the milliseconds at 0 ms, and a little more after"
    " a wait. It is spent in database queries, templates, middleware and compression.",
    "edit, ": "Most of the bytes of an edit are headers: cookies up, policies down.",
    "first visit": "htmx and the page are half of it; the style sheet and the scripts are the rest.",
    "p95 of": "The load generator and the API share the two cores with the console.",
}


@dataclass(slots=True)
class Table:
    """One question and its answer. `rows` are texts; `notes` say what was measured, in sentences."""

    title: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)

    def markdown(self) -> str:
        widths = [max(len(str(row[at])) for row in [self.head, *self.rows]) for at in range(len(self.head))]
        lines = [self._line(self.head, widths), self._line(["-" * width for width in widths], widths)]
        lines += [self._line(row, widths) for row in self.rows]
        notes = [*self.notes, ""] if self.notes else []
        return "\n".join([f"## {self.title}", "", *notes, *lines, ""])

    @staticmethod
    def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
        return (
            "| "
            + " | ".join(str(cell).ljust(width) for cell, width in zip(cells, widths, strict=True))
            + " |"
        )


def verdict(tables: Sequence[Table]) -> Table:
    """All ratios that have a bound, in one table."""
    found = Table("The ratios", ["what", "measured", "bound", "reached"])
    for ratio in (ratio for table in tables for ratio in table.ratios):
        value = f"{ratio.value:.2f} x" if ratio.unit == "x" else f"{ratio.value:,.1f} {ratio.unit}"
        found.rows.append([ratio.name, value, ratio.bound, "yes" if ratio.reached else "**no**"])
    return found


def limits(tables: Sequence[Table]) -> list[str]:
    """What limits the ratios that are not reached."""
    missed = [ratio for table in tables for ratio in table.ratios if not ratio.reached]
    if not missed:
        return []
    lines = ["## What limits those not reached", ""]
    for ratio in missed:
        why = next((text for part, text in LIMITS.items() if part in ratio.name), "Not yet investigated.")
        lines.append(f"- *{ratio.name}*: {why}")
    return [*lines, ""]


def machine(runs: int) -> list[str]:
    """What it was measured on, as lines of a list."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- {datetime.now(UTC):%d %B %Y, %H:%M} UTC; {runs} runs of each pair, taken in turn",
        f"- {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; {platform.system()} {platform.release()};"
        f" load average at the end {load}",
        f"- Python {platform.python_version()}, {packages}",
        f"- {_first_line('nginx', '-v')}; {_first_line('wrk', '-v')}; everything on this one machine, over loopback",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _first_line(program: str, option: str) -> str:
    if not shutil.which(program):
        return f"no {program}"
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    return said[0].replace("nginx version: ", "").split(" [")[0] if said else program


def say(text: str) -> None:
    """Progress, beside the tables."""
    print(text, file=sys.stderr, flush=True)
