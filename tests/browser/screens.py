"""Every screen in every state worth a picture, in the order in which a person is led through them."""

from __future__ import annotations

from typing import Any, NamedTuple

from playwright.sync_api import Page, expect

from sandbox.uploads import SEED
from tests.browser import ways
from tests.browser.conftest import connect
from tests.browser.server import Console
from tests.browser.ways import MODEL, connected_to, enter, failing, go, menu_opened, of
from tests.sandbox_fixture import EMPTY, PROJECT

UPLOAD = SEED[0][0]
FRESH = "/projects/proj_ABC123/models/?fresh=1"


class Screen(NamedTuple):
    """`steps` lead there, where `who` is signed in and connected; "" is someone who is not.

    `moving` is one that shows something at work; `printed` one as it comes out on paper.
    """

    name: str
    title: str
    steps: ways.Steps
    who: str = "ana"
    moving: bool = False
    printed: bool = False


SCREENS = (
    Screen("sign-in", "Sign in", go("/sign-in/"), who=""),
    Screen("sign-in-refused", "Sign in, refused", ways.sign_in_refused, who=""),
    Screen("sign-in-locked", "Sign in, too many failed attempts", ways.sign_in_locked, who=""),
    Screen("session-ended", "Session ended, met by a page", ways.session_ended),
    Screen("session-ended-in-place", "Session ended, met while editing", ways.session_ended_in_place),
    Screen("connect", "Connect a project", go("/connect/")),
    Screen("connect-refused", "Connect, key refused", ways.key_refused),
    Screen("connect-again", "Key needed again", go(f"/connect/?project={PROJECT}")),
    Screen("models", "Models", go("/projects/proj_ABC123/models/")),
    Screen("models-filtered", "Models, filtered, a menu open", ways.models_filtered),
    Screen("models-none", "Models, nothing matches", go("/projects/proj_ABC123/models/?q=nothing-like-this")),
    Screen("models-empty", "Models, an empty project", connected_to(EMPTY)),
    Screen("models-one", "Models, only one", connected_to(ways.ONE)),
    Screen("models-many", "Models, a thousand: the foot of page 7", ways.models_many),
    Screen("models-document", "Models, in the dialect with six fields a model", ways.models_document),
    Screen("models-partial", "Models, the list could only be read in part", ways.models_partial),
    Screen("models-refreshing", "Models, Refresh at work", ways.models_refreshing, moving=True),
    Screen("models-stale", "Models, statuses of a while ago", ways.models_stale),
    Screen("charts", "Charts", go("/projects/proj_ABC123/models/charts/")),
    Screen(
        "charts-empty",
        "Charts, an empty project",
        connected_to(EMPTY, "models/charts/"),
    ),
    Screen("project-menu", "Projects", menu_opened("summary.project")),
    Screen("account-menu", "Account and theme", menu_opened("summary.who")),
    Screen("palette", "Palette", ways.palette),
    Screen("keys", "Keys", ways.keys),
    Screen("model", "Model", go(MODEL)),
    Screen("model-viewer", "Model, for a Viewer: what is off says why", go(MODEL), who="dora"),
    Screen("model-failed", "Model, failed validation", of("autocomplete-15b-broken-upload")),
    Screen("model-long", "Model, a long name and description", of(ways.LONG)),
    Screen("catalog-loading", "Model, the catalog is being read", ways.catalog_loading, moving=True),
    Screen("catalog-failed", "Model, the catalog failed", ways.catalog_failed),
    Screen("editing", "Editing", ways.editing),
    Screen("editing-refused", "Editing, refused", ways.value_refused),
    Screen("saving", "Editing, Save at work", ways.saving, moving=True),
    Screen("saving-failed", "Editing, the API asks to wait", ways.saving_failed),
    Screen("connection-lost", "Editing, the connection broke", ways.connection_lost),
    Screen("conflict", "Conflict", ways.conflict),
    Screen("field-page", "Editing without JavaScript: a page of its own", go(f"{MODEL}fields/description/")),
    Screen("saved", "Saved", ways.saved),
    Screen("undone", "Undone", ways.undone),
    Screen("revalidated", "Revalidated", ways.revalidated),
    Screen("status-stale", "Validating, and the API fails meanwhile", ways.status_stale),
    Screen("delete", "Delete", ways.delete),
    Screen("delete-page", "Delete without JavaScript: a page of its own", go(f"{MODEL}delete/")),
    Screen("delete-unknown", "Delete, the outcome is not known", ways.delete_unknown),
    Screen("model-printed", "Model, printed", ways.saved, printed=True),
    Screen("activity", "Activity", ways.activity),
    Screen("activity-none", "Activity, nothing fits", go("/activity/?model=nothing-like-this")),
    Screen("activity-empty", "Activity, nothing changed yet", ways.activity_empty, who=""),
    Screen("activity-printed", "Activity, printed", ways.activity, printed=True),
    Screen("team", "Team", go("/team/?q=acme")),
    Screen("team-add", "Team, adding a person", go("/team/add/")),
    Screen("team-refused", "Team, adding a person, refused", ways.person_refused),
    Screen("account", "Account", go("/account/")),
    Screen("sessions", "Sessions", go("/account/sessions/")),
    Screen("factor", "Second factor", go("/account/factor/")),
    Screen("factor-app", "Second factor, an authenticator app", go("/account/factor/app/")),
    Screen(
        "bad-request", "400, a request that cannot be read", go(f"/projects/proj_ABC123/models/?{'&' * 1000}")
    ),
    Screen("form-stale", "403, a form gone stale", ways.form_stale),
    Screen("forbidden", "403, not in this role", go("/team/"), who="dora"),
    Screen("not-found", "404, no such page", go("/no-such-page/")),
    Screen(
        "model-gone",
        "404, no such model",
        go("/projects/proj_ABC123/models/00000000-dead-beef-0000-000000000000/"),
    ),
    Screen("key-refused", "Key refused by the API", failing(FRESH, status=401)),
    Screen("denied", "403, the key lacks the scope", failing(FRESH, status=403)),
    Screen("rate-limited", "429, asked to wait", failing(FRESH, status=429, retry_after="number")),
    Screen("api-failed", "The API fails", failing(FRESH, status=500)),
    Screen("api-down", "The API is down", failing(FRESH, kind="reset_before")),
    Screen("console-failed", "500, the console fails", ways.console_failed),
    Screen("database-away", "503, the console cannot reach its database", ways.database_away),
    Screen("offline", "Offline", ways.offline),
    *(
        Screen(name, title, steps)
        for name, title, steps in (
            ("about", "About", go("/about/")),
            ("checks", "Checks", go("/projects/proj_ABC123/models/checks/")),
            ("compare", "Compare", ways.compare),
            ("edit-all", "Edit all", go(f"{MODEL}edit/")),
            ("edit-all-refused", "Edit all, refused", ways.edit_all_refused),
            ("selection", "Selection, the value of a field", ways.selection),
            ("job-preview", "Preview of a job", ways.job_preview),
            ("job", "Job, finished", ways.job),
            ("jobs", "Jobs", ways.jobs),
            ("job-delete", "Preview of a bulk deletion", ways.job_delete),
            ("uploads-off", "Uploads, on an API without them", go("/projects/proj_ABC123/uploads/")),
        )
    ),
    # Someone else, whose session has not met an API without these routes.
    *(
        Screen(name, title, ways.with_routes(steps), who="ben")
        for name, title, steps in (
            ("model-routes", "Model, with endpoints, sharing and versions", ways.model_routes),
            ("share", "Share", ways.share),
            ("share-page", "Share without JavaScript: a page of its own", go(f"{MODEL}share/")),
            ("version-refused", "Create a version, refused", ways.version_refused),
            ("delete-endpoints", "Delete, with endpoints", ways.delete),
            ("uploads", "Uploads", go("/projects/proj_ABC123/uploads/")),
            ("upload", "Upload", go(f"/projects/proj_ABC123/uploads/{UPLOAD}/")),
            ("upload-cancel", "Cancel an upload", ways.upload_cancel),
        )
    ),
)


def show(screen: Screen, page: Page, sandbox: Any, console: Console) -> None:
    """Lead there. `page` is one that nobody has signed in to, or the one that the last screen left."""
    sandbox.reset()
    sandbox.set(dialect="openai")  # the one that lists every fact
    page.context.set_offline(False)
    page.emulate_media(media="screen")
    if screen.who:
        _at_home(page, screen.who)
    else:
        page.context.clear_cookies()
    screen.steps(page, sandbox, console)
    if not screen.moving:
        expect(page.locator(".skeleton:visible, [aria-busy=true]")).to_have_count(0)
    page.mouse.move(1, 700)  # nothing is under it there
    if screen.printed:
        page.emulate_media(media="print")
        page.evaluate("scrollTo(0, 0)")


def _at_home(page: Page, who: str) -> None:
    """Signed in, and connected to the first project. Keys may be tried only a few times a minute."""
    person = page.locator("summary.who")
    if person.count() == 0 or person.inner_text().strip() != who:
        connect(enter(page, who))
    elif PROJECT not in page.locator("summary.project").inner_text():
        page.goto(f"/projects/{PROJECT}/models/")
