"""Every screen in every state worth a picture, and how a person gets there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.conftest import connect, sign_in
from tests.editing import elsewhere
from tests.sandbox_fixture import EMPTY, EXAMPLE_ID, KEYS, PROJECT, REVOKED_KEY

MODEL = f"/models/{EXAMPLE_ID}/"
Steps = Callable[[Page, Any], object]


class Screen(NamedTuple):
    """`steps(page, sandbox)` leads a signed-in, connected administrator there, or a stranger."""

    name: str
    title: str
    steps: Steps
    stranger: bool = False


def go(path: str) -> Steps:
    return lambda page, sandbox: page.goto(path)


def failing(path: str, **fault: Any) -> Steps:
    """The page at `path`, asked for while the API fails so."""

    def steps(page: Page, sandbox: Any) -> None:
        page.goto("/account/")
        sandbox.fault(**{"kind": "status", "times": 3} | fault)
        page.goto(path)

    return steps


def _refused_sign_in(page: Page, sandbox: Any) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _refused_key(page: Page, sandbox: Any) -> None:
    page.goto("/connect/")
    page.get_by_label("Project ID").fill(PROJECT)
    page.get_by_label("API key").fill(REVOKED_KEY)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


def _key_needed_again(page: Page, sandbox: Any) -> None:
    page.goto(f"/connect/?project={PROJECT}")


def _empty(page: Page, sandbox: Any) -> None:
    connect(page, EMPTY, KEYS[EMPTY])


def _palette(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Find", exact=True).click()
    page.keyboard.type("ed")
    expect(page.locator("#palette-models [role=option]").first).to_be_visible()


def _keys(page: Page, sandbox: Any) -> None:
    page.goto("/models/")
    page.keyboard.press("?")


def _editing(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_role("textbox", name="Context length").fill("128k")
    expect(page.get_by_text("Will be sent as 131,072 tokens.")).to_be_visible()


def _refused_value(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Context length").click()
    page.get_by_role("textbox", name="Context length").fill("1,5k")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _conflict(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Edit Description").click()
    page.get_by_role("textbox", name="Description").fill("Code generation for the payments team")
    elsewhere(sandbox, description="Code generation, fine-tuned in November")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".versus")).to_be_visible()


def _saved(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    for label, text in (("License", "Apache-2.0"), ("Context length", "64k")):
        page.get_by_role("button", name=f"Edit {label}").click()
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("button", name=f"Edit {label}")).to_be_focused()
    expect(page.locator("#history .line")).not_to_have_count(0)


def _revalidated(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    expect(page.locator("#model-status")).to_contain_text("Ready")
    expect(page.get_by_role("heading", name="Last revalidation")).to_be_visible()


def _catalog_failed(page: Page, sandbox: Any) -> None:
    sandbox.fault("status", status=503, route="catalog", times=3)
    page.goto(MODEL)
    expect(page.locator("#catalog .problem")).to_be_visible()


def _delete(page: Page, sandbox: Any) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").wait_for()


def _activity(page: Page, sandbox: Any) -> None:
    _saved(page, sandbox)
    page.goto("/activity/")


def _offline(page: Page, sandbox: Any) -> None:
    page.goto("/models/")
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()


SCREENS = (
    Screen("sign-in", "Sign in", go("/sign-in/"), stranger=True),
    Screen("sign-in-refused", "Sign in, refused", _refused_sign_in, stranger=True),
    Screen("connect", "Connect a project", go("/connect/")),
    Screen("connect-refused", "Connect, key refused", _refused_key),
    Screen("connect-again", "Key needed again", _key_needed_again),
    Screen("models", "Models", go("/models/")),
    Screen("models-none", "Models, nothing matches", go("/models/?q=nothing-like-this")),
    Screen("models-empty", "Models, an empty project", _empty),
    Screen("charts", "Charts", go("/models/charts/")),
    Screen("palette", "Palette", _palette),
    Screen("keys", "Keys", _keys),
    Screen("model", "Model", go(MODEL)),
    Screen("editing", "Editing", _editing),
    Screen("editing-refused", "Editing, refused", _refused_value),
    Screen("conflict", "Conflict", _conflict),
    Screen("saved", "Saved", _saved),
    Screen("revalidated", "Revalidated", _revalidated),
    Screen("catalog-failed", "Catalog, failed", _catalog_failed),
    Screen("delete", "Delete", _delete),
    Screen("activity", "Activity", _activity),
    Screen("activity-none", "Activity, nothing fits", go("/activity/?model=nothing-like-this")),
    Screen("team", "Team", go("/team/?q=administrator-1")),
    Screen("team-add", "Team, adding a person", go("/team/add/")),
    Screen("account", "Account", go("/account/")),
    Screen("not-found", "404, no such page", go("/no-such-page/")),
    Screen("model-gone", "404, no such model", go("/models/00000000-dead-beef-0000-000000000000/")),
    Screen("key-refused", "Key refused by the API", failing("/models/?fresh=1", status=401)),
    Screen("denied", "403, the key lacks the scope", failing("/models/?fresh=1", status=403)),
    Screen(
        "rate-limited", "429, asked to wait", failing("/models/?fresh=1", status=429, retry_after="number")
    ),
    Screen("api-failed", "The API fails", failing("/models/?fresh=1", status=500)),
    Screen("api-down", "The API is down", failing("/models/?fresh=1", kind="reset_before")),
    Screen("offline", "Offline", _offline),
)


def show(screen: Screen, page: Page, sandbox: Any) -> None:
    """Lead there. `page` is one that nobody has signed in to, or the one that the last screen left."""
    sandbox.reset()
    page.context.set_offline(False)
    if not screen.stranger:
        _at_home(page)
    screen.steps(page, sandbox)
    expect(page.locator(".skeleton:visible")).to_have_count(0)


def _at_home(page: Page) -> None:
    """Signed in, and connected to the first project. Keys may be tried only a few times a minute."""
    if page.locator("summary.who").count() == 0:
        connect(sign_in(page, "administrator"))
    elif PROJECT not in page.locator("summary.project").inner_text():
        page.goto("/connect/")
        page.get_by_role("button", name=f"Switch to {PROJECT}").click()
        page.wait_for_url("**/models/")
