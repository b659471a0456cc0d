"""The first way of a person: sign in, connect, find a model, read it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import connect, sign_in
from tests.browser.server import PASSWORD


def test_a_person_signs_in_connects_finds_a_model_and_reads_it(page: Page) -> None:
    page.goto("/projects/proj_ABC123/models/")
    expect(page).to_have_title("Sign in · Xerotier Console")
    connect(sign_in(page))
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    page.get_by_label("Search models").fill("my-custom")
    expect(page.get_by_role("table", name="Models").locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="my-custom-model").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("my-custom-model")
    expect(page.get_by_text("Deployable")).to_be_visible()


def test_a_wrong_password_is_said_in_place(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill(PASSWORD + "!")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("viewer")
