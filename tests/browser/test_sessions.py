"""A session that ended under an open page: whatever htmx asks next leads to sign-in, once, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import connect, sign_in
from tests.browser.server import PASSWORD
from tests.editing import MODEL


def _edit(page: Page) -> None:
    page.get_by_role("button", name="Edit License").click()


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def _type(page: Page) -> None:
    page.get_by_role("textbox", name="Context length").press_sequentially("1")


def _revalidate(page: Page) -> None:
    page.get_by_role("button", name="Revalidate").click()


def _delete(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()


def _filter(page: Page) -> None:
    page.locator(".chip", has_text="Error").click()


def _search(page: Page) -> None:
    page.get_by_label("Search models").press_sequentially("abc", delay=30)


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("abc", delay=30)


def _activity(page: Page) -> None:
    page.get_by_label("Action").select_option("delete")


@pytest.mark.parametrize(
    ("address", "before", "ask"),
    [
        (MODEL, None, _edit),
        (MODEL, "Edit License", _save),
        (MODEL, "Edit Context length", _type),
        (MODEL, None, _revalidate),
        (MODEL, None, _delete),
        (MODEL, None, _palette),
        ("/projects/proj_ABC123/models/", None, _filter),
        ("/projects/proj_ABC123/models/", None, _search),
        ("/activity/", None, _activity),
    ],
)
def test_it_leads_to_sign_in_once_and_back(
    connected_page: Page, address: str, before: str | None, ask: Callable[[Page], None]
) -> None:
    page = connected_page
    page.goto(address)
    if before:
        page.get_by_role("button", name=before).click()
        expect(page.get_by_role("button", name="Save")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    asked: list[str] = []
    page.on("request", lambda request: "/sign-in/" in request.url and asked.append(request.url))
    ask(page)
    page.wait_for_url("**/sign-in/**")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator("#messages .toast")).to_have_count(0)
    assert len(asked) == 1, asked
    page.get_by_label("Username").fill("maintainer-96")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/connect/" in url and address.strip("/").split("/")[0] in url)


@pytest.mark.parametrize("where", ["model", "list"])
def test_a_poll_leads_to_sign_in_and_then_polling_stops(
    new_context: Callable[..., BrowserContext], sandbox: Any, where: str
) -> None:
    page = connect(sign_in(new_context().new_page()))
    sandbox.set(validation_s=60)
    page.goto(MODEL)
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    if where == "list":
        page.goto("/projects/proj_ABC123/models/?fresh=1")
        expect(page.locator("#models-poll[data-poll]")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    asked: list[str] = []
    page.on("request", lambda request: "status" in request.url and asked.append(request.url))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/sign-in/**")
    page.wait_for_timeout(2500)
    assert len([one for one in asked if "static" not in one]) == 1, asked
