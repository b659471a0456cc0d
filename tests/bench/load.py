"""Many people at once: as fast as they are answered (wrk), or each every few seconds (a small client of our own)."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import HOST
from tests.bench.servers import KEY, Server

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one load gave. `p50` and `p95` in seconds; `refused` are answers but 2xx, `broken` connections."""

    requests: int
    seconds: float
    p50: float
    p95: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        return (self.requests - self.refused) / self.seconds


def saturate(
    server: Server, path: str, *, connections: int, seconds: int, folder: Path, bearer: bool = False
) -> Load:
    """Every connection asks again as soon as it is answered, each time as the next person."""
    cookies = folder / f"cookies-{server.port}"
    cookies.write_text("\n".join(server.cookies or ("none=1",)) + "\n")
    environment = os.environ | {
        "BENCH_PATH": path,
        "BENCH_COOKIES": str(cookies),
        "BENCH_AUTHORIZATION": f"Bearer {KEY}" if bearer else "none",
    }
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
    done = subprocess.run(
        [*command, f"http://{HOST}:{server.port}{path}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    found.pop("bytes")
    return Load(**found)


def have_wrk() -> bool:
    return shutil.which("wrk") is not None


def visit(server: Server, path: str, *, people: int, every: float, seconds: float) -> list[float]:
    """`people` who each open the page every so many seconds, spread evenly. Returns each answer's seconds."""
    return asyncio.run(_visit(server, path, people, every, seconds))


async def _visit(server: Server, path: str, people: int, every: float, seconds: float) -> list[float]:
    taken: list[float] = []
    chance = random.Random(6)
    until = time.perf_counter() + seconds
    tasks = [
        _person(server, path, cookie, start=chance.random() * every, every=every, until=until, taken=taken)
        for cookie in _cycle(server.cookies, people)
    ]
    await asyncio.gather(*tasks)
    return taken


def _cycle(cookies: Sequence[str], count: int) -> list[str]:
    return [cookies[at % len(cookies)] for at in range(count)]


async def _person(
    server: Server, path: str, cookie: str, *, start: float, every: float, until: float, taken: list[float]
) -> None:
    await asyncio.sleep(start)
    reader, writer = await asyncio.open_connection(HOST, server.port)
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"
    try:
        due = time.perf_counter()
        while due < until:
            began = time.perf_counter()
            if writer.is_closing() or reader.at_eof():
                reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(head.encode())
            status = await _answer(reader)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}")
            taken.append(time.perf_counter() - began)
            due += every
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next(
        int(line.partition(":")[2])
        for line in head.split("\r\n")
        if line.lower().startswith("content-length:")
    )
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])
