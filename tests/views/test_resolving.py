"""A change whose answer was lost is resolved by the next reading that shows that it happened, and by no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from models_admin.models import Activity
from sandbox import sharing, uploads, versions
from tests.editing import MODEL, hidden
from tests.faults.calls import CHANGES, UPLOAD, UPLOADS
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT


class Case(NamedTuple):
    """`later` is what a slow service does after all; `page` reads what shows it; `note` is then recorded."""

    later: Callable[[Any, Any], Any]
    page: str
    note: str


CASES = {
    "share": Case(
        lambda store, project: sharing.change(store, project, EXAMPLE_ID, shared=True),
        MODEL,
        "the model was shared.",
    ),
    "unshare": Case(
        lambda store, project: sharing.change(store, project, EXAMPLE_ID, shared=False),
        MODEL,
        "the model was no longer shared.",
    ),
    "version": Case(
        lambda store, project: versions.add(store, project, EXAMPLE_ID, {"version": "9.0.0"}),
        f"{MODEL}versions/",
        "the version existed.",
    ),
    "promote": Case(
        lambda store, project: versions.promote(store, project, EXAMPLE_ID, "8.0.0"),
        f"{MODEL}versions/",
        "it was the latest version.",
    ),
    "cancel": Case(
        lambda store, project: uploads.cancel(store, project, UPLOAD), UPLOADS, "its status was cancelled."
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_happened_after_all_is_resolved_by_the_next_reading(
    connected: Any, sandbox: Any, name: str
) -> None:
    case = CASES[name]
    kind = next(kind for kind in CHANGES if kind.name == name)
    ready = kind.ready(connected, sandbox, False)
    sandbox.fault("reset_before", route=kind.route)
    ready.send({})
    assert Activity.objects.get().outcome == "unknown"
    connected.get(case.page)
    assert Activity.objects.get().outcome == "unknown", "a slow service may still carry it out"
    case.later(sandbox.store, sandbox.store.project(PROJECT))
    connected.get(case.page)
    row = Activity.objects.get()
    assert row.outcome == "done"
    assert row.message.endswith(f"When the console checked later, {case.note}")


def test_an_older_change_is_not_resolved_by_what_a_newer_one_did(connected: Any, sandbox: Any) -> None:
    """Sharing was lost, then the model was shared by a second try: the first stays unknown."""
    sandbox.set(sharing="on")
    url = f"{MODEL}share/"
    form = hidden(connected.get(url))
    sandbox.fault("reset_before", route="share")
    connected.post(url, form)
    connected.post(url, hidden(connected.get(url)))
    connected.get(MODEL)
    assert list(Activity.objects.order_by("id").values_list("outcome", flat=True)) == ["unknown", "done"]


def test_a_change_in_progress_is_not_resolved(connected: Any, sandbox: Any) -> None:
    sandbox.set(sharing="on")
    connected.post(f"{MODEL}share/", hidden(connected.get(f"{MODEL}share/")))
    Activity.objects.update(outcome="intent")
    connected.get(MODEL)
    assert Activity.objects.get().outcome == "intent"
