"""The stand-in on a port: HTTP/1.1 with keep-alive, a thread per connection, one write per answer.

`start()` runs it in this process and gives a `Running`; `python -m sandbox` runs it alone. Whatever stands under
`/_sandbox/` is for tests and steers it (see `control`); everything else is the API.
"""

from __future__ import annotations

import hashlib
import socket
import socketserver
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from . import control
from .api import Api, Route, refused, route_of
from .faults import Fault, Faults
from .playing import Player
from .refusals import Refusal
from .settings import Settings
from .store import Store
from .wire import Answer, NotHttp, Request, request_read

KEPT_CALLS = 20_000


@dataclass(slots=True)
class Call:
    """One recorded request to the API. `key` tells keys apart without holding one; `connection` tells sockets apart."""

    method: str
    path: str
    query: dict[str, str]
    route: str | None
    project: str | None
    model_id: str | None
    headers: dict[str, str]
    body: str
    key: str | None
    connection: int
    request_id: str
    at: float
    status: int | None = None
    fault: str | None = None


class Running:
    """A stand-in at work. `settings`, `store` and `requests` may be read and changed while it runs."""

    def __init__(self, settings: Settings, port: int, host: str = "127.0.0.1") -> None:
        self.settings = settings
        self.start_settings = asdict(settings)
        self.store = Store(settings)
        self.faults = Faults()
        self.api = Api(self.store)
        self.requests: list[Call] = []
        self.server = _Server((host, port), _Handler)
        self.server.running = self
        self.port: int = self.server.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def reset(self) -> None:
        """As at the start: settings, models, and neither faults nor recorded requests."""
        self.settings.set(**self.start_settings)
        self.store.reset()
        self.clear_faults()
        self.requests.clear()

    def set(self, **settings: Any) -> None:
        """Changes settings. Raises ValueError. A new number of `models` starts the projects anew."""
        self.settings.set(**settings)
        if "models" in settings:
            self.store.reset()

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        route: str | None = None,
        times: int | None = 1,
        **detail: Any,
    ) -> Fault:
        """The next `times` matching calls (None: all) fail so. Kinds and details: see `faults`. Raises ValueError."""
        return self.faults.add(kind, method=method, route=route, times=times, **detail)

    def clear_faults(self) -> None:
        self.faults.clear()

    def close_connections(self) -> None:
        """Ends every kept-alive connection, as a restarted server does: what waits in a pool is now stale."""
        self.server.close_connections()

    def stop(self) -> None:
        """Ends it: no thread and no socket stays."""
        self.faults.clear()
        self.server.shutdown()
        self.server.server_close()
        self.server.close_connections()

    def record(self, request: Request, route: Route | None, request_id: str, connection: int) -> Call:
        """Notes a request as it arrives, the key's text left out."""
        headers = dict(request.headers)
        sent = headers.get("authorization")
        if sent:
            headers["authorization"] = "Bearer ***"
        call = Call(
            request.method,
            request.target.partition("?")[0],
            request.query,
            route.name if route else None,
            route.project if route else None,
            (route.model_id or None) if route else None,
            headers,
            request.body.decode("utf-8", "replace"),
            hashlib.sha256(sent.encode()).hexdigest()[:12] if sent else None,
            connection,
            request_id,
            time.time(),
        )
        self.requests.append(call)
        if len(self.requests) > KEPT_CALLS:
            del self.requests[: KEPT_CALLS // 2]
        return call


def start(
    port: int = 0,
    dialect: str = "document",
    models: int | None = None,
    latency: float = 0,
    validation: float = 2.0,
    rate_limit: int = 0,
    host: str = "127.0.0.1",
    **switches: Any,
) -> Running:
    """Starts a stand-in in threads of this process; port 0 takes a free one.

    `latency` in milliseconds, `validation` in seconds, `rate_limit` in requests a minute and key (0: none);
    `switches` are further settings by name. Raises ValueError, or OSError when the port is taken.
    """
    settings = Settings()
    settings.set(
        dialect=dialect,
        models=models,
        latency_ms=latency,
        validation_s=validation,
        rate_limit=rate_limit,
        **switches,
    )
    running = Running(settings, port, host)
    threading.Thread(target=running.server.serve_forever, args=(0.05,), daemon=True, name="sandbox").start()
    return running


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 1024
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    running: Running

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def close_connections(self) -> None:
        for sock in list(self.connections):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.connections.discard(sock)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are the daily business of a stand-in with faults; anything else is a bug here."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        try:
            while self._one():
                pass
        except (OSError, NotHttp):
            pass
        finally:
            self.server.connections.discard(self.connection)

    def finish(self) -> None:
        self.wfile.close()
        self.rfile.close()

    def _one(self) -> bool:
        """One request and its answer; False when the connection is over."""
        running = self.server.running
        try:
            request = request_read(self.rfile, self.wfile)
        except Refusal as refusal:
            answer = refused(refusal, [("X-Request-ID", running.api.request_id())])
            self.connection.sendall(answer.encode(close=True))
            return False
        if request is None:
            return False
        if request.segments[:1] == ["_sandbox"]:
            sent: Answer | None = control.answer(running, request)
        else:
            sent = self._api(running, request)
        if sent is None:
            return False
        self.connection.sendall(sent.encode(close=not request.keep_alive))
        return request.keep_alive

    def _api(self, running: Running, request: Request) -> Answer | None:
        route = route_of(request)
        request_id = running.api.request_id()
        call = running.record(request, route, request_id, self.client_address[1])
        if running.settings.latency_ms:
            time.sleep(running.settings.latency_ms / 1000)

        def carry_out() -> Answer:
            return running.api.answer(request, route, request_id)

        fault = running.faults.take(request.method, route.name, route.model_id) if route else None
        if fault is None:
            answer: Answer | None = carry_out()
        else:
            call.fault = fault.kind
            answer = Player(fault, running.faults, self.connection, request_id, carry_out).play()
        call.status = answer.status if answer else None
        return answer
