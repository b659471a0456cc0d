"""Passkeys in Chromium, with its virtual authenticator: adding one, signing in with it, confirming with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Request, expect

from tests.browser.conftest import Watch, axe_everywhere, connect, fits, sign_in
from tests.browser.server import PASSWORD, Console, manage
from tests.editing import MODEL
from tests.faults.calls import NAME
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

ACCOUNT = "viewer-7"  # no other test signs in as this person
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OLD_PROOF = """
from importlib import import_module
from django.conf import settings
from models_admin.models import BrowserSession
for row in BrowserSession.objects.filter(user__username="{account}"):
    session = import_module(settings.SESSION_ENGINE).SessionStore(row.session_id)
    session["authenticated_at"] -= 86400
    session.save()
"""


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], console: Console, watch: Watch) -> Page:
    """Passkeys belong to a host name, so the console is opened by one."""
    address = console.url.replace("127.0.0.1", "localhost")
    watch.host = urlsplit(address).netloc
    return new_context(base_url=address).new_page()


@pytest.fixture
def device(page: Page) -> CDPSession:
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return wire


def password(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(ACCOUNT)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def answers(page: Page) -> list[str]:
    """What the browser sent as passkeys."""
    found: list[str] = []

    def sent(request: Request) -> None:
        fields = parse_qs(request.post_data or "") if request.method == "POST" else {}
        found.extend(fields.get("passkey", []))

    page.on("request", sent)
    return found


def stored(console: Console) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(console.database)) as database:
        rows = database.execute("SELECT data FROM mfa_authenticator WHERE type = 'webauthn'").fetchall()
    return [json.loads(row[0]) for row in rows]


def test_a_passkey_is_added_signs_in_and_confirms(
    page: Page, device: CDPSession, console: Console, console_environment: dict[str, str]
) -> None:
    password(page)
    page.wait_for_url("**/connect/**")
    page.goto("/account/factor/passkeys/")
    axe_everywhere(page)
    page.set_viewport_size({"width": 360, "height": 800})
    fits(page)
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url("**/account/factor/codes/")
    expect(page.get_by_role("list", name="Unused recovery codes").get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("Work laptop")).to_be_visible()
    axe_everywhere(page)
    [kept] = stored(console)
    assert kept["name"] == "Work laptop"

    # The same device again is refused by the browser itself.
    page.goto("/account/factor/passkeys/")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("already has a passkey")).to_be_visible()

    # The second step of signing in.
    page.context.clear_cookies()
    password(page)
    page.wait_for_url("**/sign-in/factor/")
    axe_everywhere(page)
    assert "vault_secret" not in {cookie["name"] for cookie in page.context.cookies()}
    sent = answers(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/connect/**")
    assert "vault_secret" in {cookie["name"] for cookie in page.context.cookies()}

    # An answer that was seen on the way counts for nothing later.
    page.context.clear_cookies()
    password(page)
    page.wait_for_url("**/sign-in/factor/")
    page.evaluate(
        """answer => { const field = document.querySelector("[name=passkey]");
            field.value = answer; field.disabled = false; field.form.submit(); }""",
        sent[0],
    )
    expect(page.get_by_role("alert").filter(has_text="couldn't be checked")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/connect/**")

    # Confirming who it is, when the sign-in is old.
    manage(console_environment, "shell", "--verbosity=0", "-c", OLD_PROOF.format(account=ACCOUNT))
    page.goto("/account/factor/codes/")
    page.wait_for_url("**/account/confirm/**")
    axe_everywhere(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/account/factor/codes/")

    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Remove passkey Work laptop").click()
    expect(page.get_by_text("Passkey Work laptop removed.")).to_be_visible()
    assert stored(console) == []


def test_a_deletion_in_a_dialog_is_confirmed_by_a_passkey_with_nothing_lost(
    page: Page, device: CDPSession, console_environment: dict[str, str], sandbox: Any
) -> None:
    connect(sign_in(page))
    account = page.locator("summary", has_text="maintainer-").inner_text().strip()
    page.goto("/account/factor/passkeys/")
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url("**/account/factor/codes/")
    page.goto(MODEL)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("textbox", name="to confirm").fill(NAME)
    manage(console_environment, "shell", "--verbosity=0", "-c", OLD_PROOF.format(account=account))
    page.get_by_role("button", name="Delete model").click()
    asked = page.get_by_role("dialog", name="Confirm it's you")
    expect(asked).to_contain_text("what you entered is kept")
    axe_everywhere(page)
    asked.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_label("Your password")).to_be_focused()
    axe_everywhere(page)
    assert EXAMPLE_ID in sandbox.store.project(PROJECT).models
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**/projects/{PROJECT}/models/")
    expect(page.get_by_text(f"{NAME} was deleted.")).to_be_visible()
    assert EXAMPLE_ID not in sandbox.store.project(PROJECT).models


def test_a_browser_without_passkeys_says_so(page: Page) -> None:
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("viewer-8")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/connect/**")
    page.goto("/account/factor/passkeys/")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("Passkeys need an up-to-date browser")).to_be_visible()
