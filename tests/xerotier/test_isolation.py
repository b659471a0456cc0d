"""What is shared by all people holds nothing of any of them, and the key shows up nowhere but in its header."""

from __future__ import annotations

import gc
import json
import logging
import pickle
import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from models_admin.xerotier import errors, ids
from models_admin.xerotier.client import Client
from models_admin.xerotier.errors import Outcome
from models_admin.xerotier.secret import Secret
from tests.xerotier.conftest import CALLS, Pair
from tests.xerotier.servers import KEY, MODEL_ID, Asked, answer, model, reset, says

Against = Callable[..., Pair]
CANARY = "xero_canary_7f3a9c51e0d24b86"


def test_the_environment_is_ignored(
    against: Against, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxy = against(says(model()))
    pair = against(says(model()))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.server.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    pair.call("get_model")
    assert pair.server.asked[0].header("Authorization") == f"Bearer {KEY}"
    assert not proxy.server.asked


def test_no_cookie_crosses_from_one_call_to_the_next(against: Against) -> None:
    pair = against(says(model(), Set_Cookie="sid=USER-A; Path=/"))
    pair.call("get_model")
    pair.call("get_model", key=Secret("xero_another_persons_key"))
    assert [asked.header("Cookie") for asked in pair.server.asked] == [None, None]


def test_threads_never_swap_keys(against: Against) -> None:
    """Sixteen threads, each with a key of its own; the server says whose key it saw."""

    def script(connection: Any, asked: Asked) -> bool:
        connection.sendall(answer(model(name=(asked.header("Authorization") or "")[7:])))
        return True

    pair = against(script)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def person(number: int) -> int:
        key = f"xero_person_{number:02d}_of_sixteen"
        # what the server echoes is redacted with this call's own key: another's would stay readable
        return sum(pair.call("get_model", key=Secret(key)).name == "[key]" for _ in range(60))

    try:
        with ThreadPoolExecutor(16) as threads:
            assert sum(threads.map(person, range(16))) == 16 * 60
    finally:
        sys.setswitchinterval(switch)
    assert pair.server.connections <= 64


def echo(status: int) -> Callable:
    text = f"Key {CANARY} is no good"
    headers = {"X_Request_ID": f"req-{CANARY}", "Retry_After": CANARY, "Location": f"/{CANARY}"}
    return says(
        {"error": {"message": text, "code": CANARY, "param": CANARY}, "id": CANARY}, status, **headers
    )


def escaped_echo(connection: Any, asked: Asked) -> bool:
    text = "".join(f"\\u{ord(letter):04x}" for letter in CANARY)
    connection.sendall(
        answer(b'{"error": {"message": "%s", "code": "%s"}}' % (text.encode(), text.encode()), 401)
    )
    return True


def cut_echo(connection: Any, asked: Asked) -> None:
    connection.sendall(f"HTTP/1.1 200 {CANARY}\r\nContent-Length: 99\r\n\r\n{CANARY}".encode())


def garbled_echo(connection: Any, asked: Asked) -> None:
    connection.sendall(f"{CANARY} {CANARY}\r\n\r\n".encode())


def hang(connection: Any, asked: Asked) -> None:
    threading.Event().wait(2)


SCRIPTS = {
    **{f"status {status}": echo(status) for status in (200, 302, 400, 401, 403, 404, 409, 429, 500)},
    "escaped": escaped_echo,
    "cut": cut_echo,
    "garbled": garbled_echo,
    "page": says(f"<html>{CANARY}".encode()),
    "reset": lambda connection, asked: reset(connection),
    "hang": hang,
}


def sinks(error: BaseException) -> Iterator[str]:
    """All that a debug page, a mail to the operators, a log line or a crash reporter may show of an exception."""
    yield from (str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error)))
    chain, seen = [error], set()
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        chain += [link.__cause__, link.__context__]
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if "/tests/" in frame.f_code.co_filename:
                continue
            for value in frame.f_locals.values():
                yield repr(value)
                yield repr(getattr(value, "__dict__", ""))
                yield repr(getattr(value, "headers", ""))


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.parametrize("name", ["list_models", "update_model", "delete_model"])
def test_the_key_is_in_no_sink(
    against: Against, short_deadline: float, caplog: pytest.LogCaptureFixture, kind: str, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    pair = against(SCRIPTS[kind])
    with pytest.raises(errors.ApiError) as caught:
        pair.call(name, key=Secret(CANARY))
    for text in sinks(caught.value):
        assert CANARY not in text
    assert CANARY not in caplog.text
    assert CANARY not in repr([record.__dict__ for record in caplog.records])


def test_an_error_keeps_nothing_alive_that_knows_the_key(against: Against) -> None:
    """Everything within reach of a caught error, but for this test's own frame and the Secret itself."""
    pair = against(lambda connection, asked: reset(connection))
    try:
        pair.call("get_model", key=Secret(CANARY))
    except errors.ConnectionBroken as error:
        kept = error.with_traceback(None)
    assert kept.__cause__ is kept.__context__ is None
    reach, seen = [kept], set()
    while reach:
        item = reach.pop()
        if id(item) in seen or isinstance(item, (type, Secret)):
            continue
        seen.add(id(item))
        assert not (isinstance(item, str) and CANARY in item)
        reach += gc.get_referents(item)


def test_a_secret_does_not_give_itself_away() -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {secret!s} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_ends_the_call(against: Against, tmp_path: Path) -> None:
    pair = against(says(model()), tls=certificate(tmp_path))
    with pytest.raises(errors.ConnectFailed, match="certificate") as caught:
        pair.call("delete_model")
    assert caught.value.outcome is Outcome.NOT_SENT
    assert not pair.server.asked


def test_more_calls_than_allowed_are_refused_at_once(against: Against) -> None:
    began, go = threading.Barrier(3), threading.Event()

    def script(connection: Any, asked: Asked) -> bool:
        began.wait(5)
        go.wait(5)
        connection.sendall(answer(model()))
        return True

    pair = against(script, max_calls=2)
    with ThreadPoolExecutor(2) as threads:
        two = [threads.submit(pair.call, "get_model") for _ in range(2)]
        began.wait(5)
        for name in CALLS:
            with pytest.raises(errors.Busy) as caught:
                pair.call(name)
            assert caught.value.outcome is Outcome.NOT_SENT
        go.set()
        assert [call.result().id for call in two] == [MODEL_ID] * 2
    began.reset()
    with ThreadPoolExecutor(2) as threads:  # the places are free again
        two = [threads.submit(pair.call, "get_model") for _ in range(2)]
        began.wait(5)
        assert [call.result().id for call in two] == [MODEL_ID] * 2


@pytest.mark.parametrize(
    "url",
    [
        "", "api.example.com", "ftp://api.example.com", "https://", "https://user@api.example.com",
        "https://user:pass@api.example.com", "https://api.example.com?x=1", "https://api.example.com#x",
        "https://api.example.com/a?", "https://api.example.com/../x", "https://api.example.com//x",
        "https://api.example.com/a b", "https://api.exa mple.com", "https://api.example.com:x",
        "https://api.example.com:99999", "https://[::1", "https://api.example.com\\@evil.example", "file:///etc",
        "https://api.example.com/%2e%2e", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        ids.address(url)
    with pytest.raises(ValueError, match=r"\w"):
        Client(url)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://api.xerotier.ai", "https://api.xerotier.ai"),
        ("https://api.xerotier.ai/", "https://api.xerotier.ai"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://gateway.example.com/xerotier/", "https://gateway.example.com/xerotier"),
    ],
)
def test_an_address_of_an_api(url: str, address: str) -> None:
    assert ids.address(url) == address
