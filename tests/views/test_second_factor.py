"""The second factor of local accounts: setting up an authenticator app, signing in with it, and losing it."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from models_admin.access.vault import text_decrypt
from models_admin.models import Attempt, ProjectRole
from tests.conftest import PASSWORD, connect, sign_in
from tests.editing import HTMX, words
from tests.pages import body_of
from tests.sandbox_fixture import PROJECT

FACTOR, APP, CODES, SIGN_IN = (
    "/account/factor/",
    "/account/factor/app/",
    "/account/factor/codes/",
    "/sign-in/factor/",
)
VAULT, SESSION = django_settings.VAULT_COOKIE_NAME, django_settings.SESSION_COOKIE_NAME
MODELS = f"/projects/{PROJECT}/models/"
OTHER_KEY = "another-vault-4c7d1e93a0b25f68dd19e3c7b0a4"


NOW = 1_795_000_000


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step of 30 seconds ends in the middle of a test."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: NOW))


def code(secret: str, steps: int = 0) -> str:
    """What an app shows, now or so many steps of 30 seconds away."""
    return format_hotp_value(hotp_value(secret, NOW // 30 + steps))


def secret_of(person: User) -> str:
    return text_decrypt(Authenticator.objects.get(user=person, type="totp").data["secret"])


def shown(answer: Any) -> str:
    """The secret on the page."""
    return re.search(r'<b class="mono strong">([A-Z2-7 ]+)</b>', body_of(answer))[1].replace(" ", "")


@pytest.fixture
def ana(person) -> User:
    return person(username="ana")


@pytest.fixture
def home(ana) -> Client:
    """Ana's browser, in which she has set up an app, with the code of the step before."""
    client = sign_in(Client(), ana)
    client.post(APP, {"code": code(shown(client.get(APP)), -1)})
    assert Authenticator.objects.filter(user=ana).count() == 2
    return client


def password(client: Client, target: str = MODELS, **more: str) -> Any:
    return client.post("/sign-in/", {"username": "ana", "password": PASSWORD, "next": target} | more)


def test_setting_up_shows_a_qr_code_and_the_secret_and_takes_a_code_of_the_app(ana):
    client = sign_in(Client(), ana)
    assert "An app on your phone" in words(client.get(FACTOR))
    page = client.get(APP)
    assert re.search(r'<svg class="qr" viewBox="0 0 (\d+) \1" role="img" aria-label="QR code', body_of(page))
    secret = shown(page)
    assert shown(client.get(APP)) == secret  # the same when the page is loaded again
    answer = client.post(APP, {"code": "000000" if code(secret) != "000000" else "000001"})
    assert answer.status_code == 422
    assert shown(answer) == secret
    assert not Authenticator.objects.exists()
    answer = client.post(APP, {"code": code(secret)}, follow=True)
    assert "Keep these recovery codes" in words(answer)
    assert len(re.findall(r"<li>\d{10}</li>", body_of(answer))) == 10
    assert secret_of(ana) == secret
    assert "10 left" in words(client.get(FACTOR))
    assert client.get(APP).url == FACTOR  # there is one app
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Authenticator app set up."]


def test_the_qr_code_is_the_address_that_apps_read(ana):
    from models_admin.screens.second_factor import app_setup

    setup = app_setup(person=ana, secret="JBSWY3DPEHPK3PXP")
    assert setup.address == "otpauth://totp/ana?secret=JBSWY3DPEHPK3PXP&issuer=Xerotier%20Console"
    assert setup.path.startswith("M4 4h1v1h-1zM5 4h1")  # a finder pattern behind a border of four


def test_the_password_alone_signs_nobody_in(home):
    client = Client()
    answer = password(client)
    assert answer.url == SIGN_IN
    assert VAULT not in client.cookies
    assert "_auth_user_id" not in client.session
    for path in (MODELS, "/account/", "/", FACTOR, "/connect/"):
        assert client.get(path).url.startswith("/sign-in/?next="), path


def test_the_code_signs_in_with_a_new_session_and_a_vault_cookie(home, ana):
    client = Client()
    password(client)
    before = client.cookies[SESSION].value
    answer = client.post(SIGN_IN, {"code": code(secret_of(ana))})
    assert (answer.status_code, answer.url) == (302, MODELS)
    assert client.cookies[SESSION].value != before
    assert not Session.objects.filter(pk=before).exists()
    assert len(client.cookies[VAULT].value) == 43
    assert client.session["_auth_user_id"] == str(ana.pk)
    assert isinstance(client.session["signed_in_at"], int)
    assert "sign_in_pending" not in client.session


@pytest.mark.parametrize("spelled", ["{}", " {} ", "{:.3} {:.3}"])
def test_a_code_may_be_spelled_with_spaces(home, ana, spelled):
    client, now = Client(), code(secret_of(ana))
    password(client)
    text = f"{now[:3]} {now[3:]}" if spelled.startswith("{:.3}") else spelled.format(now)
    assert client.post(SIGN_IN, {"code": text}).status_code == 302


def test_a_code_counts_once(home, ana):
    first, second, now = Client(), Client(), code(secret_of(ana))
    for client in (first, second):
        password(client)
    assert first.post(SIGN_IN, {"code": now}).status_code == 302
    answer = second.post(SIGN_IN, {"code": now})
    assert (answer.status_code, "has already been used" in words(answer)) == (422, True)
    assert (
        second.post(SIGN_IN, {"code": code(secret_of(ana), -1)}).status_code == 422
    )  # older than the last one
    assert second.post(SIGN_IN, {"code": code(secret_of(ana), 1)}).status_code == 302


@pytest.mark.parametrize("steps", [-2, 2, 10])
def test_a_code_of_another_time_is_refused(home, ana, steps):
    client = Client()
    password(client)
    assert client.post(SIGN_IN, {"code": code(secret_of(ana), steps)}).status_code == 422


@pytest.mark.parametrize("text", ["", "abc", "١٢٣٤٥٦", "1" * 5000, "\x00", "12345", "-1"])
def test_what_is_no_code_is_refused(home, text):
    client = Client()
    password(client)
    assert client.post(SIGN_IN, {"code": text}).status_code == 422


def test_a_recovery_code_signs_in_once(home, ana):
    codes = re.findall(r"<li>(\d{10})</li>", body_of(home.get(CODES)))
    client = Client()
    password(client)
    assert client.post(SIGN_IN, {"code": f"{codes[3][:5]}-{codes[3][5:]}"}).url == MODELS
    again = Client()
    password(again)
    assert again.post(SIGN_IN, {"code": codes[3]}).status_code == 422
    assert "9 left" in words(client.get(FACTOR))
    assert codes[3] not in body_of(client.get(CODES))
    assert "Signed in with a recovery code; 9 left." in LogEntry.objects.latest("pk").get_change_message()


def test_new_recovery_codes_replace_the_old_ones(home):
    old = re.findall(r"<li>(\d{10})</li>", body_of(home.get(CODES)))
    new = re.findall(r"<li>(\d{10})</li>", body_of(home.post(CODES, follow=True)))
    assert (len(new), set(new) & set(old)) == (10, set())
    client = Client()
    password(client)
    assert client.post(SIGN_IN, {"code": old[0]}).status_code == 422
    assert client.post(SIGN_IN, {"code": new[0]}).status_code == 302


def test_five_wrong_codes_lock_the_name_for_this_address(home, ana):
    client = Client(REMOTE_ADDR="192.0.2.7")
    password(client)
    for _ in range(4):
        assert client.post(SIGN_IN, {"code": "000"}).status_code == 422
    assert client.post(SIGN_IN, {"code": "000"}).status_code == 429
    Attempt.objects.all().delete()
    answer = client.post(SIGN_IN, {"code": code(secret_of(ana))})
    assert (answer.status_code, "Wait 15 minutes" in words(answer)) == (429, True)
    assert password(client).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")  # the owner still gets in
    password(elsewhere)
    assert elsewhere.post(SIGN_IN, {"code": code(secret_of(ana))}).status_code == 302


def test_five_wrong_codes_a_minute_are_all_whatever_the_address(home, ana):
    for number in range(5):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        password(client)
        assert client.post(SIGN_IN, {"code": "000"}).status_code == 422
    client = Client(REMOTE_ADDR="192.0.2.99")
    password(client)
    answer = client.post(SIGN_IN, {"code": code(secret_of(ana))})
    assert (answer.status_code, "Too many failed attempts" in words(answer)) == (429, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda ana, entry: User.objects.filter(pk=ana.pk).update(is_active=False),
        lambda ana, entry: (ana.set_password(PASSWORD + "!"), ana.save()),
        lambda ana, entry: entry.__setitem__(3, int(time.time()) - 601),
        lambda ana, entry: entry.__setitem__(3, "x"),
        lambda ana, entry: entry.__setitem__(1, "x"),
        lambda ana, entry: entry.pop(),
    ],
    ids=["locked", "new password", "too old", "no time", "another hash", "no entry"],
)
def test_a_sign_in_that_waits_ends_with_what_it_began_with(home, ana, change):
    client = Client()
    password(client)
    session = client.session
    entry = session["sign_in_pending"]
    change(ana, entry)
    session["sign_in_pending"] = entry
    session.save()
    assert client.post(SIGN_IN, {"code": code(secret_of(ana))}).url == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_out_of_nowhere_there_is_no_second_step(client, db):
    for answer in (client.get(SIGN_IN), client.post(SIGN_IN, {"code": "123456"})):
        assert answer.url == "/sign-in/"


def test_whoever_was_signed_in_in_this_browser_is_signed_out_first(home, person):
    client = Client()
    person("Administrator", "ada")
    client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    assert password(client).url == SIGN_IN
    assert client.get("/team/").url.startswith("/sign-in/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example"])
def test_it_leads_into_this_console_only(home, ana, target):
    client = Client()
    password(client, target)
    assert client.post(SIGN_IN, {"code": code(secret_of(ana))}).url == "/"


def test_removing_the_app_takes_the_codes_along(home, ana):
    answer = home.post(f"{APP}remove/", follow=True)
    assert "Authenticator app removed." in words(answer)
    assert not Authenticator.objects.exists()
    assert password(Client()).url == MODELS


@pytest.mark.parametrize("path", [APP, CODES])
def test_seeing_and_changing_it_needs_a_recent_sign_in(home, path):
    session = home.session
    session["authenticated_at"] -= 16 * 60
    session.save()
    assert home.get(path).url == f"/account/confirm/?next={path}"
    assert "Confirm it" in words(home.post(path))
    assert "Confirm it" in words(home.post(f"{APP}remove/"))
    assert Authenticator.objects.count() == 2


def test_an_administrator_removes_it_from_someone_who_lost_the_device(home, ana, person):
    ada = sign_in(Client(), person("Administrator", "ada"))
    assert "Remove second factor of ana" in words(ada.get("/team/"))
    answer = ada.post(f"/team/{ana.pk}/factor/remove/", follow=True)
    assert "Second factor of ana removed." in words(answer)
    assert "Remove second factor" not in words(answer).replace("Second factor removed.", "")
    entry = LogEntry.objects.latest("pk")
    assert (entry.user.username, entry.object_repr, entry.get_change_message()) == (
        "ada",
        "ana",
        "Second factor removed.",
    )
    assert password(Client()).url == MODELS


def test_others_may_not_remove_it(home, ana, person):
    assert sign_in(Client(), person("Maintainer")).post(f"/team/{ana.pk}/factor/remove/").status_code == 403
    User.objects.filter(pk=ana.pk).update(is_superuser=True)
    ada = sign_in(Client(), person("Administrator"))
    assert ada.post(f"/team/{ana.pk}/factor/remove/").status_code == 403
    assert Authenticator.objects.count() == 2


@pytest.fixture
def required(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = ("Maintainer", "Administrator")


@pytest.mark.parametrize(
    "path", ["/", MODELS, "/account/", "/account/sessions/", "/team/", "/connect/", "/about/"]
)
def test_who_must_have_one_is_sent_to_set_it_up_and_can_do_nothing_else(ana, required, path):
    client = Client()
    assert password(client).url == MODELS
    assert client.get(path).url == client.post(path).url == FACTOR
    assert client.get(path, headers=HTMX)["HX-Redirect"] == FACTOR


def test_setting_it_up_opens_the_console(ana, required, api_url):
    client = Client()
    password(client)
    assert "Your role requires a second factor." in words(client.get(FACTOR))
    client.post(APP, {"code": code(shown(client.get(APP)))})
    assert connect(client).get(MODELS).status_code == 200
    client.post(f"{APP}remove/")
    assert client.get(MODELS).url == FACTOR


def test_the_first_factor_ends_sessions_that_began_with_the_password_alone(ana, required):
    stolen, own = sign_in(Client(), ana), sign_in(Client(), ana)
    assert stolen.get("/connect/").url == FACTOR
    own.post(APP, {"code": code(shown(own.get(APP)))})
    assert own.get("/connect/").status_code == 200
    assert "/sign-in/" in stolen.get("/connect/").url


def test_a_role_in_some_projects_needs_it_as_well(required, person):
    user = person("Viewer")
    assert sign_in(Client(), user).get("/account/").status_code == 200
    maintainer = Group.objects.get(name="Maintainer")
    ProjectRole.objects.create(user=user, pattern="prod-*", role=maintainer)
    assert sign_in(Client(), user).get("/account/").url == FACTOR


def test_signing_out_is_always_possible(ana, required):
    client = Client()
    password(client)
    assert client.post("/sign-out/").url == "/sign-in/"


@pytest.mark.parametrize(("role", "free"), [("Viewer", True), ("Editor", True), ("Administrator", False)])
def test_only_the_named_roles_must_have_one(person, required, role, free):
    client = sign_in(Client(), person(role))
    assert (client.get("/account/").status_code == 200) is free


def test_a_superuser_counts_as_an_administrator(person, required):
    user = person(None)
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert sign_in(Client(), User.objects.get(pk=user.pk)).get("/account/").url == FACTOR


def test_secrets_are_encrypted_in_the_database_and_in_no_log(home, ana, caplog, settings):
    secret = secret_of(ana)
    codes = re.findall(r"<li>(\d{10})</li>", body_of(home.get(CODES)))
    client = Client()
    password(client)
    client.post(SIGN_IN, {"code": codes[0]})
    rows = str(list(Authenticator.objects.values())) + str(list(Session.objects.values())) + caplog.text
    rows += str([dict(found.get_decoded()) for found in Session.objects.all()])
    rows += str(list(LogEntry.objects.values()))
    assert secret not in rows
    assert not [found for found in codes if found in rows]
    pending = sign_in(Client(), User.objects.create_user("ben"))
    secret = shown(pending.get(APP))
    assert secret not in str(dict(pending.session))


def test_secrets_move_to_a_new_key_before_the_old_one_is_removed(home, ana, settings, capsys):
    secret, old = secret_of(ana), settings.VAULT_KEYS[0]
    settings.VAULT_KEYS = [OTHER_KEY, old]
    call_command("encrypt_second_factors")
    assert "2 secrets encrypted" in capsys.readouterr().out
    settings.VAULT_KEYS = [OTHER_KEY]
    assert secret_of(ana) == secret
    settings.VAULT_KEYS = [old]
    with pytest.raises(CommandError, match="2 secrets were encrypted with a key that is not in VAULT_KEYS"):
        call_command("encrypt_second_factors")


def test_a_removed_key_is_said_and_fails_no_page(home, ana, settings):
    client = Client()
    password(client)
    settings.VAULT_KEYS = [OTHER_KEY]
    answer = client.post(SIGN_IN, {"code": "123456"})
    assert (answer.status_code, "can't be checked" in words(answer)) == (503, True)
    assert "decrypted any more" in words(home.get(FACTOR))
    assert "decrypted any more" in words(home.get(CODES))
    assert home.post(CODES).url == CODES
    assert len(re.findall(r"<li>\d{10}</li>", body_of(home.get(CODES)))) == 10
