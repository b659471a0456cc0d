"""The programs that take part. Each listens on loopback only, logs to a file, and is ended by its own id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
FIRST_PORT, PORTS = 8180, 20
PATIENCE = 60  # seconds until a program must listen
_given: set[int] = set()


def port_free() -> int:
    """One of a small range, so that it is known where a benchmark may listen; each is given once in a run."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                if port not in _given:
                    probe.bind((HOST, port))
                    return port
            except OSError:
                continue
    raise SystemExit(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}.")


@contextmanager
def running(
    command: Sequence[str], *, port: int, log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on `port`, until the block ends."""
    _given.add(port)
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=HOME, env=environment, stdout=said, stderr=said)
    try:
        _listens(port, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _given.discard(port)


def _listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def environment_bare() -> dict[str, str]:
    """Nothing of the shell that could change what is measured."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "CHROMIUM")
    return {name: os.environ[name] for name in kept if name in os.environ}


def python(*words: str, environment: dict[str, str]) -> str:
    """Run to the end; returns what it printed. Raises RuntimeError with what it complained of."""
    done = subprocess.run(
        [sys.executable, *words], cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return done.stdout


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The workers of a server, by id."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in listed.split()]


def processor_seconds(ids: Sequence[int]) -> float:
    """What these processes have used of the processor, in user and system mode."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = 0
    for number in ids:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / ticks


def memory(number: int) -> dict[str, float]:
    """`rss` and `pss` of a process in MB: all its pages, and its own with its share of the common ones."""
    found = {}
    for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name.lower()] = int(rest.split()[0]) / 1024
    return found
