"""A provider, or someone between, that lies, fails or is slow: nobody gets in, and the page says what happened."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from models_admin.access.permissions import role_of
from models_admin.oidc import flow, wire
from tests.conftest import PASSWORD
from tests.editing import words
from tests.oidc.conftest import set_up
from tests.oidc.stub import CLIENT_ID, Stub, new_key, serving
from tests.pages import body_of

pytestmark = pytest.mark.django_db

LOCAL_FORM = 'name="password"'


@pytest.fixture
def stub(settings: LazySettings) -> Iterator[Stub]:
    with serving() as running:
        set_up(settings, issuer=running.url, client_id=CLIENT_ID)
        yield running


def begin(client: Client, stub: Stub) -> str:
    """The state. The stub's token gets the nonce that the console sent."""
    there = client.get("/sign-in/oidc/")
    assert there.status_code == 302, body_of(there)
    query = parse_qs(urlsplit(there.url).query)
    stub.claims.setdefault("nonce", query["nonce"][0])
    return query["state"][0]


def back(client: Client, stub: Stub, **more: str) -> Any:
    return client.get("/sign-in/oidc/callback/", {"state": begin(client, stub), "code": "a-code"} | more)


def refused(client: Client, answer: Any, status: int, text: str) -> None:
    assert answer.status_code == status, body_of(answer)
    assert text in body_of(answer)
    assert LOCAL_FORM in body_of(answer)  # the local form is there for those who may use it
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()


def test_the_stub_itself_is_accepted(client, stub):
    answer = back(client, stub)
    assert (answer.status_code, answer.url) == (302, "/")
    assert User.objects.get().username == "ana"
    (_, headers, form) = next(asked for asked in stub.asked if asked[0] == "/token")
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")).startswith(b"console:")
    assert form["grant_type"] == ["authorization_code"]
    assert len(form["code_verifier"][0]) >= 43
    assert "client_secret" not in form


def test_the_secret_is_sent_in_the_form_where_the_provider_wants_that(client, stub):
    stub.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert back(client, stub).status_code == 302
    (_, headers, form) = next(asked for asked in stub.asked if asked[0] == "/token")
    assert form["client_id"] == ["console"]
    assert "authorization" not in headers


TOKENS: dict[str, Callable[[Stub], object]] = {
    "another issuer": lambda stub: stub.claims.update(iss="https://evil.example"),
    "another audience": lambda stub: stub.claims.update(aud="someone-else"),
    "a second audience": lambda stub: stub.claims.update(aud=[CLIENT_ID, "someone-else"]),
    "another party": lambda stub: stub.claims.update(azp="someone-else"),
    "expired": lambda stub: stub.claims.update(exp=int(time.time()) - 3600),
    "from the future": lambda stub: stub.claims.update(iat=int(time.time()) + 3600),
    "not yet valid": lambda stub: stub.claims.update(nbf=int(time.time()) + 3600),
    "without an end": lambda stub: stub.claims.pop("exp"),
    "another nonce": lambda stub: stub.claims.update(nonce="replayed"),
    "a nonce that is no text": lambda stub: stub.claims.update(nonce=["x"]),
    "a nonce that is half a character": lambda stub: stub.claims.update(nonce="\ud800"),
    "a subject that no database stores": lambda stub: stub.claims.update(sub="a\0b"),
    "a subject that is half a character": lambda stub: stub.claims.update(sub="\ud800"),
    "without a subject": lambda stub: stub.claims.pop("sub"),
    "an empty subject": lambda stub: stub.claims.update(sub=""),
    "a subject that is no text": lambda stub: stub.claims.update(sub=7),
    "a huge subject": lambda stub: stub.claims.update(sub="x" * 192),
    "another key": lambda stub: setattr(stub, "key", new_key()),
    "an unknown key": lambda stub: setattr(stub, "kid", "two"),
    "another algorithm than the key's": lambda stub: stub.keys["keys"][0].update(alg="RS512"),
    "a key for encryption": lambda stub: stub.keys["keys"][0].update(use="enc"),
    "two keys of one name": lambda stub: stub.keys["keys"].append(stub.keys["keys"][0]),
    "no keys": lambda stub: stub.keys.update(keys="none"),
    "keys that are none": lambda stub: stub.keys.update(keys=[None, {}, {"kty": "RSA", "kid": "one"}]),
    "a shared secret": lambda stub: stub.tokens.update(
        id_token=jwt.encode(stub.claims, "s" * 64, algorithm="HS256", headers={"kid": "one"})
    ),
    "no signature": lambda stub: stub.tokens.update(
        id_token=jwt.encode(stub.claims, None, algorithm="none", headers={"kid": "one"})
    ),
    "not a token": lambda stub: stub.tokens.update(id_token="x.y.z"),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_an_id_token_that_is_not_right_is_refused(client, stub, kind):
    state = begin(client, stub)
    TOKENS[kind](stub)
    answer = client.get("/sign-in/oidc/callback/", {"state": state, "code": "a-code"})
    refused(client, answer, 502, "can&#x27;t be trusted")


def test_a_public_key_is_no_shared_secret(client, stub):
    """The old trick: the token is signed by HMAC, with the provider's public key as the secret."""
    state = begin(client, stub)
    header, claims = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": "one"}, stub.claims)
    )
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(
        algorithm.sign(header + b"." + claims, json.dumps(stub.keys).encode())
    )
    stub.tokens["id_token"] = b".".join([header, claims, signature.rstrip(b"=")]).decode()
    answer = client.get("/sign-in/oidc/callback/", {"state": state, "code": "a-code"})
    refused(client, answer, 502, "can&#x27;t be trusted")


def test_another_provider_in_the_response_is_refused(client, stub):
    refused(client, back(client, stub, iss="https://evil.example"), 502, "can&#x27;t be trusted")


def test_a_missing_id_token_is_refused(client, stub):
    stub.tokens["id_token"] = None
    refused(client, back(client, stub), 502, "a response that the console can&#x27;t use")


DOCUMENTS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "plain http": {"token_endpoint": "http://evil.example/token"},
    "a user in an address": {"authorization_endpoint": "https://me:pw@evil.example/"},
    "another scheme": {"authorization_endpoint": "javascript:alert(1)"},
    "a line break": {"authorization_endpoint": "https://evil.example/\r\nSet-Cookie: a=b"},
    "no token endpoint": {"token_endpoint": None},
    "an address that is none": {"jwks_uri": "https://[::1"},
    "a fragment": {"authorization_endpoint": "https://login.example/#x"},
    "no text": {"end_session_endpoint": 7},
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_discovery_document_that_is_not_right_is_refused(client, stub, kind):
    stub.document |= DOCUMENTS[kind]
    answer = client.get("/sign-in/oidc/")
    assert answer.status_code == 502
    assert LOCAL_FORM in body_of(answer)
    assert not Session.objects.exists()


BOMB = gzip.compress(b'{"issuer": "' + b"x" * 20_000_000 + b'"}')
JSON = {"Content-Type": "application/json"}
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "a page": (200, {"Content-Type": "text/html"}, b"<h1>Maintenance</h1>"),
    "nothing": (200, JSON, b""),
    "a list": (200, JSON, b"[]"),
    "too deep": (200, JSON, b"[" * 100_000),
    "not UTF-8": (200, JSON, b'{"issuer": "\xff"}'),
    "too large": (200, JSON, b" " * 1_100_000 + b"{}"),
    "a gzip bomb": (200, JSON | {"Content-Encoding": "gzip"}, BOMB),
    "a redirect": (302, {"Location": "https://evil.example/"}, b""),
    "forbidden": (403, JSON, b"{}"),
    "a failure": (500, JSON, b"{}"),
    "unavailable": (503, {}, b""),
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_not_right_is_refused(client, stub, kind, path):
    state = begin(client, stub)
    stub.raw[path] = ANSWERS[kind]
    answer = client.get("/sign-in/oidc/callback/", {"state": state, "code": "a-code"})
    refused(client, answer, 502, "Example SSO")
    assert "evil.example" not in str(answer.headers)


def test_a_provider_that_is_down_leaves_the_local_form(client, person, settings):
    set_up(settings, issuer="http://127.0.0.1:9", client_id=CLIENT_ID)
    answer = client.get("/sign-in/oidc/?next=/team/")
    assert answer.status_code == 502
    assert "Example SSO can&#x27;t be reached" in body_of(answer)
    assert 'value="/team/"' in body_of(answer)
    root = person("Administrator")
    form = {"username": root.username, "password": PASSWORD, "next": "/team/"}
    assert client.post("/sign-in/", form).url == "/team/"


def test_a_slow_provider_is_given_up(client, stub, monkeypatch):
    monkeypatch.setattr(flow, "BEGIN_SECONDS", 0.3)
    stub.wait["/.well-known/openid-configuration"] = 1.0
    answer = client.get("/sign-in/oidc/")
    assert answer.status_code == 504
    assert "respond in time" in body_of(answer)


def test_a_slow_provider_does_not_take_every_thread(client, stub, monkeypatch):
    for _ in range(wire.MAX_CALLS):
        assert wire._calls.acquire(blocking=False)
    try:
        answer = client.get("/sign-in/oidc/")
    finally:
        for _ in range(wire.MAX_CALLS):
            wire._calls.release()
    assert answer.status_code == 503
    assert "Too many people are signing in" in body_of(answer)
    assert stub.asked == []


GROUPS: dict[str, tuple[str, Any, str]] = {
    "a list": ("groups", ["console-viewers", "console-admins", "x"], "Administrator"),
    "one text": ("groups", "console-editors", "Editor"),
    "other things in the list": ("groups", [None, 7, {}, ["console-admins"], "console-viewers"], "Viewer"),
    "a huge list": (
        "groups",
        [*(f"group-{number}" for number in range(20_000)), "console-editors"],
        "Editor",
    ),
    "nested": ("realm_access.roles", {"roles": ["console-editors"]}, "Editor"),
    "a name with dots": ("https://example.com/groups", ["console-editors"], "Editor"),
    "an object": ("groups", {"console-admins": True}, ""),
    "a number": ("groups", 7, ""),
    "true": ("groups", True, ""),
    "an empty list": ("groups", [], ""),
    "another case": ("groups", ["Console-Admins"], ""),
    "part of a name": ("groups", ["console-admins-former"], ""),
    "nested too little": ("realm_access.roles", ["console-admins"], ""),
    "a name of a role": ("groups", ["Administrator"], ""),
}


@pytest.mark.parametrize("kind", GROUPS)
def test_groups_of_any_form_give_a_role_or_none(client, stub, settings, kind):
    path, value, role = GROUPS[kind]
    set_up(settings, issuer=stub.url, client_id=CLIENT_ID, groups_claim=path)
    del stub.claims["groups"]
    stub.claims[path if path.startswith("https") else path.split(".")[0]] = value
    answer = back(client, stub)
    if role:
        assert answer.status_code == 302, body_of(answer)
        assert role_of(User.objects.get()) == role
    else:
        refused(client, answer, 403, "your groups there don&#x27;t include access")


class TestUserInformation:
    """Groups that are not in the ID token."""

    @pytest.fixture(autouse=True)
    def without_groups(self, stub):
        del stub.claims["groups"]

    def test_they_are_read_with_the_access_token(self, client, stub):
        stub.userinfo["groups"] = ["console-editors"]
        assert back(client, stub).status_code == 302
        (_, headers, _) = next(asked for asked in stub.asked if asked[0] == "/userinfo")
        assert headers["authorization"] == "Bearer an-access-token"

    @pytest.mark.parametrize("subject", ["someone-else", None, ["248289761001"]])
    def test_those_of_another_person_are_refused(self, client, stub, subject):
        stub.userinfo |= {"sub": subject, "groups": ["console-admins"]}
        refused(client, back(client, stub), 502, "can&#x27;t be trusted")

    @pytest.mark.parametrize("token", [None, 7, "a\r\nHost: evil.example", "é"])
    def test_a_token_that_is_none_is_not_sent(self, client, stub, token):
        stub.tokens["access_token"] = token
        refused(client, back(client, stub), 502, "a response that the console can&#x27;t use")
        assert "/userinfo" not in [path for path, _, _ in stub.asked]

    def test_without_groups_anywhere_nobody_gets_in(self, client, stub):
        refused(client, back(client, stub), 403, "your groups there don&#x27;t include access")

    def test_a_provider_without_user_information_is_not_asked_for_it(self, client, stub):
        del stub.document["userinfo_endpoint"]
        refused(client, back(client, stub), 403, "your groups there don&#x27;t include access")


NAMES = [
    ("ana", "ana"),
    ("Ana Lovelace", "Ana-Lovelace"),
    ("ana@example.com", "ana@example.com"),
    ("<script>alert(1)</script>", "script-alert-1-script"),
    ("\u202eana\x00\u200b", "ana"),
    ("ﬁne", "fine"),
    ("x" * 500, "x" * 140),
    ("💥", "person"),
    ("", "person"),
    (7, "person"),
    (["ana"], "person"),
]


@pytest.mark.parametrize(("given", "expected"), NAMES)
def test_any_name_becomes_a_plain_one(client, stub, given, expected):
    stub.claims |= {
        "preferred_username": given,
        "given_name": given,
        "family_name": "\ud800",
        "email": "no address",
    }
    assert back(client, stub).status_code == 302
    user = User.objects.get()
    assert user.username == expected
    assert user.email == ""
    user.full_clean(exclude=["password"])


def test_a_name_that_someone_has_gets_a_number(client, stub):
    for name in ("ANA", "ana-2"):
        User.objects.create_user(name)
    assert back(client, stub).status_code == 302
    assert SocialAccount.objects.get().user.username == "ana-3"


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>alert(1)</script>"])
def test_an_error_in_the_response_is_not_quoted(client, stub, error):
    answer = back(client, stub, error=error, error_description="Call +1 900 555 0100")
    assert answer.status_code in (403, 502)
    assert "900" not in body_of(answer)
    assert "<script>alert" not in body_of(answer)
    assert "/token" not in [path for path, _, _ in stub.asked]


@pytest.mark.parametrize(
    "query", ["", "?state=", "?state=x&code=y", "?code=y", f"?state={'x' * 5000}&code=y", "?state=%00"]
)
def test_a_callback_out_of_nowhere_asks_nobody(client, stub, query):
    answer = client.get(f"/sign-in/oidc/callback/{query}")
    refused(client, answer, 400, "This sign-in has expired")
    assert stub.asked == []


@pytest.mark.parametrize("code", ["", "x" * 5000])
def test_a_code_that_is_none_is_not_sent(client, stub, code):
    refused(client, back(client, stub, code=code), 502, "a response that the console can&#x27;t use")
    assert "/token" not in [path for path, _, _ in stub.asked]


@pytest.mark.parametrize(
    "query", ["scope=admin", "auth_params=prompt%3Dnone", "process=connect", "action=rerequest"]
)
def test_the_address_to_the_provider_takes_nothing_from_the_query(client, stub, query):
    there = client.get(f"/sign-in/oidc/?{query}").url
    assert set(parse_qs(urlsplit(there).query)) == {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    }
    assert "admin" not in there


def test_an_address_with_a_query_of_its_own_keeps_it(client, stub):
    stub.document["authorization_endpoint"] += "?policy=one"
    there = client.get("/sign-in/oidc/").url
    assert there.startswith(f"{stub.url}/authorize?policy=one&client_id=console&")


@pytest.mark.parametrize(
    ("auth_time", "status", "says"),
    [
        (0, 302, ""),
        (None, 502, "doesn't include the time of your sign-in"),
        (-3600, 403, "didn't ask you to sign in again"),
        ("x", 403, "didn't ask you to sign in again"),
        (float("nan"), 403, "didn't ask you to sign in again"),
    ],
    ids=["now", "none", "old", "text", "no number"],
)
def test_only_a_new_sign_in_at_the_provider_is_a_proof(client, stub, auth_time, status, says):
    back(client, stub)
    session = client.session
    session["authenticated_at"] -= 16 * 60
    session.save()
    if auth_time is not None:
        stub.claims["auth_time"] = int(time.time()) + auth_time if isinstance(auth_time, int) else auth_time
    there = parse_qs(urlsplit(client.get("/sign-in/oidc/?again=1&next=/about/").url).query)
    stub.claims["nonce"] = there["nonce"][0]
    answer = client.get("/sign-in/oidc/callback/", {"state": there["state"][0], "code": "a-code"})
    assert answer.status_code == status
    assert says in words(answer)
    assert (time.time() - client.session["authenticated_at"] < 60) is (status == 302)
