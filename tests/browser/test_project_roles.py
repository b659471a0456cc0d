"""Roles per project: an administrator sets one by keys alone and without scripts, and its person sees it at once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_everywhere, sign_in
from tests.editing import MODEL
from tests.sandbox_fixture import PROJECT


def test_a_role_that_is_set_by_keys_counts_for_the_open_page_of_its_person(
    new_context: Callable[..., BrowserContext], models_page: Page
) -> None:
    person = models_page
    username = person.locator(".who span").first.inner_text()
    person.goto(MODEL)
    delete = person.get_by_role("button", name="Delete", exact=True).or_(
        person.get_by_role("link", name="Delete", exact=True)
    )
    expect(delete).to_be_enabled()

    admin = sign_in(new_context(java_script_enabled=False).new_page(), "administrator")
    admin.goto(f"/team/projects/?person={username}")
    admin.get_by_label("Username").press("Tab")
    admin.keyboard.type("proj_*")
    admin.keyboard.press("Tab")
    admin.keyboard.type("View")
    admin.keyboard.press("Tab")
    admin.keyboard.press("Enter")
    table = admin.get_by_role("table", name="Project roles")
    expect(table.get_by_role("row", name=username)).to_contain_text("Viewer")

    person.reload()
    reason = f"Deleting needs the Maintainer role. In {PROJECT} your role is Viewer."
    expect(person.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    expect(person.get_by_role("button", name="Delete", exact=True)).to_have_attribute("title", reason)
    person.locator("summary.who").click()
    expect(person.get_by_text(f"Viewer in {PROJECT}", exact=True)).to_be_visible()
    axe_everywhere(person)

    admin.get_by_role("button", name=f"Remove Viewer of {username} in proj_*").press("Enter")
    expect(admin.locator("#messages")).to_contain_text(f"Removed: {username} in proj_*: Viewer.")
    person.reload()
    expect(delete).to_be_enabled()


def test_the_page_of_project_roles_passes_axe(new_context: Callable[..., BrowserContext]) -> None:
    admin = sign_in(new_context().new_page(), "administrator")
    admin.goto("/team/projects/")
    admin.get_by_label("Username").fill("nobody-of-this-name")
    admin.get_by_label("Project or pattern").fill("prod-?")
    admin.get_by_role("button", name="Add role").click()
    expect(admin.get_by_text("There is no account with this name.")).to_be_visible()
    axe_everywhere(admin)
