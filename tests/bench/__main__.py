"""`python -m tests.bench`: measure and print. `--short` only shows that it works."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import browser, changes, jobs, large, pages, people
from tests.bench.processes import HOME
from tests.bench.report import PREFACE, Table, limits, machine, say, verdict

PARTS = {
    "pages": pages,
    "people": people,
    "large": large,
    "changes": changes,
    "jobs": jobs,
    "browser": browser,
}
TARGET = HOME / "docs" / "performance.md"


def main() -> int:
    options = _options()
    runs = 5 if options.short else options.runs
    tables: list[Table] = []
    with tempfile.TemporaryDirectory(prefix="console-bench-") as name:
        for part in options.only or PARTS:
            say(f"{time.strftime('%H:%M:%S')} {part}")
            found = PARTS[part].measure(Path(name), runs=runs)
            tables += found
            print("\n".join(table.markdown() for table in found), flush=True)
    text = "\n".join(["# Performance", "", *PREFACE, *machine(runs), "", verdict(tables).markdown()])
    print(text)
    if options.write:
        TARGET.write_text("\n".join([text, *limits(tables), *(table.markdown() for table in tables)]))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="What the console costs.")
    parser.add_argument("--short", action="store_true", help="few runs, to see that it works")
    parser.add_argument("--runs", type=int, default=40, help="runs of each pair (40)")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), help="these parts only")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
