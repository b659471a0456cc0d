"""Each optional route in each condition, through the pages that use it, and what is remembered of it.

Every spelling of an answer that the API's documentation leaves open is tested beside the page that reads it:
test_endpoints, test_sharing, test_versions and test_uploads in `tests/views`.
"""

from __future__ import annotations

from typing import Any

import pytest

from models_admin.models import Activity
from tests.editing import HTMX
from tests.faults.calls import NAME, PAGE, UPLOADS
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

# The page that asks for a route, the route of the sandbox, and what the page shows if it answers.
PAGES = {
    "endpoints": (f"{PAGE}endpoints/?name={NAME}", "endpoints", "gpu_nvidia_shared_nvl"),
    "sharing": (f"{PAGE}sharing/", "wrong_method", "Share…"),
    "versions": (f"{PAGE}versions/", "versions", "1.0.0"),
    "uploads": (UPLOADS, "uploads", "qwen3-8b-instruct.tar.gz"),
}
OFF, FORBIDDEN = {"setting": "off"}, {"setting": "forbidden"}
# Condition: how it comes about, and what is remembered of the route. A web page is a proxy's, and says nothing of it.
CONDITIONS: dict[str, tuple[dict[str, Any], str | None]] = {
    "on": ({}, "answers"),
    "slow": ({"kind": "slow", "seconds": 0.2}, "answers"),
    "404": (OFF, "no_route"),
    "404-message": (OFF | {"envelope": "message"}, "no_route"),
    "404-html": ({"kind": "status", "status": 404, "envelope": "html"}, None),
    "404-empty": ({"kind": "status", "status": 404, "envelope": "empty"}, None),
    "405": ({"kind": "status", "status": 405, "code": "method_not_allowed"}, "no_route"),
    "403": (FORBIDDEN, "no_permission"),
    "403-html": ({"kind": "status", "status": 403, "envelope": "html"}, None),
    "500": ({"kind": "status", "status": 500}, None),
    "reset": ({"kind": "reset_before"}, None),
    "broken-json": ({"kind": "truncated_json"}, None),
    "html": ({"kind": "html"}, None),
}
# Of sharing, only whether its routes exist is found out: their answer to a GET is 405, and 403 comes with the POST.
SHARING = {"405": "answers", "403": "answers", "broken-json": "answers"}


def remembered(client: Any, route: str) -> str | None:
    return client.session["connections"]["projects"][PROJECT].get("routes", {}).get(route)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("route", PAGES)
def test_a_page_is_right_in_every_condition_of_its_route(connected, sandbox, route, condition):
    how, expected = CONDITIONS[condition]
    how = dict(how)
    expected = SHARING.get(condition, expected) if route == "sharing" else expected
    path, called, shown = PAGES[route]
    sandbox.set(**{route: how.pop("setting", "on")})
    if "kind" in how:
        sandbox.fault(how.pop("kind"), route=called, times=None, **how)
    elif how:
        sandbox.set(**how)
    answer = connected.get(path, headers=HTMX if route != "uploads" else {})
    assert answer.status_code in (200, 400, 403, 404, 502, 503), answer.content.decode()
    assert remembered(connected, route) == expected
    is_there = route == "sharing" and condition not in ("404", "404-message", "404-empty")
    assert (shown in page_of(answer).text) is (expected == "answers" or is_there)
    sandbox.clear_faults()
    sandbox.set(**{route: "on"}, envelope="error")
    sandbox.requests.clear()
    answer = connected.get(path, headers=HTMX if route != "uploads" else {})
    usable = expected in (None, "answers")
    assert (shown in page_of(answer).text) is usable, "what was remembered holds, and a failure is forgotten"
    assert bool([call for call in sandbox.requests if call.route == called]) is (
        usable and not (route == "sharing" and expected)
    )
    assert not Activity.objects.exists()


def test_an_api_with_the_six_routes_only_is_asked_once_for_each_other(connected, sandbox):
    """The way of a person through the console, twice: pages, cards, dialogs, polls."""
    other = next(found for found in sandbox.store.project(PROJECT).models if found != EXAMPLE_ID)
    project = f"/projects/{PROJECT}"
    pages = [f"{project}/models/", f"{project}/jobs/", f"{project}/activity/", UPLOADS, "/about/"]
    pages += [f"{project}/models/checks/", f"{project}/models/charts/", "/account/"]
    cards = ("endpoints/", "sharing/", "versions/", "catalog/", "status/")
    for model_id in (EXAMPLE_ID, other):
        model = f"{project}/models/{model_id}/"
        pages += [
            model,
            f"{model}delete/",
            f"{model}share/",
            f"{model}edit/",
            *(model + card for card in cards),
        ]
    for _ in range(2):
        for path in pages:
            assert connected.get(path).status_code in (200, 404), path
    calls = [call.path for call in sandbox.requests]
    asked = {
        "endpoints": sum(path.endswith("/endpoints") for path in calls),
        "uploads": sum("/v1/uploads" in path for path in calls),
        "versions": sum("/versions" in path for path in calls),
        "sharing": sum(path.endswith("/share") for path in calls),
    }
    assert asked == dict.fromkeys(asked, 1)
