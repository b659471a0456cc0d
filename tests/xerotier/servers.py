"""Servers that speak HTTP byte by byte, as badly as a test wants, on loopback."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

MODEL_ID = "00000000-1111-0000-1111-000000000000"
KEY = "xero_myproject_your_api_key"


class Asked(NamedTuple):
    """One request as it came. `head` has the request line and the headers, `number` counts from 1."""

    head: str
    body: bytes
    number: int

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None


Script = Callable[[socket.socket, Asked], Any]


class Server:
    """Calls `script(connection, asked)` for every request; the connection stays open where it returns True.

    What the script sends to a client that has gone raises in the script's thread and is let go.
    """

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.asked: list[Asked] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still = list(self._open)
        for connection in still:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self.connections += 1
                    self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(plain, server_side=True)
            with connection.makefile("rb") as reader:
                while (asked := self._read(reader)) and self._script(connection, asked):
                    pass
        with self._lock:
            self._open.discard(plain)
        connection.close()

    def _read(self, reader: Any) -> Asked | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return None
            head += line
        text = head.decode("latin-1")
        size = Asked(text, b"", 0).header("Content-Length")
        body = reader.read(int(size)) if size else b""
        with self._lock:
            self.asked.append(Asked(text, body, len(self.asked) + 1))
            return self.asked[-1]


def answer(body: Any, status: int = 200, **headers: str) -> bytes:
    """A whole answer. `body` is JSON unless it is bytes; headers' names with _ for -."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(payload)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + payload


def says(body: Any, status: int = 200, **headers: str) -> Script:
    """A script that always gives the same answer and keeps the connection."""
    whole = answer(body, status, **headers)

    def script(connection: socket.socket, asked: Asked) -> bool:
        connection.sendall(whole)
        return True

    return script


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def model(**more: Any) -> dict[str, Any]:
    """The document's extended example."""
    return {
        "id": MODEL_ID,
        "object": "model",
        "created": 1706123456,
        "owned_by": "my-project",
        "name": "my-custom-model",
        "format": "safetensors",
        "size_bytes": 4294967296,
        "size_formatted": "4.00 GB",
        "status": "ready",
        "version": "1.0.0",
        "is_latest": True,
        "description": "A fine-tuned LLM for code generation",
        "architecture": "LlamaForCausalLM",
        "quantization": "awq",
        "context_length": 32768,
        "parameter_count": 7000000000,
        "workload_type": "chat",
        "is_shared": False,
        "catalog_role": None,
        **more,
    }
