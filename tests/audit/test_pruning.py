"""`manage.py prune_activity`: says what it would delete, and never deletes what the console needs."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from itertools import count
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from models_admin.models import Activity, Job, JobItem
from models_admin.services.activity import last_set
from models_admin.services.pruning import activity_prune
from tests.audit.conftest import Lines

pytestmark = pytest.mark.django_db
TOKENS = count(1)


def row(days: int, *, model_id: str = "m", field: str = "license", **given: Any) -> int:
    """The number of a new row that is so many days old."""
    facts = {"username": "ana", "project": "p", "action": "edit", "outcome": "done", "field": field}
    facts["changes"] = [{"field": field, "before": None, "after": f"{days} days ago", "before_known": True}]
    made = Activity.objects.create(model_id=model_id, token=f"prune-{next(TOKENS)}", **(facts | given))
    Activity.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=days))
    return made.pk


def prune(*words: str) -> str:
    out = StringIO()
    call_command("prune_activity", "--older-than", "400d", *words, stdout=out)
    return out.getvalue()


def left() -> list[int]:
    return list(Activity.objects.order_by("pk").values_list("pk", flat=True))


def test_it_deletes_nothing_unless_told() -> None:
    rows = [row(500), row(450), row(1)]
    said = prune()
    assert "2 rows are older than 400 days. 0 of them stay" in said
    assert "2 rows would be deleted. Run it with --delete" in said
    assert left() == rows
    assert "2 rows deleted." in prune("--delete")
    assert left() == rows[2:]


def test_a_day_on_either_side_of_the_limit() -> None:
    rows = [row(401), row(399), row(1)]
    prune("--delete")
    assert left() == rows[1:]


def test_the_last_row_of_each_model_stays_however_old() -> None:
    row(900, model_id="a")
    last = row(800, model_id="a")
    other = row(700, model_id="b")
    elsewhere = row(700, model_id="a", project="q")
    prune("--delete")
    assert left() == [last, other, elsewhere]


def test_values_last_set_here_stay_unless_the_model_was_deleted_here() -> None:
    row(950)
    known = row(900)
    newest = row(500, field="description")
    row(950, model_id="gone")
    row(900, model_id="gone", field="description")
    deletion = row(800, model_id="gone", action="delete", field="")
    before = last_set(project="p", model_id="m")
    prune("--delete")
    assert left() == [known, newest, deletion]
    assert last_set(project="p", model_id="m") == before


def test_what_makes_a_value_doubtful_stays_with_it() -> None:
    nothing = {"field": "", "changes": []}
    known = row(950)
    row(940, outcome="refused")
    unknown = row(900, outcome="unknown")
    row(860, action="revalidate", **nothing)
    revalidation = row(850, action="revalidate", **nothing)
    row(840, action="revalidate", outcome="not_sent", **nothing)
    newest = row(1, field="description")
    before = last_set(project="p", model_id="m")
    assert (before["license"].has_doubt, before["license"].revalidated_at is not None) == (True, True)
    prune("--delete")
    assert left() == [known, unknown, revalidation, newest]
    assert last_set(project="p", model_id="m") == before


def test_a_result_that_a_job_has_not_taken_over_yet_stays() -> None:
    """Its process died after the row was completed. Without the row, the job would send the change again."""
    job = Job.objects.create(username="ana", project="p", action="set", field="license", state="stopped")
    done = row(900, action="revalidate", job=job)
    JobItem.objects.create(job=job, model_id="m", state="running")
    newest = row(1)
    prune("--delete")
    assert left() == [done, newest]


def test_an_unknown_result_of_a_job_stays_so_that_nothing_is_sent_again() -> None:
    job = Job.objects.create(username="ana", project="p", action="set", field="license", state="finished")
    unknown = row(900, outcome="unknown", job=job)
    row(900, outcome="refused", job=job)
    item = JobItem.objects.create(job=job, model_id="m", state="unknown", activity_id=unknown)
    newest = row(1)
    prune("--delete")
    assert left() == [unknown, newest]
    item.refresh_from_db()
    assert item.activity_id == unknown


def test_it_leaves_in_the_stream_as_one_event_and_not_one_for_each_row(stream: Lines) -> None:
    for _ in range(3):
        row(500)
    row(1)
    stream.texts.clear()
    assert activity_prune(before=timezone.now() - timedelta(days=400)) == 3
    assert [(event["type"], event["count"]) for event in stream.events] == [("activity.pruned", 3)]


@pytest.mark.parametrize("age", ["", "0d", "400", "d", "-5d", "1e3d", "400 days", "٤d"])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    row(500), row(1)
    with pytest.raises(CommandError, match="such as 400d"):
        call_command("prune_activity", f"--older-than={age}", "--delete")
    assert len(left()) == 2
