"""A running sandbox: its state, recorded requests and open connections."""

import hashlib
import socket
import socketserver
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from .api import Api
from .faults import Fault, Faults
from .routes import Route
from .settings import Settings
from .store import Store
from .wire import Request

KEPT_CALLS = 20_000


@dataclass(slots=True)
class Call:
    """One recorded request to the API. `key` is a digest of the API key, `connection` the client's port."""

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
    """A running sandbox. `settings`, `store` and `requests` may be read and changed at any time."""

    def __init__(self, settings: Settings, server: "Server") -> None:
        self.settings = settings
        self.start_settings = asdict(settings)
        self.store = Store(settings)
        self.faults = Faults()
        self.api = Api(self.store)
        self.requests: list[Call] = []
        self.server = server
        self.server.running = self
        self.port: int = server.server_address[1]
        self.url = f"http://{server.server_address[0]!s}:{self.port}"

    def reset(self) -> None:
        """Resets settings and models, and removes faults and recorded requests."""
        self.settings.set(**self.start_settings)
        self.store.reset()
        self.clear_faults()
        self.requests.clear()

    def set(self, **settings: Any) -> None:
        """Changes settings. Raises ValueError. A new number of `models`, or `gaps`, resets the projects."""
        self.settings.set(**settings)
        if {"models", "gaps"} & settings.keys():
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
        """Applies a fault to the next `times` matching calls (None: all). See `faults`. Raises ValueError."""
        return self.faults.add(kind, method=method, route=route, times=times, **detail)

    def clear_faults(self) -> None:
        self.faults.clear()

    def close_connections(self) -> None:
        """Closes every kept-alive connection, as a restarted server does: pooled connections are then stale."""
        self.server.close_connections()

    def stop(self) -> None:
        """Stops the server, its threads and its sockets."""
        self.faults.clear()
        self.server.shutdown()
        self.server.server_close()
        self.server.close_connections()

    def record(self, request: Request, route: Route | None, request_id: str, connection: int) -> Call:
        """Records a request as it arrives, without the API key."""
        headers = dict(request.headers)
        sent = headers.get("authorization")
        if sent:
            headers["authorization"] = "Bearer ***"
        call = Call(
            request.method,
            request.target.partition("?")[0],
            request.query,
            route.label if route else None,
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


class Server(socketserver.ThreadingTCPServer):
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
        """Clients that disconnect are normal while testing faults; any other exception is a bug in the sandbox."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
