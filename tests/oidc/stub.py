"""A second, independent provider that says whatever a test has it say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "console"
SUBJECT = "248289761001"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


first_key = cache(new_key)  # that of every stub, until a test changes it


class Stub:
    """`document`, `claims`, `userinfo`, `keys` and `tokens` are what it says. `raw` has whole answers by path: a
    status, headers and a body. `wait` has seconds by path. `asked` has what came: path, headers, form."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key, self.kid, self.algorithm = first_key(), "one", "RS256"
        self.document: dict[str, Any] = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }
        self.keys: dict[str, Any] = {"keys": [self.public(self.key) | {"kid": self.kid, "use": "sig"}]}
        now = int(time.time())
        self.claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": SUBJECT,
            "iat": now,
            "exp": now + 300,
            "groups": ["console-editors"],
            "preferred_username": "ana",
        }
        self.userinfo: dict[str, Any] = {"sub": SUBJECT}
        self.tokens: dict[str, Any] = {"access_token": "an-access-token", "token_type": "Bearer"}
        self.raw: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.wait: dict[str, float] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []

    @staticmethod
    def public(key: rsa.RSAPrivateKey) -> dict[str, Any]:
        return dict(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))

    def id_token(self) -> str:
        return jwt.encode(self.claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid})

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return self.document
        if path == "/token":
            return {"id_token": self.id_token()} | self.tokens
        return {"/keys": self.keys, "/userinfo": self.userinfo}.get(path, {})


@contextmanager
def serving() -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = parse_qs(self.rfile.read(length).decode())
            stub.asked.append(
                (self.path, {name.lower(): value for name, value in self.headers.items()}, form)
            )
            time.sleep(stub.wait.get(self.path, 0))
            body = b"" if self.path in stub.raw else json.dumps(stub.answer(self.path)).encode()
            status, headers, body = stub.raw.get(self.path, (200, {"Content-Type": "application/json"}, body))
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the console has given up

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = Stub(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
