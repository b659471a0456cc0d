"""The receivers of the audit stream: stdout, files, syslog, and a webhook over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import logging
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from console.audit_log import FileLines, StdoutLines, SyslogLines
from models_admin.models import AuditEvent
from models_admin.services.audit_events import event_record
from models_admin.services.audit_webhook import BATCH, signature_of
from tests.audit.conftest import Lines
from tests.browser.server import PASSWORD, ROOT, console_prepared, console_serving, port_free
from tests.faults.person import Person
from tests.sandbox_fixture import PROJECT, sandbox_started

SECRET = "webhook-7d0f3b9c5e1a48624c8e0d7b3f915a26"
PATIENCE = 30  # seconds


class Receiver:
    """A real HTTP server. It takes what is signed, and answers `status`."""

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp = self.headers["X-Audit-Timestamp"]
                expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
                if (
                    self.headers["X-Audit-Signature"] != f"sha256={expected}"
                    or abs(time.time() - int(stamp)) > 60
                ):
                    outer.refused.append(self.headers["X-Audit-Signature"])
                elif outer.status == 200:
                    outer.events += json.loads(body)["events"]
                self.send_response(outer.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/audit"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def webhook(stream: Lines, settings: Any, receiver: Receiver) -> Receiver:
    settings.AUDIT_WEBHOOK_URL, settings.AUDIT_WEBHOOK_SECRET = receiver.url, SECRET
    return receiver


def record(number: int) -> None:
    event_record("test", actor=None, request_id="", number=number)


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["number"] for event in events]


def test_events_are_sent_in_order_in_signed_batches(webhook: Receiver, stream: Lines) -> None:
    for number in range(BATCH + 5):
        record(number)
    assert AuditEvent.objects.filter(logged=True, sent=False).count() == BATCH + 5
    call_command("send_audit")
    assert numbers(webhook.events) == list(range(BATCH + 5))
    assert webhook.events == stream.events  # the same, whoever receives it
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("status", [500, 302, 404, 429])
def test_a_receiver_that_refuses_gets_everything_later(webhook: Receiver, status: int) -> None:
    record(1)
    webhook.status = status
    with pytest.raises(CommandError, match=f"answered {status}"):
        call_command("send_audit")
    record(2)
    webhook.status = 200
    call_command("send_audit")
    assert numbers(webhook.events) == [1, 2]


def test_a_receiver_that_is_down_gets_everything_later(stream: Lines, settings: Any) -> None:
    port = port_free()
    settings.AUDIT_WEBHOOK_URL, settings.AUDIT_WEBHOOK_SECRET = f"http://127.0.0.1:{port}/", SECRET
    record(1)
    with pytest.raises(CommandError, match="could not be reached"):
        call_command("send_audit")
    receiver = Receiver(port)
    try:
        call_command("send_audit")
        assert numbers(receiver.events) == [1]
    finally:
        receiver.stop()


def test_another_secret_or_time_or_body_makes_another_signature() -> None:
    good = signature_of(b"{}", timestamp="1", secret=SECRET)
    assert good.startswith("sha256=")
    assert len(good) == 7 + 64
    assert good == signature_of(b"{}", timestamp="1", secret=SECRET)
    assert good != signature_of(b"{}", timestamp="2", secret=SECRET)
    assert good != signature_of(b"{ }", timestamp="1", secret=SECRET)
    assert good != signature_of(b"{}", timestamp="1", secret=SECRET[::-1])


def test_sending_without_a_receiver_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="Neither AUDIT_LOG nor AUDIT_WEBHOOK_URL"):
        call_command("send_audit")


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("audit", logging.INFO, "", 0, "%s", (text,), None)


def test_a_file_that_was_rotated_is_opened_again_and_a_lost_folder_raises(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    handler = FileLines(str(folder / "audit.log"))
    handler.handle(line("one"))
    (folder / "audit.log").rename(folder / "audit.log.1")
    handler.handle(line("two"))
    assert (folder / "audit.log.1").read_text() == "one\n"
    assert (folder / "audit.log").read_text() == "two\n"
    (folder / "audit.log").unlink()
    (folder / "audit.log.1").unlink()
    folder.rmdir()
    with pytest.raises(OSError, match="No such file"):
        handler.handle(line("three"))
    folder.mkdir()
    handler.handle(line("three"))
    handler.close()
    assert (folder / "audit.log").read_text() == "three\n"


def test_a_full_disk_raises_and_the_next_line_begins_as_a_line(tmp_path: Path) -> None:
    handler = FileLines("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        handler.handle(line("one"))
    handler.baseFilename = str(tmp_path / "audit.log")  # there is space again
    handler.handle(line("one"))
    handler.handle(line("two"))
    handler.close()
    assert (tmp_path / "audit.log").read_text() == "\none\ntwo\n"


def test_stdout_that_cannot_be_written_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(BrokenPipeError):
        StdoutLines().handle(line("one"))


@contextmanager
def syslog(port: int = 0) -> Iterator[tuple[int, list[bytes], Any]]:
    lines: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            connections.append(self.connection)
            lines.extend(iter(self.rfile.readline, b""))

    connections: list[socket.socket] = []

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    server = Server(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], lines, connections
    finally:
        server.shutdown()
        for connection in connections:
            connection.close()
        server.server_close()


def test_syslog_over_tcp_gets_lines_and_is_connected_again() -> None:
    port = port_free()
    handler = SyslogLines("127.0.0.1", port)
    with pytest.raises(ConnectionRefusedError):
        handler.handle(line("nobody listens"))
    with syslog(port) as (_, lines, connections):
        handler.handle(line('{"id":1}'))
        until(lambda: lines == [b'<38>xerotier-console: {"id":1}\n'])
        connections[0].shutdown(socket.SHUT_RDWR)
        peer = handler._socket
        assert peer is not None
        peer.setblocking(True)
        assert peer.recv(1, socket.MSG_PEEK) == b""  # the end has arrived
        handler.handle(line('{"id":2}'))
        until(lambda: len(lines) == 2)
        handler.close()


@pytest.mark.slow
def test_a_console_of_two_workers_streams_in_order_and_a_late_receiver_gets_all(tmp_path: Path) -> None:
    """Real processes: people edit at once, `send_audit --watch` runs, and its receiver starts last."""
    log, port = tmp_path / "audit.log", port_free()
    with sandbox_started(models=8) as api:
        environment = console_prepared(
            api_url=api.url,
            folder=tmp_path,
            WEB_CONCURRENCY="2",
            AUDIT_LOG=str(log),
            AUDIT_WEBHOOK_URL=f"http://127.0.0.1:{port}/audit",
            AUDIT_WEBHOOK_SECRET=SECRET,
        )
        sender = subprocess.Popen([sys.executable, "manage.py", "send_audit", "--watch"], cwd=ROOT, env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
        try:
            with console_serving(environment, folder=tmp_path) as console:
                people = [Person(console.url, f"editor-{number}") for number in range(4)]
                ids = [model["id"] for model in models(people[0])][:4]
                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(edit_often, people, ids))
                for person in people:
                    person.browser.close()
                assert sender.stderr is not None
                assert b"could not be reached" in sender.stderr.readline()
                receiver = Receiver(port)
                lines = [json.loads(text) for text in log.read_text().splitlines()]
                changes = [event for event in lines if event["type"].startswith("change.")]
                until(lambda: len(receiver.events) >= len(lines))
                receiver.stop()
        finally:
            sender.kill()
            sender.communicate()
    assert [event["id"] for event in lines] == sorted({event["id"] for event in lines})
    assert [event["type"] for event in changes].count("change.begun") == 24
    assert [event["outcome"] for event in changes if event["type"] == "change.finished"] == ["done"] * 24
    assert receiver.events == lines
    assert receiver.refused == []
    text = log.read_text()
    for secret in (SECRET, PASSWORD, "xero_", environment["SECRET_KEY"], environment["VAULT_KEYS"]):
        assert secret not in text


def models(person: Person) -> list[dict[str, Any]]:
    answer: requests.Response = person.get(f"/projects/{PROJECT}/models/export.json")
    found: list[dict[str, Any]] = answer.json()["models"]
    return found


def edit_often(person: Person, model_id: str) -> None:
    for number in range(6):
        path = f"/projects/{PROJECT}/models/{model_id}/fields/license/"
        page = person.get(path).text
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form.pop("csrfmiddlewaretoken", None)
        assert person.post(path, {**form, "value": f"License {number}"}).status_code == 200
