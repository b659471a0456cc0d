"""How a person gets to a screen: by pressing and typing, with the faults of the sandbox where something fails."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import connect
from tests.browser.server import PASSWORD, Console
from tests.editing import MODEL, elsewhere
from tests.sandbox_fixture import EMPTY, KEYS, LARGE, PROJECT, REVOKED_KEY

ONE = "ws_0a1b2c3d"  # a project with one model
LONG = (
    "qwen3-30b-a3b-instruct-2507-fp8-dynamic-kv-cache-calibrated-on-internal-support-dialogues-"
    "2025q4-candidate-07"
)
Steps = Callable[[Page, Any, Console], object]


def go(path: str) -> Steps:
    return lambda page, sandbox, console: page.goto(path)


def failing(path: str, **fault: Any) -> Steps:
    """The page at `path`, asked for while the API fails so."""

    def steps(page: Page, sandbox: Any, console: Console) -> None:
        page.goto("/account/")
        sandbox.fault(**{"kind": "status", "times": 3} | fault)
        page.goto(path)

    return steps


def of(name: str) -> Steps:
    """The page of the model with that name."""
    return lambda page, sandbox, console: page.goto(_address(sandbox, name))


def _address(sandbox: Any, name: str) -> str:
    models = sandbox.store.project(PROJECT).models
    return next(
        f"/projects/proj_ABC123/models/{found}/"
        for found, model in models.items()
        if model.facts["name"] == name
    )


# ---- Signing in and connecting --------------------------------------------------------------


def enter(page: Page, username: str) -> Page:
    page.context.clear_cookies()
    page.goto("/sign-in/")
    _sign_in(page, username, PASSWORD)
    page.wait_for_url("**/connect/**")
    return page


def _sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_in_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/sign-in/")
    _sign_in(page, "gil", "not the right one")
    expect(page.get_by_role("alert")).to_be_visible()


def sign_in_locked(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/sign-in/")
    said = page.get_by_role("alert")
    while not (said.count() and "Too many" in said.inner_text()):
        with page.expect_navigation():
            _sign_in(page, "fay", "not the right one")


def session_ended(page: Page, sandbox: Any, console: Console) -> None:
    """Met by a page."""
    _forget_session(page, console)
    page.goto(MODEL)


def session_ended_in_place(page: Page, sandbox: Any, console: Console) -> None:
    """Met by a part of a page."""
    page.goto(MODEL)
    page.wait_for_load_state("networkidle")  # a panel that loads later would meet it first, and lead away too
    _forget_session(page, console)
    page.get_by_role("button", name="Edit License").click()
    page.wait_for_url("**/sign-in/**")


def _forget_session(page: Page, console: Console) -> None:
    """Of this person alone: other tests have theirs in the same database."""
    keys = [(c["value"],) for c in page.context.cookies() if "sessionid" in c["name"]]
    assert keys
    with closing(sqlite3.connect(console.database, timeout=10)) as database, database:
        database.executemany("DELETE FROM django_session WHERE session_key = ?", keys)


def key_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/connect/")
    page.get_by_label("Project ID").fill(PROJECT)
    page.get_by_label("API key").fill(REVOKED_KEY)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


# ---- Models ---------------------------------------------------------------------------------


def connected_to(project: str, path: str = "models/") -> Steps:
    def steps(page: Page, sandbox: Any, console: Console) -> None:
        connect(page, project, KEYS[project])
        page.goto(f"/projects/{project}/{path}")

    return steps


def models_partial(page: Page, sandbox: Any, console: Console) -> None:
    """The first page of the list comes, the second does not."""
    connect(page, LARGE, KEYS[LARGE])
    sandbox.fault("status", route="list", status=503, skip=1, times=8)
    page.goto(f"/projects/{LARGE}/models/?fresh=1")
    expect(page.get_by_text("cover only the models that were read")).to_be_visible()


def models_many(page: Page, sandbox: Any, console: Console) -> None:
    connect(page, LARGE, KEYS[LARGE])
    page.goto(f"/projects/{LARGE}/models/?page=7")
    page.get_by_role("navigation", name="Pages").scroll_into_view_if_needed()


def models_document(page: Page, sandbox: Any, console: Console) -> None:
    sandbox.set(dialect="document")
    page.goto("/projects/proj_ABC123/models/?fresh=1")


def models_filtered(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/projects/proj_ABC123/models/?q=a&status=ready&format=safetensors")
    filters = page.get_by_role("button", name="Filters")
    if filters.is_visible():  # in narrow windows they are in a sheet
        filters.click()
    page.locator("#menu-workload summary").click()


def models_stale(page: Page, sandbox: Any, console: Console) -> None:
    """A model validates, and the answer to the poll for its status is a failure."""
    sandbox.set(validation_s=600)
    sandbox.store.reset()
    page.goto("/projects/proj_ABC123/models/?fresh=1")
    sandbox.fault("status", route="list", status=503, times=None)
    expect(page.get_by_text("Statuses as of")).to_be_visible()


def models_refreshing(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/projects/proj_ABC123/models/?fresh=1")
    sandbox.fault("slow", route="list", seconds=60)
    refresh = page.get_by_role("link", name="Refresh")
    refresh.click()
    expect(refresh).to_have_attribute("aria-busy", "true")


def palette(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Find", exact=True).click()
    page.keyboard.type("ed")
    expect(page.locator("#palette-models [role=option]").first).to_be_visible()


def keys(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/projects/proj_ABC123/models/")
    page.keyboard.press("?")


def menu_opened(summary: str) -> Steps:
    def steps(page: Page, sandbox: Any, console: Console) -> None:
        page.goto("/projects/proj_ABC123/models/")
        page.locator(summary).click()

    return steps


def offline(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/projects/proj_ABC123/models/")
    page.context.set_offline(True)
    expect(page.get_by_text("You're offline")).to_be_visible()


# ---- One model ------------------------------------------------------------------------------


def editing(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    _edit(page, "Context length", "128k")
    expect(page.get_by_text("Will be sent as 131,072 tokens.")).to_be_visible()


def _edit(page: Page, label: str, text: str) -> None:
    page.get_by_role("button", name=f"Edit {label}").click()
    page.get_by_label(label, exact=True).fill(text)


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def value_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    _edit(page, "Context length", "1,5k")
    _save(page)
    expect(page.get_by_role("alert")).to_be_visible()


def saving(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(_address(sandbox, "tutor-phi4"))
    _edit(page, "License", "Apache-2.0")
    sandbox.fault("timeout_before", route="update", seconds=60)
    _save(page)
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-busy", "true")


def saving_failed(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(_address(sandbox, "tutor-phi4"))
    _edit(page, "License", "MIT")
    sandbox.fault("status", route="update", status=429, retry_after="number", seconds=40)
    _save(page)
    expect(page.get_by_role("alert")).to_be_visible()


def conflict(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    _edit(page, "Description", "Code generation for the payments team")
    elsewhere(sandbox, description="Code generation, fine-tuned in November")
    _save(page)
    expect(page.locator(".versus")).to_be_visible()


def saved(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    for label, text in (("License", "Apache-2.0"), ("Context length", "64k")):
        _edit(page, label, text)
        _save(page)
        expect(page.get_by_role("button", name=f"Edit {label}")).to_be_focused()
    expect(page.locator("#history .line")).not_to_have_count(0)


def undone(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    _edit(page, "Context length", "16k")
    _save(page)
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Undone")


def revalidated(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(_address(sandbox, "intent-router"))
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    expect(page.locator("#model-status")).to_contain_text("Ready")
    expect(page.get_by_role("heading", name="Last revalidation")).to_be_visible()


def status_stale(page: Page, sandbox: Any, console: Console) -> None:
    """The poll for the status of a model that validates is answered with a failure."""
    sandbox.set(validation_s=600)
    page.goto(_address(sandbox, "finance-qa"))
    page.get_by_role("button", name="Revalidate").click()
    expect(page.locator("#model-status")).to_contain_text("Validating")
    sandbox.fault("status", route="get", status=503, times=None)
    expect(page.locator("#model-status")).to_contain_text("As of")


def catalog_loading(page: Page, sandbox: Any, console: Console) -> None:
    sandbox.fault("slow", route="catalog", seconds=60)
    page.goto(MODEL)
    expect(page.locator("#catalog .skeleton")).to_be_visible()


def catalog_failed(page: Page, sandbox: Any, console: Console) -> None:
    sandbox.fault("status", status=503, route="catalog", times=3)
    page.goto(MODEL)
    expect(page.locator("#catalog .problem")).to_be_visible()


def delete(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").wait_for()


def delete_unknown(page: Page, sandbox: Any, console: Console) -> None:
    """The response to the deletion is lost, and so is the one that would show the result."""
    delete(page, sandbox, console)
    page.get_by_label("to confirm").fill("my-custom-model")
    sandbox.fault("reset_before", route="delete")
    sandbox.fault("status", route="get", status=503, skip=1, times=None)
    page.get_by_role("button", name="Delete model").click()
    expect(page.get_by_role("link", name="View activity")).to_be_visible()


def connection_lost(page: Page, sandbox: Any, console: Console) -> None:
    """Only the answer to Save gets lost: the browser did not notice that it is offline."""
    page.goto(MODEL)
    _edit(page, "Architecture", "MistralForCausalLM")
    page.route("**/fields/architecture/", lambda route: route.abort("internetdisconnected"))
    _save(page)
    expect(page.get_by_text("The connection was lost")).to_be_visible()
    page.unroute_all()


# ---- Activity, team, failures of the console ------------------------------------------------


def activity(page: Page, sandbox: Any, console: Console) -> None:
    saved(page, sandbox, console)
    page.goto("/activity/")


def activity_empty(page: Page, sandbox: Any, console: Console) -> None:
    connect(enter(page, "chen"), EMPTY, KEYS[EMPTY])
    page.goto("/activity/")


def form_stale(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/team/add/")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


def person_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto("/team/add/")
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Password", exact=True).fill("password")
    page.get_by_label("Password confirmation").fill("passwort")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()


def console_failed(page: Page, sandbox: Any, console: Console) -> None:
    """A row of the activity is damaged."""
    activity(page, sandbox, console)
    damage = (
        "UPDATE models_admin_activity SET changes = 7 WHERE id = (SELECT max(id) FROM models_admin_activity)"
    )
    with _damaged(console, damage, "UPDATE models_admin_activity SET changes = '[]' WHERE changes = 7"):
        page.goto("/activity/")


def database_away(page: Page, sandbox: Any, console: Console) -> None:
    damage = "ALTER TABLE django_session RENAME TO away"
    with _damaged(console, damage, "ALTER TABLE away RENAME TO django_session"):
        page.goto("/projects/proj_ABC123/models/")


@contextmanager
def _damaged(console: Console, damage: str, repair: str) -> Iterator[None]:
    with closing(sqlite3.connect(console.database, timeout=10, isolation_level=None)) as database:
        database.execute(damage)
        try:
            yield
        finally:
            database.execute(repair)


# ---- Many models, and all fields of one -----------------------------------------------------

MODELS = f"/projects/{PROJECT}/models/"


def compare(page: Page, sandbox: Any, console: Console) -> None:
    first, second, *_rest = sandbox.store.project(PROJECT).models
    page.goto(f"{MODELS}compare/?id={first}&id={second}")


def edit_all_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(f"{MODEL}edit/")
    page.get_by_label("Context length").fill("many")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def selection(page: Page, sandbox: Any, console: Console) -> None:
    _select(page)
    page.locator("#selection").get_by_label("Field").select_option("license")
    page.get_by_role("button", name="Set…").click()
    expect(page.get_by_label("License")).to_be_visible()


def job_preview(page: Page, sandbox: Any, console: Console) -> None:
    selection(page, sandbox, console)
    page.get_by_label("License").fill("LicenseRef-of-the-screens")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def job(page: Page, sandbox: Any, console: Console) -> None:
    job_preview(page, sandbox, console)
    sandbox.fault("status", method="PATCH", status=400, message="No such licence.")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#job")).to_contain_text("Finished", timeout=40_000)


def jobs(page: Page, sandbox: Any, console: Console) -> None:
    job(page, sandbox, console)
    page.goto(f"/projects/{PROJECT}/jobs/")


def job_delete(page: Page, sandbox: Any, console: Console) -> None:
    _select(page)
    page.locator("#selection").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This is permanent.")).to_be_visible()


def _select(page: Page) -> None:
    page.goto(MODELS)
    boxes = page.get_by_role("checkbox", name=re.compile("^Select (?!all)"))
    for number in range(3):
        boxes.nth(number).check()


# ---- What not every API has -----------------------------------------------------------------


def with_routes(steps: Steps) -> Steps:
    """The same where the API has all optional routes."""

    def begin(page: Page, sandbox: Any, console: Console) -> None:
        sandbox.set(endpoints="on", sharing="on", versions="on", uploads="on")
        steps(page, sandbox, console)

    return begin


def model_routes(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    expect(page.get_by_role("region", name="Versions")).to_contain_text("latest")
    expect(page.get_by_role("region", name="Endpoints")).to_contain_text("eu-west")


def share(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(MODEL)
    page.get_by_role("button", name="Share…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def version_refused(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(f"{MODEL}versions/")
    page.get_by_text("New version", exact=True).click()
    page.get_by_label("Version", exact=True).fill("9")
    page.get_by_role("button", name="Create version").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def upload_cancel(page: Page, sandbox: Any, console: Console) -> None:
    page.goto(f"/projects/{PROJECT}/uploads/")
    page.get_by_role("button", name="Cancel the upload of").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
