"""The kinds of call a person makes, each ready to be sent through the console's own pages.

A change reads the model first and then sends; either may meet the fault, so each change stands here twice.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client

from models_admin.access.connections import Access
from models_admin.access.tokens import token_issue
from models_admin.models import Activity, DeletionRequest, ProjectSettings
from models_admin.services.deleting import delete_plan
from models_admin.services.deletion_requests import deletion_ask
from models_admin.xerotier.secret import Secret
from sandbox.running import Running
from sandbox.uploads import SEED
from sandbox.versions import add
from tests.editing import field_url, form_open, hidden, save, value_of
from tests.faults.kinds import BEFORE_A_CHANGE, FAULTS, ON_EVERY_PAGE, ON_READING_PAGES, Fault
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

PAGE = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
NAME = "my-custom-model"
UPLOADS = f"/projects/{PROJECT}/uploads/"
UPLOAD, FILE = SEED[0][:2]
OLD = "A fine-tuned LLM for code generation"
TYPED = 'What I typed <b>must</b> & "will" not be lost'


@dataclass(frozen=True)
class Ready:
    """A call that waits to be sent. `happened` asks the sandbox whether the change was carried out."""

    client: Client
    method: str
    url: str
    data: dict[str, str] = field(default_factory=dict)
    happened: Callable[[], bool] = lambda: False
    typed: str = ""

    def send(self, headers: dict[str, str]) -> HttpResponse:
        if headers:
            headers = {**headers, "HX-Current-URL": f"http://testserver{PAGE}"}
        send = self.client.post if self.method == "POST" else self.client.get
        return send(self.url, self.data, headers=headers)


@dataclass(frozen=True)
class Kind:
    """`route` is the one of the API that meets the fault. `change`: the method of the change, "" for a reading.

    `says_done` is what a page says where the change happened, `first` marks the reading before a change. `is_own` marks
    what the console keeps itself: the API is only read.
    """

    name: str
    route: str
    ready: Callable[[Client, Running, bool], Ready]
    change: str = ""
    says_done: str = ""
    first: bool = False
    is_own: bool = False

    def __str__(self) -> str:
        return self.name


def _list(client: Client, sandbox: Running, htmx: bool) -> Ready:
    return Ready(
        client, "GET", "/projects/proj_ABC123/models/rows/" if htmx else "/projects/proj_ABC123/models/"
    )


def _detail(client: Client, sandbox: Running, htmx: bool) -> Ready:
    return Ready(client, "GET", f"{field_url('description')}value/" if htmx else PAGE)


def _catalog(client: Client, sandbox: Running, htmx: bool) -> Ready:
    return Ready(client, "GET", f"{PAGE}catalog/" if htmx else f"{PAGE}?catalog=1")


def _poll(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.settings.validation_s = 3600
    sandbox.store.revalidate(sandbox.store.project(PROJECT), EXAMPLE_ID)
    page = client.get(PAGE).content.decode()
    url = re.search(r'hx-get="([^"]*/status/[^"]*)"', page).group(1)  # type: ignore[union-attr]
    return Ready(client, "GET", html.unescape(url))


def _list_poll(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.settings.validation_s = 3600
    sandbox.store.revalidate(sandbox.store.project(PROJECT), EXAMPLE_ID)
    return Ready(client, "GET", f"/projects/proj_ABC123/models/statuses/?id={EXAMPLE_ID}")


def _edit(client: Client, sandbox: Running, htmx: bool) -> Ready:
    form = {**form_open(client, "description"), "value": TYPED}
    url = field_url("description")
    return Ready(client, "POST", url, form, lambda: value_of(sandbox, "description") == TYPED, TYPED)


def _revalidate(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.settings.validation_s = 3600
    url = f"{PAGE}revalidate/"
    page = client.get(PAGE).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page[page.index(f'action="{url}"') :])
    assert token
    return Ready(
        client, "POST", url, {"token": token.group(1)}, lambda: value_of(sandbox, "status") == "validating"
    )


def _share(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(sharing="on")
    form = hidden(client.get(f"{PAGE}share/"))
    return Ready(client, "POST", f"{PAGE}share/", form, lambda: value_of(sandbox, "is_shared") is True)


def _unshare(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(sharing="on")
    sandbox.store.model(sandbox.store.project(PROJECT), EXAMPLE_ID).change({"is_shared": True})
    form = hidden(client.get(f"{PAGE}unshare/"))
    return Ready(client, "POST", f"{PAGE}unshare/", form, lambda: value_of(sandbox, "is_shared") is False)


def _versions(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(versions="on")
    return Ready(client, "GET", f"{PAGE}versions/")


def _version_add(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(versions="on")
    token = _token_for(client, f"{PAGE}versions/", 'name="version"')
    form = {"token": token, "version": "9.0.0", "version_notes": TYPED}
    return Ready(client, "POST", f"{PAGE}versions/", form, lambda: "9.0.0" in _latest(sandbox), TYPED)


def _promote(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(versions="on")
    add(sandbox.store, sandbox.store.project(PROJECT), EXAMPLE_ID, {"version": "8.0.0"})
    url = f"{PAGE}versions/8.0.0/promote/"
    token = _token_for(client, f"{PAGE}versions/", f'action="{url}"', after=True)
    return Ready(client, "POST", url, {"token": token}, lambda: _latest(sandbox)["8.0.0"])


def _latest(sandbox: Running) -> dict[str, bool]:
    """Whether each version is the latest."""
    found = sandbox.store.project(PROJECT).versions[EXAMPLE_ID]
    return {item["version"]: item["is_latest"] for item in found}


def _token_for(client: Client, url: str, mark: str, *, after: bool = False) -> str:
    """The token before, or after, the place of a form."""
    before, _, behind = client.get(url).content.decode().partition(mark)
    found = re.findall(r'name="token" value="([^"]+)"', behind if after else before)
    return html.unescape(found[0 if after else -1])


def _endpoints(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(endpoints="on")
    return Ready(client, "GET", f"{PAGE}endpoints/?name={NAME}" if htmx else f"{PAGE}?endpoints=1")


def _uploads(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(uploads="on")
    return Ready(client, "GET", f"{UPLOADS}rows/" if htmx else UPLOADS)


def _cancel(client: Client, sandbox: Running, htmx: bool) -> Ready:
    sandbox.set(uploads="on")
    url = f"{UPLOADS}{UPLOAD}/cancel/"
    form = hidden(client.get(url))
    found = sandbox.store.project(PROJECT).uploads or []
    return Ready(client, "POST", url, form, lambda: found[0]["status"] == "cancelled")


def _delete(client: Client, sandbox: Running, htmx: bool) -> Ready:
    url = f"{PAGE}delete/"
    token = re.search(r'name="token" value="([^"]+)"', client.get(url).content.decode())
    assert token
    form = {"token": token.group(1), "confirm_name": NAME}
    models = sandbox.store.project(PROJECT).models
    return Ready(client, "POST", url, form, lambda: EXAMPLE_ID not in models, NAME)


def _ask(client: Client, sandbox: Running, htmx: bool) -> Ready:
    ProjectSettings.objects.create(project=PROJECT, approve_deletions=True)
    form = hidden(client.get(f"{PAGE}delete/")) | {"reason": TYPED}
    return Ready(client, "POST", f"{PAGE}delete/", form, DeletionRequest.objects.exists, TYPED)


def _approve(client: Client, sandbox: Running, htmx: bool) -> Ready:
    """Someone else has asked for the deletion."""
    asker = User.objects.create_user("asker")
    asker.groups.set([Group.objects.get(name="Maintainer")])
    access = Access(user=asker, project=PROJECT, key=Secret(KEY))
    token = delete_plan(access=access, model_id=EXAMPLE_ID).token
    asked = deletion_ask(access=access, model_id=EXAMPLE_ID, reason="Superseded", token=token)
    url = f"/projects/{PROJECT}/requests/{asked.pk}/"
    form = hidden(client.get(url)) | {"confirm_name": NAME}
    models = sandbox.store.project(PROJECT).models
    return Ready(client, "POST", f"{url}approve/", form, lambda: EXAMPLE_ID not in models, NAME)


def _undo(client: Client, sandbox: Running, htmx: bool) -> Ready:
    save(client, "description", "A value to be undone")
    client.get(PAGE)  # takes the message of that save
    row = Activity.objects.get()
    token = token_issue(
        user=client.user,  # type: ignore[attr-defined]
        project=PROJECT,
        model_id=EXAMPLE_ID,
        purpose=f"undo:{row.pk}",
    )
    url = f"/projects/proj_ABC123/activity/{row.pk}/undo/"
    return Ready(client, "POST", url, {"token": token}, lambda: value_of(sandbox, "description") == OLD)


def _connect(client: Client, sandbox: Running, htmx: bool) -> Ready:
    client.post("/connect/forget/", {"project": PROJECT})
    return Ready(client, "POST", "/connect/", {"project_id": PROJECT, "api_key": KEY}, typed=PROJECT)


READS = [
    Kind("list", "list", _list),
    Kind("detail", "get", _detail),
    Kind("catalog", "catalog", _catalog),
    Kind("versions", "versions", _versions),
    Kind("endpoints", "endpoints", _endpoints),
    Kind("uploads", "uploads", _uploads),
    Kind("poll", "get", _poll),
    Kind("poll-list", "list", _list_poll),
]
CONNECT = Kind("connect", "list", _connect)
_CHANGES = [
    ("edit", "update", _edit, "PATCH", r"Description of .{1,60}? (saved\.|(?<!Nothing )was sent\. )"),
    ("revalidate", "revalidate", _revalidate, "POST", rf"Revalidation of {NAME} started\."),
    ("delete", "delete", _delete, "DELETE", rf"{NAME} was deleted\."),
    ("approve", "delete", _approve, "DELETE", rf"{NAME} was deleted\."),
    ("share", "share", _share, "POST", rf"{NAME} is shared in the public catalog\."),
    ("unshare", "unshare", _unshare, "POST", rf"{NAME} is no longer shared\."),
    ("version", "version_add", _version_add, "POST", r"Version 9\.0\.0 was created\."),
    ("promote", "promote", _promote, "POST", r"Version 8\.0\.0 is now the latest\."),
    ("cancel", "upload_cancel", _cancel, "POST", r"The upload of \S+ was cancelled\."),
    ("undo", "update", _undo, "PATCH", r"Undone: |Description of .{1,60}? (?<!Nothing )was sent\. "),
]
CHANGES = [Kind(name, route, ready, method, done) for name, route, ready, method, done in _CHANGES]
FIRST_READS = [
    Kind(f"{name}-reading-first", "upload" if name == "cancel" else "get", ready, method, done, first=True)
    for name, _, ready, method, done in _CHANGES
]
OWN = [Kind("ask", "get", _ask, says_done="You asked for this deletion", first=True, is_own=True)]
KINDS = [*READS, CONNECT, *CHANGES, *FIRST_READS, *OWN]


def faults_of(kind: Kind) -> list[Fault]:
    """The faults that a kind of call meets."""
    names = set(ON_EVERY_PAGE)
    if kind in [*READS, CONNECT]:
        names |= set(ON_READING_PAGES)
    elif kind.first:
        names &= set(BEFORE_A_CHANGE)
    return [fault for fault in FAULTS if fault.name in names]


def forms_of(kind: Kind, fault: Fault, number: int) -> list[str]:
    """The forms in which a kind of call meets a fault, which is the `number`-th of its effect.

    Readings have another address as a fragment, with a template of its own, so malformed values meet both. What a
    failure or a change shows depends on its effect: each effect meets both forms, each fault one of them.
    """
    both = fault.effect == "not_sent" or fault.name in ("404", "403-scope") or fault.title is None
    if both and (kind in READS or fault.effect == "not_sent"):
        return ["page", "htmx"]
    return [("page", "htmx")[(number + KINDS.index(kind)) % 2]]


def cases() -> Iterator[tuple[str, Fault, Kind]]:
    """Fault by fault, so that the report shows all failures of one fault together."""
    number: Counter[tuple[str, str]] = Counter()
    for fault in FAULTS:
        for kind in KINDS:
            if fault in faults_of(kind):
                for form in forms_of(kind, fault, number[kind.name, fault.effect]):
                    yield form, fault, kind
                number[kind.name, fault.effect] += 1


CASES = list(cases())
