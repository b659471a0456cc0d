"""Each kind of error on each kind of call, through the console's own pages: `python -m tests.faults` counts them.

Four things hold for all: no 500, no wrong claim, nothing typed lost, nothing sent twice. What is special to a
fault is listed in `kinds` and asserted here too. How each fault becomes an error is tested at the client, in
`tests/contract/test_every_fault.py`.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from models_admin.models import Activity
from tests.editing import HTMX
from tests.faults.calls import CASES, CONNECT, FILE, NAME, Kind, Ready
from tests.faults.kinds import STATUSES, Fault
from tests.pages import Page, page_of
from tests.sandbox_fixture import KEY, PROJECT

IN_TIME = (
    8.0  # seconds for a whole page on a machine that is busy; a call without a deadline would take twenty
)
UNCHANGED = (
    "Nothing was sent",
    "It was not sent",
    "The change was not sent",
    "The API refused the change",
    "The API refused it",
    "was not deleted",
    "was not revalidated",
    "was not shared",
    "was not unshared",
    "was still",
    "was not created",
    "was not changed",
    "was not cancelled",
    "its status was uploading",
    "wasn't in the list",
    "the latest version was 1.0.0",
    "not saved so far",
    "still there",
    "already gone",
)
UNKNOWN = ("It is not known", "We don't know")
AT_MOST = 2  # calls at most for a reading: one, and once more where the connection broke


@pytest.mark.parametrize(("form", "fault", "kind"), CASES, ids=str)
def test_a_fault_is_survived(connected, sandbox, break_at, form: str, fault: Fault, kind: Kind):
    headers = HTMX if form == "htmx" else {}
    ready = kind.ready(connected, sandbox, bool(headers))
    sandbox.requests.clear()
    rows = Activity.objects.count()
    end = break_at(fault, kind.route)
    began = time.monotonic()
    answer = ready.send(headers)
    assert time.monotonic() - began < IN_TIME
    page = page_of(answer)
    assert answer.status_code in {200, 302, *STATUSES.values(), 422}, page.text
    assert KEY not in answer.content.decode()
    assert all("sandbox_" not in call.headers.get("cookie", "") for call in sandbox.requests)
    assert all(call.route for call in sandbox.requests), "the console followed a redirect"
    if kind.change or kind.is_own:
        _change(ready, kind, fault, sandbox, headers, answer, page, rows, end)
    elif kind is CONNECT:
        _connect(ready, fault, sandbox, answer, page, end, headers)
    else:
        _reading(kind, fault, sandbox, answer, page, headers)


def _reading(
    kind: Kind, fault: Fault, sandbox: Any, answer: Any, page: Page, headers: dict[str, str]
) -> None:
    assert 1 <= _asked(kind, sandbox) + bool(fault.road) <= AT_MOST
    assert not Activity.objects.exists()
    shown = {
        "list": NAME,
        "detail": "fine-tuned" if headers else NAME,
        "catalog": "shared agents",
        "versions": "1.0.0",
        "uploads": FILE,
        "endpoints": "gpu_nvidia_shared_nvl",
    }.get(kind.name)
    if fault.title == "":
        assert answer.status_code == 200
        assert shown is None or shown in page.text
    elif fault.title is None:
        _malformed(kind, answer, page)
    else:
        assert shown is None or shown not in page.text
        _failed(kind, fault, answer, page, headers)


def _malformed(kind: Kind, answer: Any, page: Page) -> None:
    """Values of an unexpected type do not break a page, and are shown as sent where the page shows their field.

    An answer without a usable value is a problem of its own.
    """
    assert answer.status_code in (200, 502)
    for half in ("\ud800", "\udfff"):
        assert half not in page.text
    if answer.status_code == 200 and kind.name == "catalog":
        assert "Not in the catalog" not in page.text


def _failed(kind: Kind, fault: Fault, answer: Any, page: Page, headers: dict[str, str]) -> None:
    polls = kind.name.startswith("poll") or kind.name == "uploads"
    if fault.kind == "status" and fault.detail["status"] == 404 and "code" in fault.detail:
        if kind.name == "catalog":  # not in the catalog: the normal case, no fault at all
            assert "Not in the catalog" in page.text
            return
        if kind.name == "poll" and headers:
            assert "no longer exists" in page.text
            return
    if (
        kind.name == "versions" and fault.name == "403-scope"
    ):  # not for this key: no failure, but not available
        assert answer.status_code == (200 if headers else 403)
        assert ("Versions not available" in page.text) is not bool(headers)
        return
    if kind.name == "endpoints" and fault.name == "403-scope":
        assert answer.status_code == 200
        assert "This key isn't allowed to list endpoints" in page.text
        return
    if kind.name == "uploads" and fault.name == "403-scope":  # no failure, but not available
        assert answer.status_code == 200
        assert "Your key may not list this project's uploads." in page.text
        return
    assert fault.title in page.text
    assert "Not in the catalog" not in page.text
    inline = (
        kind.name in ("catalog", "endpoints") and not headers
    )  # one panel of a page that is whole otherwise
    if polls and headers:
        assert answer.status_code == 200
        assert re.search("as of|may be out of date", page.text, re.I)
        assert "Trying again in" in page.text
        assert page.attributes("hx-get")
    else:
        assert answer.status_code == (200 if inline else STATUSES[fault.title])
        _waits(fault, answer, inline=inline)


def _waits(fault: Fault, answer: Any, *, inline: bool = False) -> None:
    """When to come back is said where the API said it, and nowhere else."""
    if fault.kind == "status" and not inline:
        assert ("Retry-After" in answer) is bool(fault.detail.get("retry_after"))
        if "Retry-After" in answer:
            assert 0 < int(answer["Retry-After"]) <= fault.detail["seconds"]


def _connect(
    ready: Ready, fault: Fault, sandbox: Any, answer: Any, page: Page, end: Any, headers: dict[str, str]
) -> None:
    assert 1 <= _asked(CONNECT, sandbox) + bool(fault.road) <= AT_MOST
    known = ready.client.session.get("connections", {}).get("projects", {})
    connected = answer.status_code == 302 or "HX-Redirect" in answer
    assert (PROJECT in known) is connected
    if fault.title == "":
        assert connected
    elif fault.title is not None:
        assert not connected
    if not connected:
        assert ready.typed in page.values
        assert re.search(r"(Your request|API key|Project|Scope|Network|Xerotier|This console): \w", page.text)
        end()
        again = ready.send(headers)
        assert again.status_code == 302 or "HX-Redirect" in again


def _change(
    ready: Ready,
    kind: Kind,
    fault: Fault,
    sandbox: Any,
    headers: dict[str, str],
    answer: Any,
    page: Page,
    rows: int,
    end: Any,
) -> None:
    happened = ready.happened()
    sent = _sent(sandbox, kind)
    end()
    text = _told(ready, answer, page)
    assert bool(re.search(kind.says_done, text)) is happened, text
    if not happened and not kind.first and fault.effect != "good":
        assert any(said in text for said in (*UNCHANGED, str(fault.title))), text
    if happened:
        assert not any(said in text for said in UNCHANGED), text
    _recorded(kind, fault, happened, sent, rows)
    if (
        not happened
        and kind.name.startswith(("edit", "delete", "ask", "approve"))
        and not any(said in text for said in UNKNOWN)
    ):
        _kept(ready, kind, fault, page, text)
    # The same form once more: a double click, Back, an impatient person.
    again = ready.send(headers)
    assert again.status_code != 500
    found = _sent(sandbox, kind)
    assert found <= 1
    assert found == sent or Activity.objects.count() == rows + 1


def _asked(kind: Kind, sandbox: Any) -> int:
    return sum(1 for call in sandbox.requests if call.route == kind.route)


def _sent(sandbox: Any, kind: Kind) -> int:
    return sum(1 for call in sandbox.requests if call.method == kind.change)


def _told(ready: Ready, answer: Any, page: Page) -> str:
    """What the person reads: this answer, or the page that it leads to."""
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect")
    return page_of(ready.client.get(target)).text if target else page.text


def _recorded(kind: Kind, fault: Fault, happened: bool, sent: int, rows: int) -> None:
    """The activity says what is known, and is silent where nothing was tried."""
    row = Activity.objects.first()
    count = Activity.objects.count() - rows
    if kind.is_own:
        assert count == happened
        return
    if kind.first and not sent:
        assert count == 0
        return
    assert count == 1
    assert row is not None
    assert sent == (0 if fault.effect == "not_sent" else 1)
    lost = "done" if happened else "unknown"
    expected = {"good": "done", "lost": lost, "refused": "refused", "not_sent": "not_sent"}[fault.effect]
    assert row.outcome == expected, row.message


def _kept(ready: Ready, kind: Kind, fault: Fault, page: Page, text: str) -> None:
    # Nothing is left to confirm, it is not to be repeated, or a new request is needed.
    over = any(says in text for says in ("already gone", "still there", "this request can't be approved"))
    assert ready.typed in page.values or (kind.name.startswith(("delete", "approve")) and over), text
