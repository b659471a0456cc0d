"""2,000 hostile requests over every address: none answers 500, and none leaves a traceback in the log.

The seed is fixed, so that a failure happens again. Each request runs in a transaction that is rolled back: one that
signs the person out or locks an account doesn't affect the requests after it.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client

from tests.addresses import addresses
from tests.conftest import connect, sign_in
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT
from tests.security.test_hostile_values import CORPUS

REQUESTS = 1000  # for each role
SEED = 20261128

WORDS = f"""{EXAMPLE_ID} {PROJECT} 0 -1 1 1e309 NaN true null [] {{}} 0x10 ١٢ %00 %ff é ( [ \\ description name -name
    ready edit done 2026-13-45 2026-01-01 ../../etc/passwd //evil.example/ javascript:alert(1) /\\evil.example"""
TEXTS = [
    *CORPUS,
    *WORDS.split(),
    "",
    " ",
    "9" * 20,
    "9" * 400,
    "\x00",
    "\ufeff",
    "🦙" * 50,
    "x" * 5000,
    "' OR 1=1 --",
]
PARAMETERS = """q status format workload sort page fresh columns density compact next project who action model outcome
    from to before after id all field value token seen base decision confirm_name reason rule version name file files
    text username password password1 password2 old_password new_password1 role email project_id api_key e _to_field
    _popup groups__name pk whose pattern person code proof_password csrfmiddlewaretoken a[b]"""
NAMES = PARAMETERS.split()
HEADERS = {
    "HX-Request": ["true", "false", "\xff"],
    "HX-Boosted": ["true", "x"],
    "HX-Target": ["main", "<b>", "x" * 3000],
    "HX-Trigger": ["x", "{{ 7 }}"],
    "HX-Prompt": ["x", "\xe9"],
    "HX-History-Restore-Request": ["true", "x"],
    "HX-Current-URL": [
        "http://testserver/",
        "http://[bad",
        "//evil.example",
        "http://testserver:99999/",
        "\xff",
        "?",
    ],
    "HX-Current-URL-URI-AutoEncoded": ["true", "x"],
    "Triggering-Event": ["{", "null", "[]"],
    "Accept-Encoding": ["gzip", "gzip;q=zzz", "br, gzip;q=0", "*", ";;;", "x" * 3000],
    "Accept": ["*/*", "application/json", ";q=", "text/html;q=x"],
    "Accept-Language": ["xx", ";;", "en;q=9"],
    "Cookie": [
        "theme=dark",
        "theme=<b>",
        "sessionid=x",
        "sessionid=\xff",
        "vault_secret=x",
        "messages=x",
        "=;=;",
        "a",
    ],
    "Host": ["testserver", "evil.example", "[::1", "testserver:x", ""],
    "Referer": ["http://testserver/x", "http://[bad", "\xff", "x" * 3000],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "none", "x"],
    "X-Request-ID": ["x", "a" * 32, "\xff"],
    "X-Forwarded-For": ["unknown", "192.0.2.9:5", ",,,", "\xff"],
    "X-Forwarded-Host": ["evil.example"],
    "X-CSRFToken": ["x", "\xff"],
    "X-HTTP-Method-Override": ["DELETE"],
    "If-Modified-Since": ["x", "Thu, 01 Jan 1970 00:00:00 GMT"],
    "If-None-Match": ["*", '"x"'],
    "Range": ["bytes=0-0", "bytes=9-1"],
    "User-Agent": ["", "x" * 3000, "\xff"],
}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
TYPES = [
    FORM,
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=nonsense",
    "application/json",
    "text/plain",
    "",
    "\xff",
]
TYPES += [MULTIPART, f"{MULTIPART}; boundary=", f"{MULTIPART}; boundary=x", "multipart/x; ="]
METHODS = ["GET"] * 8 + ["POST"] * 8 + ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]


OTHER = {"GET": "POST", "POST": "GET"}


class Hostile(NamedTuple):
    """One request, as the test client sends it."""

    method: str
    path: str
    body: bytes
    content_type: str
    headers: dict[str, str]


def hostile(random: Random, number: int) -> Hostile:
    """The `number`-th request: every address in turn, the rest by chance."""
    known = addresses(**places(random))
    path = known[number % len(known)].path
    if random.random() < 0.6:
        path += "?" + pairs(random)
    names = random.sample(sorted(HEADERS), random.choice([0, 1, 1, 2, 4]))
    return Hostile(
        method=random.choice(METHODS),
        path=path,
        body=body(random),
        content_type=random.choice([FORM, FORM, FORM, *TYPES]),
        headers={name: random.choice(HEADERS[name]) for name in names},
    )


def places(random: Random) -> dict[str, str]:
    """What stands for the variable parts of an address: mostly what exists, so that the view is reached."""

    def one(usual: str, *others: str) -> str:
        return quote(random.choice([usual] * 6 + list(others)), safe="")

    texts = [text or "x" for text in random.sample(TEXTS, 2)]
    numbers = ("0", "1", "9" * 18, "9" * 19, "9" * 40)
    return {
        "project": one(PROJECT, "acme-prod", "nowhere", *texts),
        "model_id": one(EXAMPLE_ID, "nowhere", "org%2Fname", *texts),
        "rest": one(f"{EXAMPLE_ID}/", *texts),
        "field_name": one("description", "name", "context_length", *texts),
        **{name: one("1", *numbers) for name in ("number", "pk", "id", "object_id")},
    }


def pairs(random: Random) -> str:
    """Names and values, as a query or a form."""
    chosen = [(random.choice(NAMES), random.choice(TEXTS)) for _ in range(random.choice([1, 2, 4, 8]))]
    if random.random() < 0.1:
        return random.choice(["&&&", "=", "a" * 5000, "%", "%ED%A0%80=%ED%A0%80", "q=%FF%FE"])
    return urlencode(chosen, errors="surrogatepass")


def body(random: Random) -> bytes:
    part = '--x\r\nContent-Disposition: form-data; name="value"; filename="a\xff"\r\n\r\nz\r\n--x'
    form = pairs(random).encode()
    junk = random.randbytes(64)
    return random.choice(
        [form, form, form, form, part.encode(), json.dumps({"value": "x"}).encode(), b"", junk]
    )


def send(client: Client, request: Hostile) -> int:
    """The status. Cookies and everything written to the database are as before afterwards."""
    headers = dict(request.headers)
    if "Cookie" in headers:
        own = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers["Cookie"] = f"{own}; {headers['Cookie']}"
    before = client.cookies.copy()
    with transaction.atomic():
        answer = client.generic(
            request.method, request.path, request.body, request.content_type, headers=headers
        )
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    client.cookies = before
    return answer.status_code


@pytest.mark.slow
@pytest.mark.parametrize("role", ["Administrator", "Viewer"])
def test_hostile_requests_are_answered_without_a_failure(
    client: Client, person: Any, api_url: str, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    connect(sign_in(client, person(role)))
    client.raise_request_exception = False
    random, reached = Random(SEED + len(role)), set()
    for number in range(REQUESTS):
        caplog.clear()
        request = hostile(random, number)
        status = send(client, request)
        if status == 405 and request.method in OTHER:  # the view has only the other one
            status = send(client, request._replace(method=OTHER[request.method]))
        assert status != 500, request
        assert not [record for record in caplog.records if record.exc_info], request
        assert "Traceback" not in caplog.text, request
        reached.add(status)
    assert {200, 302, 400, 404, 422} <= reached
