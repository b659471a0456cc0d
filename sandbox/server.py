"""The sandbox on a port: HTTP/1.1 with keep-alive, a thread per connection, one write per answer.

`start()` runs it in this process and returns a `Running`; `python -m sandbox` runs it as a process of its own. Paths
below `/_sandbox/` let tests control it (see `control`); all other paths are the API.
"""

import socketserver
import threading
import time
from typing import Any

from . import control
from .api import refused
from .refusals import Refusal
from .responses import FaultResponse
from .routes import route_of
from .running import Running, Server
from .settings import Settings
from .wire import Answer, NotHttp, Request, request_read


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
    """Starts a sandbox in threads of this process; port 0 means any free port.

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
    running = Running(settings, Server((host, port), _Handler))
    threading.Thread(target=running.server.serve_forever, args=(0.05,), daemon=True, name="sandbox").start()
    return running


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: Server

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

        fault = running.faults.take(request.method, route.label, route.model_id) if route else None
        if fault is None:
            answer: Answer | None = carry_out()
        else:
            call.fault = fault.kind
            answer = FaultResponse(fault, running.faults, self.connection, request_id, carry_out).send()
        call.status = answer.status if answer else None
        return answer
