"""Passkeys at the level of requests: an authenticator in a few lines, and the answers that are refused."""

from __future__ import annotations

import html
import json
import re
from hashlib import sha256
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from tests.conftest import PASSWORD, sign_in
from tests.editing import words
from tests.pages import body_of

PASSKEYS, SIGN_IN, CONFIRM = "/account/factor/passkeys/", "/sign-in/factor/", "/account/confirm/"
HOST, ORIGIN = "localhost", "http://localhost"
PRESENT, PRESENT_AND_VERIFIED, WITH_CREDENTIAL = 0x01, 0x05, 0x40
VAULT = django_settings.VAULT_COOKIE_NAME


class Device:
    """One passkey. `origin` is the page that it believes to be on."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = sha256(str(id(self)).encode()).digest()[:16]
        self.origin = origin

    def _client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(type=kind, challenge=websafe_decode(challenge), origin=self.origin)

    def create(self, options: dict[str, Any]) -> str:
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid(bytes(16)), self.id, public)
        flags = PRESENT_AND_VERIFIED | WITH_CREDENTIAL
        data = AuthenticatorData.create(sha256(HOST.encode()).digest(), flags, 1, credential)
        asked = self._client_data("webauthn.create", options["publicKey"]["challenge"])
        return self._answer(
            clientDataJSON=websafe_encode(asked),
            attestationObject=websafe_encode(AttestationObject.create("none", data, {})),
        )

    def get(self, options: dict[str, Any], flags: int = PRESENT_AND_VERIFIED) -> str:
        data = AuthenticatorData.create(sha256(HOST.encode()).digest(), flags, 2)
        asked = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + asked.hash, ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(asked),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
        )

    def _answer(self, **response: str) -> str:
        own = websafe_encode(self.id)
        return json.dumps(
            {
                "id": own,
                "rawId": own,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


def browser() -> Client:
    return Client(headers={"Host": HOST})


def options_of(answer: Any) -> dict[str, Any]:
    """What the page asks the browser for."""
    found: dict[str, Any] = json.loads(
        html.unescape(re.search(r'data-options="([^"]*)"', body_of(answer))[1])
    )
    return found


@pytest.fixture
def ana(person):
    return person(username="ana")


@pytest.fixture
def home(ana) -> Client:
    return sign_in(browser(), ana)


@pytest.fixture
def device(home) -> Device:
    """Ana's passkey."""
    made = Device()
    answer = home.post(PASSKEYS, {"name": "Laptop", "passkey": made.create(options_of(home.get(PASSKEYS)))})
    assert answer.url == "/account/factor/codes/", body_of(answer)
    return made


def waiting() -> Client:
    """A browser in which Ana's password was typed."""
    client = browser()
    assert client.post("/sign-in/", {"username": "ana", "password": PASSWORD}).url == SIGN_IN
    return client


def test_a_passkey_is_kept_with_its_name_and_recovery_codes(home, device):
    assert re.search(r"Laptop passkey Added .* UTC ?\. Not used yet\.", words(home.get("/account/factor/")))
    assert "10 left" in words(home.get("/account/factor/"))
    assert LogEntry.objects.latest("pk").get_change_message() == "Passkey Laptop added."


def test_it_signs_in_after_the_password(device):
    client = waiting()
    assert VAULT not in client.cookies
    before = client.session.session_key
    answer = client.post(SIGN_IN, {"passkey": device.get(options_of(client.get(SIGN_IN)))})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session.session_key != before
    assert "mfa.webauthn.state" not in client.session
    assert VAULT in client.cookies


def test_without_an_app_only_recovery_codes_are_codes(device):
    assert "One of your recovery codes." in words(waiting().get(SIGN_IN))


@pytest.mark.parametrize("kind", ["another challenge", "another device", "another site", "another account's"])
def test_an_answer_that_is_not_right_signs_nobody_in(device, person, kind):
    client = waiting()
    options = options_of(client.get(SIGN_IN))
    if kind == "another challenge":
        answer = device.get(options_of(waiting().get(SIGN_IN)))
    elif kind == "another site":
        device.origin = "https://evil.example"
        answer = device.get(options)
    else:
        other = Device()
        if kind == "another account's":
            theirs = sign_in(browser(), person(username="eve"))
            theirs.post(PASSKEYS, {"passkey": other.create(options_of(theirs.get(PASSKEYS)))})
            assert Authenticator.objects.filter(user__username="eve", type="webauthn").exists()
        answer = other.get(options)
    refused = client.post(SIGN_IN, {"passkey": answer})
    assert (refused.status_code, "couldn't be checked" in words(refused)) == (422, True)
    assert "_auth_user_id" not in client.session


def test_an_answer_counts_once(device):
    client = waiting()
    answer = device.get(options_of(client.get(SIGN_IN)))
    session = {"mfa.webauthn.state": client.session["mfa.webauthn.state"]}
    assert client.post(SIGN_IN, {"passkey": answer}).status_code == 302
    client = waiting()
    assert client.post(SIGN_IN, {"passkey": answer}).status_code == 422
    assert session["mfa.webauthn.state"] != client.session["mfa.webauthn.state"]


GARBAGE = ["", "x", "{}", "[]", "null", "[" * 10_000, '{"id": 1}', '{"response": {}}', "x" * 30_000]
GARBAGE += ['{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30"}}']


@pytest.mark.parametrize("answer", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_answer_is_refused_everywhere(home, device, answer):
    home.get(PASSKEYS)
    assert home.post(PASSKEYS, {"passkey": answer}).status_code == 422
    client = waiting()
    client.get(SIGN_IN)
    assert client.post(SIGN_IN, {"passkey": answer}).status_code == 422
    assert home.post(CONFIRM, {"proof_passkey": answer, "proof_password": ""}).status_code == 422
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_a_damaged_answer_is_refused(home, device):
    whole = json.loads(device.create(options_of(home.get(PASSKEYS))))
    whole["response"]["attestationObject"] = whole["response"]["attestationObject"][:-9]
    assert home.post(PASSKEYS, {"passkey": json.dumps(whole)}).status_code == 422


def age_proof(client: Client) -> None:
    """The last proof was 16 minutes ago."""
    session = client.session
    session["authenticated_at"] -= 16 * 60
    session.save()


def test_it_proves_who_it_is_and_its_challenge_counts_once(home, device):
    age_proof(home)
    page = home.get(f"{CONFIRM}?next=/about/")
    answer = device.get(options_of(page))
    form = {"next": "/about/", "proof_passkey": answer, "proof_password": ""}
    assert home.post(CONFIRM, form).url == "/about/"
    assert "mfa.webauthn.state" not in home.session
    assert home.get(PASSKEYS).status_code == 200
    assert home.post(CONFIRM, form).status_code == 422


def test_a_touch_is_enough_beside_the_password_and_proves_nothing_alone(home, device):
    client = waiting()
    options = options_of(client.get(SIGN_IN))
    assert options["publicKey"]["userVerification"] != "required"
    assert client.post(SIGN_IN, {"passkey": device.get(options, PRESENT)}).status_code == 302
    age_proof(home)
    options = options_of(home.get(f"{CONFIRM}?next=/about/"))
    assert options["publicKey"]["userVerification"] == "required"
    form = {"next": "/about/", "proof_passkey": device.get(options, PRESENT)}
    assert home.post(CONFIRM, form).status_code == 422
    assert home.get(PASSKEYS).status_code == 302


def test_removing_the_last_one_takes_the_codes_along(home, device):
    pk = Authenticator.objects.get(type="webauthn").pk
    assert "Passkey Laptop removed." in words(home.post(f"{PASSKEYS}{pk}/remove/", follow=True))
    assert not Authenticator.objects.exists()
    assert browser().post("/sign-in/", {"username": "ana", "password": PASSWORD}).url == "/"


def test_another_persons_passkey_does_not_exist(device, person):
    pk = Authenticator.objects.get(type="webauthn").pk
    other = sign_in(browser(), person("Administrator"))
    assert other.post(f"{PASSKEYS}{pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=pk).exists()


def test_a_name_is_text(home):
    name = "<b>bold</b>" + "x" * 100
    home.post(PASSKEYS, {"name": name, "passkey": Device().create(options_of(home.get(PASSKEYS)))})
    page = body_of(home.get("/account/factor/"))
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert len(Authenticator.objects.get(type="webauthn").data["name"]) == 60


def test_there_are_ten_at_most(home):
    for _ in range(11):
        answer = home.post(PASSKEYS, {"passkey": Device().create(options_of(home.get(PASSKEYS)))})
    assert answer.status_code == 422
    assert Authenticator.objects.filter(type="webauthn").count() == 10
