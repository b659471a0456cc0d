"""Editing, revalidating, deleting: what the person waits for, against the bare call that does the change."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from tests.bench import servers
from tests.bench.report import Table
from tests.bench.servers import LIST_PATH, Server
from tests.bench.stats import Samples, middle, milliseconds
from tests.bench.talk import Kept, caller, person

LATENCIES = (0, 50)
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
CONFIRM = re.compile(r'data-match="([^"]*)"')
CSRF = "c" * 32
NOTES = [
    "From pressing the button to the answer, with the sandbox as the API; each run takes another model. *Calls*: what",
    "the console asks of the API for it. An edit reads the value first, so as not to overwrite someone else's, a",
    "deletion and a revalidation read what they are about to change; that is where the second latency comes from.",
]


class Actor:
    """Does each change on the next model of the project, by hand or through the console."""

    def __init__(self, api: Server, console: Server) -> None:
        self.bare: Kept = caller(api.port)
        self.browser: Kept = person(console.port, console.cookies[0])
        listed = [
            json.loads(self.bare.get(LIST_PATH.replace("offset=0", f"offset={at}"))) for at in (0, 100, 200)
        ]
        models = [model for page in listed for model in page["data"]]
        self.ids = itertools.cycle([model["id"] for model in models if model["status"] == "ready"])
        self.texts = itertools.count()

    def call(self, method: str, tail: str = "", body: dict | None = None) -> float:
        path = f"{LIST_PATH.partition('?')[0]}/{next(self.ids)}{tail}"
        start = time.perf_counter()
        answer = self.bare.ask(
            method, path, json.dumps(body) if body else None, Content_Type="application/json"
        )
        taken = time.perf_counter() - start
        return _checked(taken, answer.status, path)

    def edit_by_hand(self) -> float:
        return self.call("PATCH", body={"license": f"text {next(self.texts)}"})

    def edit(self) -> float:
        path = f"/projects/proj_ABC123/models/{next(self.ids)}/fields/license/"
        return self._post(path, self._form(path), value=f"text {next(self.texts)}")

    def revalidate(self) -> float:
        page = f"/projects/proj_ABC123/models/{next(self.ids)}/"
        form = self._form(page).partition(f'action="{page}revalidate/"')[2]
        return self._post(f"{page}revalidate/", form.partition("</form>")[0])

    def delete(self) -> float:
        path = f"/projects/proj_ABC123/models/{next(self.ids)}/delete/"
        form = self._form(path)
        return self._post(path, form, confirm_name=unescape(CONFIRM.search(form)[1]))  # type: ignore[index]

    def _form(self, path: str) -> str:
        return self.browser.ask("GET", path, Accept_Encoding="identity").body.decode()

    def _post(self, path: str, form: str, **fields: str) -> float:
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(form)}
        hidden.pop("csrfmiddlewaretoken", None)
        head = {
            "HX_Request": "true",
            "X_CSRFToken": CSRF,
            "Content_Type": "application/x-www-form-urlencoded",
        }
        start = time.perf_counter()
        answer = self.browser.ask("POST", path, urlencode(hidden | fields), **head)
        return _checked(time.perf_counter() - start, answer.status, path)


def _checked(taken: float, status: int, path: str) -> float:
    if not 200 <= status < 300:
        raise RuntimeError(f"{path} answered {status}")
    return taken


def measure(folder: Path, *, runs: int) -> list[Table]:
    table = Table("Changes, end to end", ["latency", "what", "ms", "calls", "x bare call"], notes=NOTES)
    with ExitStack() as stack:
        api = stack.enter_context(servers.sandbox(folder, models=1000))
        console = stack.enter_context(servers.console(folder, api=api))
        actor = Actor(api, console)
        for latency in LATENCIES:
            api.tell("/_sandbox/settings", {"latency_ms": latency})
            _changes(table, latency, api, actor, min(12, max(3, runs // 3)))
    return [table]


def _changes(table: Table, latency: int, api: Server, actor: Actor, runs: int) -> None:
    steps: dict[str, tuple[str, Callable[[], float]]] = {
        "PATCH": ("PATCH", actor.edit_by_hand),
        "edit": ("PATCH", actor.edit),
        "POST revalidate": ("POST revalidate", partial(actor.call, "POST", "/revalidate")),
        "revalidate": ("POST revalidate", actor.revalidate),
        "DELETE": ("DELETE", partial(actor.call, "DELETE")),
        "delete": ("DELETE", actor.delete),
    }
    actor.edit()
    taken: Samples = {name: [] for name in steps}
    for _ in range(runs):
        for name, (_, step) in steps.items():
            taken[name].append(step())
    for name, (base, step) in steps.items():
        calls = "1" if name == base else str(_calls(api, step))
        share = middle(taken[name]) / middle(taken[base])
        table.rows.append([f"{latency} ms", name, milliseconds(taken[name]), calls, f"{share:.2f}"])


def _calls(api: Server, step: Callable[[], float]) -> int:
    """Calls to the API that the whole change takes: opening what asks for it, and doing it."""
    before = len(api.asked("/_sandbox/requests")["requests"])
    step()
    return len(api.asked("/_sandbox/requests")["requests"]) - before
