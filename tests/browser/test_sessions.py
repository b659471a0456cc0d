"""A session that ended under an open page: whatever htmx asks next leads to sign-in, once, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_everywhere, fits
from tests.browser.server import Console
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
        ("/projects/proj_ABC123/models/?q=llama", None, _search),
        ("/activity/", None, _activity),
    ],
)
def test_it_leads_to_sign_in_once_with_the_way_back(
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
    assert parse_qs(urlsplit(page.url).query)["next"] == [address]


@pytest.mark.parametrize("where", ["model", "list"])
def test_a_poll_leads_to_sign_in_and_then_polling_stops(
    new_connected_page: Callable[..., Page], sandbox: Any, where: str
) -> None:
    page = new_connected_page()
    sandbox.set(validation_s=60)
    page.clock.install()
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
    page.clock.run_for(20_000)
    assert len([one for one in asked if "static" not in one]) == 1, asked


def session_ends_in(page: Page, console: Console, seconds: float) -> None:
    """Move the end of this person's session, as the passing of time would."""
    # A panel that loads later would save the session with its old end.
    page.wait_for_load_state("networkidle")
    key = next(cookie["value"] for cookie in page.context.cookies() if "sessionid" in cookie["name"])
    end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    with closing(sqlite3.connect(console.database, timeout=10)) as database, database:
        database.execute(
            "UPDATE django_session SET expire_date = ? WHERE session_key = ?",
            (end.strftime("%Y-%m-%d %H:%M:%S.%f"), key),
        )


def test_two_minutes_before_the_idle_end_a_note_offers_to_stay(models_page: Page, console: Console) -> None:
    page = models_page  # this visit moves the end of the session on, so that the next page knows all of it
    page.clock.install()
    page.goto(MODEL)
    _edit(page)
    note = page.get_by_text("because you haven't used the console for a while")
    page.clock.fast_forward("01:57:00")
    expect(note).to_have_count(0)
    session_ends_in(page, console, 100)
    page.clock.fast_forward("01:30")
    expect(note).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 700})
    fits(page)
    axe_everywhere(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(note).to_have_count(0)
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    page.clock.fast_forward("01:57:00")
    expect(note).to_have_count(0)


def test_the_note_goes_where_another_tab_has_used_the_session(connected_page: Page, console: Console) -> None:
    page = connected_page
    page.clock.install()
    page.goto(MODEL)
    session_ends_in(page, console, 100)
    page.clock.fast_forward("01:58:10")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_visible()
    other = page.context.new_page()
    other.goto("/account/")
    page.clock.fast_forward("00:16")
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)


def test_an_open_page_leads_to_signing_in_when_the_session_has_ended(
    connected_page: Page, console: Console
) -> None:
    page = connected_page
    page.clock.install()
    page.goto(MODEL)
    session_ends_in(page, console, -1)
    page.clock.fast_forward("01:58:10")
    page.wait_for_url("**/sign-in/?next=/projects/**")
