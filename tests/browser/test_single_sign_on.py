"""The whole way of single sign-on in a browser, with a real provider; and the local form when the provider is down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, Watch
from tests.browser.server import PASSWORD, Console, console_copied, console_serving, port_free
from tests.oidc.conftest import SECRET, group_of, leave
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

MODEL = f"/projects/{PROJECT}/models/{EXAMPLE_ID}/"


@pytest.fixture(scope="module")
def sso(
    iam_server: Any, console_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A console of its own, with Canaille as its provider."""
    folder = tmp_path_factory.mktemp("sso")
    environment = console_copied(
        console_environment,
        folder=folder,
        OIDC_ISSUER=iam_server.url.rstrip("/"),
        OIDC_CLIENT_ID="console-in-a-browser",
        OIDC_CLIENT_SECRET=SECRET,
        OIDC_ROLES="console-viewers=Viewer,console-editors=Editor",
        OIDC_NAME="Example SSO",
    )
    url = f"http://{environment['BIND']}"
    client = iam_server.models.Client(
        client_id="console-in-a-browser",
        client_secret=SECRET,
        client_name="Xerotier Console",
        redirect_uris=[f"{url}/sign-in/oidc/callback/"],
        post_logout_redirect_uris=[f"{url}/sign-in/"],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
        scope=["openid", "profile", "email", "groups"],
    )
    iam_server.backend.save(client)
    client.audience = [client]
    iam_server.backend.save(client)
    with console_serving(environment, folder=folder) as console:
        yield console
    iam_server.backend.delete(client)


@pytest.fixture
def visitor(browser: Browser, sso: Console, sandbox: Any, iam_server: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=sso.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch = Watch(urlsplit(sso.url).netloc)
    watch.follow(page)
    yield page
    context.close()
    iam_server.logout()
    # The provider's pages are its own affair; on ours nothing may be blocked.
    assert not [error for error in watch.errors if "Content Security Policy" in error and sso.url in error]


def test_from_the_button_to_an_edit_and_out_again(visitor: Page, sso: Console, iam_server: Any) -> None:
    ana = iam_server.random_user(display_name="ana", password=PASSWORD)
    group_of(iam_server, "console-editors", ana)
    visitor.goto(MODEL)
    visitor.get_by_role("link", name="Sign in with Example SSO").click()
    visitor.wait_for_url(f"{iam_server.url}**")
    visitor.locator("input[name=login]").fill(ana.user_name)
    visitor.locator("input[name=login]").press("Enter")
    visitor.locator("input[name=password]").fill(PASSWORD)
    visitor.locator("input[name=password]").press("Enter")
    visitor.locator("button[name=answer][value=accept]").click()
    visitor.wait_for_url(f"{sso.url}/connect/**")
    visitor.get_by_label("API key").fill(KEY)
    visitor.get_by_role("button", name="Connect", exact=True).click()
    visitor.wait_for_url(f"{sso.url}{MODEL}")
    visitor.get_by_role("button", name="Edit License").click()
    visitor.get_by_role("combobox", name="License").fill("apache-2.0-by-ana")
    visitor.get_by_role("button", name="Save").click()
    expect(visitor.get_by_text("apache-2.0-by-ana").first).to_be_visible()
    visitor.goto("/account/")
    expect(visitor.get_by_text("You sign in with Example SSO")).to_be_visible()
    expect(visitor.get_by_role("definition").get_by_text("Editor")).to_be_visible()
    leave(iam_server, "console-editors", ana)
    visitor.context.clear_cookies(domain=urlsplit(sso.url).hostname, name=re.compile("sessionid"))
    visitor.goto("/sign-in/")
    visitor.get_by_role("link", name="Sign in with Example SSO").click()
    expect(visitor.get_by_text("your groups there don't include access")).to_be_visible()
    assert visitor.url.startswith(sso.url)


def test_an_administrator_gets_in_by_password_while_the_provider_is_down(
    browser: Browser, console_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = console_copied(
        console_environment,
        folder=tmp_path,
        OIDC_ISSUER=f"http://127.0.0.1:{port_free()}",
        OIDC_CLIENT_ID="console-in-a-browser",
        OIDC_CLIENT_SECRET=SECRET,
        OIDC_ROLES="console-editors=Editor",
        OIDC_NAME="Example SSO",
    )
    with console_serving(environment, folder=tmp_path) as console:
        page = browser.new_context(base_url=console.url).new_page()
        page.goto("/sign-in/")
        page.get_by_role("link", name="Sign in with Example SSO").click()
        expect(page.get_by_role("alert")).to_contain_text("Example SSO")
        page.goto("/sign-in/")
        page.get_by_label("Username").fill("administrator-0")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/connect/**")
        page.context.close()
