"""The charts of a project, against the live sandbox in both dialects."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sandbox.record import Record
from tests.conftest import connect
from tests.sandbox_fixture import EMPTY, EXAMPLE_ID, KEYS, LARGE


def charts_of(answer) -> dict[str, list[list[str]]]:
    """Each chart's title -> its lines, as the cells' texts without the drawn one."""
    html = answer.content.decode()
    found = {}
    for title, table in re.findall(r"<h2[^>]*>(.*?)</h2>.*?<tbody>(.*?)</tbody>", html, re.S):
        found[title] = [
            [" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in _cells(line)]
            for line in re.findall(r"<tr>(.*?)</tr>", table, re.S)
        ]
    return found


def _cells(line: str) -> list[str]:
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)
    return [cell for place, cell in enumerate(cells) if place != 1]


@pytest.mark.parametrize("dialect", ["document", "openai"])
def test_storage_and_statuses_are_drawn_and_said(connected, sandbox, dialect):
    sandbox.set(dialect=dialect)
    answer = connected.get("/projects/proj_ABC123/models/charts/")
    charts = charts_of(answer)
    assert list(charts) == ["Storage by model", "Storage by format", "Models by status"]
    assert len(charts["Storage by model"]) == 13
    assert charts["Storage by model"][-1][0] == "31 smaller"
    assert charts["Models by status"][0] == ["Ready", "35", "80%"]
    assert sum(int(line[1]) for line in charts["Models by status"]) == 44
    assert "1 model is left out" in answer.content.decode()
    assert answer.content.decode().count('<svg class="meter"') >= 12 + 3 + 3


def test_bars_lead_to_what_they_show(connected):
    html = connected.get("/projects/proj_ABC123/models/charts/").content.decode()
    assert 'href="/projects/proj_ABC123/models/?status=ready"' in html
    assert re.search(r'href="/projects/proj_ABC123/models/\?format=safetensors"', html)
    assert re.search(r'href="/projects/proj_ABC123/models/[A-Za-z0-9-]+/"', html)


def test_no_bar_is_longer_than_its_place_and_none_is_missing(connected):
    html = connected.get("/projects/proj_ABC123/models/charts/").content.decode()
    widths = [float(width) for width in re.findall(r'<rect class="\w+" width="([\d.]+)"', html)]
    assert max(widths) == 100
    assert min(widths) >= 0.5


@pytest.mark.parametrize("size", [None, 0, -1])
def test_sizes_that_are_not_told_or_nothing_draw_no_nonsense(connected, sandbox, size):
    models = sandbox.store.project("proj_ABC123").models
    for name, record in models.items():
        models[name] = Record(name, {**record.facts, "size_bytes": size})
    answer = connected.get("/projects/proj_ABC123/models/charts/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert ("The API reports no usable sizes." in text) == (size != 0)
    assert "nan" not in text.lower()


def test_an_empty_project_says_so(connected, sandbox):
    connect(connected, EMPTY, KEYS[EMPTY])
    assert "Nothing to chart yet" in connected.get("/projects/proj_EMPTY/models/charts/").content.decode()


def test_a_large_project_shows_the_largest(connected):
    connect(connected, LARGE, KEYS[LARGE])
    assert (
        charts_of(connected.get("/projects/proj_LARGE/models/charts/"))["Storage by model"][-1][0]
        == "988 smaller"
    )


def test_a_name_is_text(connected, sandbox):
    models = sandbox.store.project("proj_ABC123").models
    facts = {**models[EXAMPLE_ID].facts, "name": "<b>\u202e", "size_bytes": 2**50}
    models[EXAMPLE_ID] = Record(EXAMPLE_ID, facts)
    html = connected.get("/projects/proj_ABC123/models/charts/").content.decode()
    assert "&lt;b&gt;⟦U+202E⟧" in html


def test_it_is_for_people_who_are_connected(signed_in, client):
    assert signed_in.get("/projects/proj_ABC123/models/charts/").headers["Location"].startswith("/connect/")
    assert signed_in.post("/projects/proj_ABC123/models/charts/").status_code == 405


def test_an_api_that_is_down_is_said(connected, sandbox):
    sandbox.fault("status", status=503, times=9)
    assert connected.get("/projects/proj_ABC123/models/charts/").status_code == 502
