"""The API for load: prepared answers from one small loop, after a latency. `python -m tests.bench.stub`.

The sandbox has a thread for each connection and builds each answer when it is asked; under 128 connections the
sandbox would be what is measured. The stub takes its answers from the sandbox at the start and only sends them,
each list with names that differ from those of all lists before. `POST /_stub/latency/<ms>` sets the latency.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import itertools
import signal
from functools import partial
from urllib.parse import parse_qs, urlsplit

from sandbox import server as sandbox
from sandbox.seed import PROJECTS

PROJECT, KEY = PROJECTS[0].id, PROJECTS[0].key
PAGE = 100
NAME = b'"name": "'
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-ID: req_stub\r\nContent-Length: "


class Answers:
    """Everything that can be asked for, ready to send."""

    def __init__(self, *, models: int, dialect: str) -> None:
        self.latency = 0.0
        self.numbers = itertools.count(10_000_000)
        running = sandbox.start(dialect=dialect, models=models)
        try:
            self.lists, self.model, self.model_path = _taken(running.port, models, dialect)
        finally:
            running.stop()

    def answer(self, method: str, target: str) -> bytes:
        if target.startswith("/_stub/"):
            return self._set_latency(target)
        parts = urlsplit(target)
        if parts.path.endswith("/models"):
            offset = int(parse_qs(parts.query).get("offset", ["0"])[0])
            body = self.lists.get(offset, self.lists[0])
            return _response(body.replace(NAME, NAME + b"%d " % next(self.numbers)))
        return _response(self.model)

    def _set_latency(self, target: str) -> bytes:
        self.latency = float(target.rpartition("/")[2]) / 1000
        return _response(b"{}")


def _taken(port: int, models: int, dialect: str) -> tuple[dict[int, bytes], bytes, str]:
    """The list (by offset), one model, and the path of that model, as the sandbox answers them."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    path = f"/{PROJECT}/v1/models"

    def get(target: str) -> bytes:
        connection.request("GET", target, headers={"Authorization": f"Bearer {KEY}"})
        return connection.getresponse().read()

    offsets = range(0, max(models, 1), PAGE) if dialect == "openai" else [0]
    lists = {at: get(f"{path}?extended=true&limit={PAGE}&offset={at}") for at in offsets}
    model_path = f"{path}/{_first_id(lists[0])}"
    model = get(f"{model_path}?extended=true")
    connection.close()
    return lists, model, model_path


def _first_id(body: bytes) -> str:
    return body.partition(b'"id": "')[2].partition(b'"')[0].decode()


def _response(body: bytes) -> bytes:
    return f"{HEAD}{len(body)}\r\n\r\n".encode() + body


class Wire(asyncio.Protocol):
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        at = head.lower().find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 :].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ")
        loop = asyncio.get_running_loop()
        # Building the answer counts as part of the latency.
        due = loop.time() + (0 if target.startswith("/_stub/") else self.answers.latency)
        loop.call_at(due, partial(self.send, self.answers.answer(method, target)))

    def send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def serve(answers: Answers, port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(Wire, answers), "127.0.0.1", port, backlog=1024)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--dialect", choices=("document", "openai"), default="openai")
    options = parser.parse_args()
    asyncio.run(serve(Answers(models=options.models, dialect=options.dialect), options.port))


if __name__ == "__main__":
    main()
