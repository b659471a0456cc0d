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
    "Written by `python -m tests.bench --write`, from one run: every figure here is made by `make bench`.",
    "What it means for a machine of yours stands in [sizing.md](sizing.md).",
    "",
    "Each bound is set for an API that answers as it did before, as it mostly does. *All new* is held to the same",
    "bound, although there every answer differs from all before in every model.",
    "",
)
# Part of a ratio's name -> what was tried where it is not reached, and what holds it.
HELD = {
    "all new, against the bare call": "Here each answer of the API differs from all before in every model, which no"
    " real one does: everything is parsed, sorted, escaped and rendered anew.",
    "all new, against admin's": "Each answer differs from all before in every model, which no real one does. Rows are"
    " filled a table at a time and models read column by column; what is left is reading 100 models, of which 50"
    " are shown, and Django's templates for filters, headings and figures, which the changelist does not have.",
    "all new: 10,000 models": "Ten thousand models that were never met: half of what the console adds is making"
    " objects of them, column by column, the rest sorting, counting and giving back those of before. Values are"
    " counted once each and garbage is looked for rarely. Jumping over objects for what is not shown would be next.",
    "all new, 128 people": "Python runs one thread of a worker at a time, so what a page costs of the processor is the"
    " bound, and here nothing that was worked out before is of use.",
    "against nginx": "Python runs one thread of a worker at a time: at this load both cores are full, and what a page"
    " costs of them is the bound. Figures, filters and table are rendered once for the same answer; what is left is"
    " four queries, one call, the frame of the page, and packing.",
    "against the bare call at 50 ms": "What a page costs does not depend on the latency: see the milliseconds at 0 ms."
    " They are Django's way through middleware, session and account, the frame of the page, and packing.",
    "edit, ": "Most of an edit's bytes are headers: cookies up, policies down.",
    "first visit": "htmx is a third of it; the page, the stylesheet and the script are the rest.",
    "p95 of": "Other work on the same two cores: the load generator and the API take their share.",
    "memory": "Freed memory is not given back at once; the lists of the last ten seconds are the rest.",
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


def held(tables: Sequence[Table]) -> list[str]:
    """What holds the ratios that are not reached."""
    missed = [ratio for table in tables for ratio in table.ratios if not ratio.reached]
    if not missed:
        return []
    lines = ["## What holds those not reached", ""]
    for ratio in missed:
        why = next((text for part, text in HELD.items() if part in ratio.name), "Not yet looked into.")
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
