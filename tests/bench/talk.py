"""One kept connection, and what goes over it: the smallest client that a browser's request can be compared with."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from tests.bench.processes import HOST
from tests.bench.servers import KEY

BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "Sec-Fetch-Site": "same-origin",
}
BEARER = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Kept:
    """A connection to one server, with the headers that every request carries."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = headers

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        sent = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str) -> bytes:
        """The body of a 200; anything else is an error of the benchmark."""
        answer = self.ask("GET", path)
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
        return answer.body

    def close(self) -> None:
        self._connection.close()


def caller(port: int) -> Kept:
    """Calls the API by hand."""
    return Kept(port, BEARER)


def person(port: int, cookie: str) -> Kept:
    """A person's browser."""
    return Kept(port, BROWSER | {"Cookie": cookie})
