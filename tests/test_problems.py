"""What a view did not catch becomes a page or a fragment with the right status, never a 500."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from models_admin.models import Activity
from sandbox.seed_models import EXAMPLE_ID
from tests.conftest import connect, sign_in

PAGE = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
HTMX = {"HX-Request": "true"}

FAULTS = [
    ("status", {"status": 400}, 400),
    ("status", {"status": 401}, 403),
    ("status", {"status": 403, "code": "scope_insufficient"}, 403),
    ("status", {"status": 403, "code": "cross_project_access"}, 403),
    ("status", {"status": 404, "code": "model_not_found"}, 404),
    ("status", {"status": 404, "envelope": "html"}, 404),
    ("status", {"status": 409}, 409),
    ("status", {"status": 418}, 400),
    ("status", {"status": 429, "retry_after": "number"}, 429),
    ("status", {"status": 429, "retry_after": "date"}, 429),
    ("status", {"status": 429}, 429),
    ("status", {"status": 500, "envelope": "html"}, 502),
    ("status", {"status": 503, "code": "endpoint_inactive"}, 502),
    ("reset_before", {}, 502),
    ("reset_middle", {}, 502),
    ("truncated", {}, 502),
    ("html", {}, 502),
    ("empty", {}, 502),
    ("not_object", {}, 502),
    ("truncated_json", {}, 502),
    ("deep_json", {}, 502),
    ("gzip_bomb", {}, 502),
    ("redirect", {"endless": True}, 502),
]


@pytest.mark.parametrize(("kind", "detail", "status"), FAULTS)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_each_fault_of_a_reading_has_its_status_and_a_next_step(
    connected, sandbox, kind, detail, status, headers
):
    sandbox.fault(kind, route="get", times=None, **detail)
    answer = connected.get(PAGE, headers=headers)
    html = answer.content.decode()
    assert answer.status_code == status
    assert 'class="problem"' in html
    assert 'class="next"' in html
    assert "Traceback" not in html
    assert ("<html" in html) is (not headers)
    assert "HX-Request" in answer["Vary"]


def test_the_request_id_is_there_to_copy(connected, sandbox):
    sandbox.fault("status", route="get", status=500)
    assert 'data-copy="req_' in connected.get(PAGE).content.decode()


def test_the_wait_is_shown_and_sent_as_retry_after(connected, sandbox):
    sandbox.fault("status", route="get", status=429, retry_after="number", seconds=9)
    answer = connected.get(PAGE)
    assert answer["Retry-After"] == "9"
    assert 'data-countdown="9"' in answer.content.decode()


def test_a_refused_key_offers_to_connect_again(connected, sandbox):
    sandbox.fault("status", route="get", status=401)
    assert 'href="/connect/"' in connected.get(PAGE).content.decode()


def test_the_apis_message_is_text(connected, sandbox):
    sandbox.fault("status", route="get", status=400, message="<script>alert(1)</script>")
    html = connected.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_missing_api_is_unreachable(connected, settings):
    from models_admin.services.client import client

    settings.XEROTIER_API_URL = "http://127.0.0.1:9"
    client.cache_clear()
    answer = connected.get(PAGE)
    # A connection opens under the address that it was sealed for, so another one asks to connect again.
    assert answer.status_code in (302, 503)


def test_a_refused_role_learns_which_role_is_needed(client, person, api_url):
    connect(sign_in(client, person("Viewer")))
    answer = client.get(f"{PAGE}delete/")
    assert answer.status_code == 403
    assert "Deleting needs the Maintainer role." in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("path", ["revalidate/", "delete/"])
def test_a_change_that_cannot_be_recorded_is_not_sent_and_loses_nothing(
    connected, sandbox, monkeypatch, path, headers
):
    import re

    html = connected.get(PAGE if path == "revalidate/" else f"{PAGE}delete/").content.decode()
    html = html[html.index(f'action="{PAGE}{path}"') :]
    token = re.search(r'name="token" value="([^"]+)"', html).group(1)
    sandbox.requests.clear()

    def locked(self, *args, **kwargs):
        raise DatabaseError("database is locked")

    monkeypatch.setattr(Activity, "save", locked)
    form = {"token": token, "confirm_name": "my-custom-model"}
    answer = connected.post(f"{PAGE}{path}", form, headers=headers)
    assert answer.status_code == (503 if path == "revalidate/" else 422)
    assert "could not be recorded" in answer.content.decode()
    assert {call.method for call in sandbox.requests} == {"GET"}
    assert not Activity.objects.exists()


def test_a_bug_stays_an_exception(connected, monkeypatch):

    from models_admin.views import model as model_view

    def broken(**_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(model_view, "model_read", broken)
    connected.raise_request_exception = False
    assert connected.get(PAGE).status_code == 500
