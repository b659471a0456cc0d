"""The versions of a model: the card, a new version, and making one the latest, against the live sandbox."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from models_admin.models import Activity
from models_admin.services.activity import undo_obstacle
from sandbox import versions as sandbox_versions
from tests.conftest import connect, sign_in
from tests.editing import HTMX, MODEL, messages_of, words
from tests.pages import page_of
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

URL = f"{MODEL}versions/"
NOTES = "Longer context & <b>fewer</b> errors"
NEW = {"version": "2.0.0", "version_notes": NOTES}


@pytest.fixture
def versions(sandbox: Any, connected: Any) -> Any:
    """The API has versions. The model has 1.0.0, the latest."""
    sandbox.set(versions="on")
    return sandbox


def project(sandbox: Any) -> Any:
    return sandbox.store.project(PROJECT)


def add(sandbox: Any, version: str, notes: str = "") -> None:
    body = {"version": version, "version_notes": notes}
    sandbox_versions.add(sandbox.store, project(sandbox), EXAMPLE_ID, body)


def stored(sandbox: Any) -> dict[str, bool]:
    """Whether each version is the latest."""
    return {item["version"]: item["is_latest"] for item in project(sandbox).versions[EXAMPLE_ID]}


def calls(sandbox: Any, route: str) -> int:
    return sum(1 for call in sandbox.requests if call.route == route)


def text_of(answer: HttpResponse) -> str:
    return page_of(answer).text


def new_form(client: Any) -> dict[str, str]:
    """The form of a new version, filled in."""
    page = client.get(URL).content.decode()
    start = page.index("Create version")
    token = re.findall(r'name="token" value="([^"]+)"', page[:start])[-1]
    return {"token": html.unescape(token), **NEW}


def promote_form(client: Any, version: str) -> tuple[str, dict[str, str]]:
    """Address and form of the button that makes a version the latest."""
    url = f"{URL}{version}/promote/"
    page = client.get(URL).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page[page.index(f'action="{url}"') :])
    assert token
    return url, {"token": html.unescape(token.group(1))}


@pytest.mark.parametrize("form", ["data", "versions", "list"])
@pytest.mark.parametrize("case", ["snake", "camel"])
def test_versions_are_listed_in_every_format(connected: Any, versions: Any, form: str, case: str) -> None:
    versions.set(versions_format=form, versions_case=case)
    add(versions, "2.0.0", NOTES)
    answer = connected.get(URL, headers=HTMX)
    assert "<html" not in answer.content.decode()
    text = text_of(answer)
    assert re.search(r"2\.0\.0 .*Longer context & <b>fewer</b> errors .*1\.0\.0 latest", text)
    assert text.count("latest") >= 1
    assert "running workers keep their version until they reload" in text
    assert "may not be complete" not in text


def test_the_page_loads_the_card_and_links_it_without_javascript(connected: Any, versions: Any) -> None:
    page = page_of(connected.get(MODEL))
    assert URL in page.attributes("hx-get")
    assert URL in page.attributes("href")
    alone = connected.get(URL)
    assert "<h1>Versions</h1>" in alone.content.decode()
    assert "1.0.0" in text_of(alone)


@pytest.mark.parametrize(("setting", "status"), [("off", 404), ("forbidden", 403)])
def test_where_the_api_has_no_versions_there_is_no_card_and_it_is_asked_once(
    connected: Any, sandbox: Any, setting: str, status: int
) -> None:
    sandbox.set(versions=setting)
    answer = connected.get(URL, headers=HTMX)
    assert answer.status_code == 200
    assert '<div id="versions" hidden></div>' in answer.content.decode()
    for _ in range(2):
        assert "Versions" not in text_of(connected.get(MODEL))
        assert connected.get(URL).status_code == status
    assert "Versions not available" in text_of(connected.get(URL))
    assert connected.post(URL, NEW | {"token": "x"}).status_code in (status, 422)
    assert calls(sandbox, "versions") == 1


def test_a_list_that_failed_is_read_again_and_is_not_none(connected: Any, versions: Any) -> None:
    versions.fault("status", route="versions", status=503)
    failed = connected.get(URL, headers=HTMX)
    assert failed.status_code == 502
    assert "Service error" in text_of(failed)
    assert "1.0.0" in text_of(connected.get(URL, headers=HTMX))


def test_a_list_with_more_says_so(connected: Any, versions: Any) -> None:
    add(versions, "2.0.0")
    versions.set(versions_page=1)
    text = text_of(connected.get(URL, headers=HTMX))
    assert "The list may not be complete." in text
    assert "doesn't say which version is the latest" in text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_version_is_created_once(connected: Any, versions: Any, headers: dict[str, str]) -> None:
    answer = connected.post(URL, new_form(connected), headers=headers)
    text = text_of(answer) if headers else messages_of(connected, answer)
    assert "Version 2.0.0 was created." in text
    assert stored(versions) == {"2.0.0": False, "1.0.0": True}
    sent = [call.body for call in versions.requests if call.route == "version_add"]
    assert sent == ['{"version":"2.0.0","version_notes":"Longer context & <b>fewer</b> errors"}']
    row = Activity.objects.get()
    assert (row.action, row.outcome, row.model_name) == ("version", "done", "my-custom-model")
    assert {entry["field"]: entry["after"] for entry in row.changes} == NEW


def test_a_server_that_makes_a_new_version_the_latest_is_noticed(connected: Any, versions: Any) -> None:
    versions.set(new_version_is_latest=True)
    answer = connected.post(URL, new_form(connected))
    assert "Version 2.0.0 was created. It is the latest now." in messages_of(connected, answer)


@pytest.mark.parametrize(
    ("version", "reason"),
    [("2", "three numbers"), ("v2.0.0", "Leave out the letter: 2.0.0."), ("", "Enter a version")],
)
def test_what_is_no_semantic_version_is_refused_here(
    connected: Any, versions: Any, version: str, reason: str
) -> None:
    answer = connected.post(URL, new_form(connected) | {"version": version})
    assert answer.status_code == 422
    page = page_of(answer)
    assert reason in page.text
    assert "Nothing was sent to the API." in page.text
    assert {version, NOTES} <= set(page.values)
    assert "open" in "".join(name for tag, attrs in page.tags if tag == "details" for name in attrs)
    assert (calls(versions, "version_add"), Activity.objects.count()) == (0, 0)


def test_a_version_that_exists_is_refused_before_it_is_sent(connected: Any, versions: Any) -> None:
    form = new_form(connected)
    add(versions, "2.0.0")
    answer = connected.post(URL, form)
    assert answer.status_code == 409
    assert "Version 2.0.0 already exists." in text_of(answer)
    assert calls(versions, "version_add") == 0


@pytest.mark.parametrize("status", [409, 400])
def test_a_refusal_of_the_api_is_shown_with_what_was_typed(
    connected: Any, versions: Any, status: int
) -> None:
    form = new_form(connected)
    add(versions, "2.0.0")
    versions.set(version_refusal=status, versions_page=1)
    add(versions, "3.0.0")  # the only one that is listed, so the console can't know of the other
    answer = connected.post(URL, form)
    assert answer.status_code == 422
    page = page_of(answer)
    assert "The version was not created." in page.text
    assert {"2.0.0", NOTES} <= set(page.values)
    assert (calls(versions, "version_add"), Activity.objects.get().outcome) == (1, "refused")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_version_is_made_the_latest_once(connected: Any, versions: Any, headers: dict[str, str]) -> None:
    add(versions, "2.0.0")
    url, form = promote_form(connected, "2.0.0")
    answer = connected.post(url, form, headers=headers)
    text = text_of(answer) if headers else messages_of(connected, answer)
    assert "Version 2.0.0 is now the latest." in text
    assert stored(versions) == {"2.0.0": True, "1.0.0": False}
    row = Activity.objects.get()
    assert (row.action, row.outcome) == ("promote", "done")
    assert [(entry["before"], entry["after"]) for entry in row.changes] == [("1.0.0", "2.0.0")]
    assert calls(versions, "promote") == 1
    back, form = promote_form(connected, "1.0.0")  # rolling back
    connected.post(back, form)
    assert stored(versions) == {"2.0.0": False, "1.0.0": True}


def test_a_latest_version_that_someone_else_changed_is_not_overwritten(connected: Any, versions: Any) -> None:
    add(versions, "2.0.0")
    add(versions, "3.0.0")
    url, form = promote_form(connected, "2.0.0")
    sandbox_versions.promote(versions.store, project(versions), EXAMPLE_ID, "3.0.0")
    answer = connected.post(url, form)
    assert answer.status_code == 409
    assert "The latest version has since changed: it is now 3.0.0." in text_of(answer)
    assert calls(versions, "promote") == 0


def test_a_button_of_one_version_is_none_of_another(connected: Any, versions: Any) -> None:
    add(versions, "2.0.0")
    add(versions, "3.0.0")
    _, form = promote_form(connected, "2.0.0")
    answer = connected.post(f"{URL}3.0.0/promote/", form)
    assert answer.status_code == 422
    assert "This button has expired" in text_of(answer)
    assert calls(versions, "promote") == 0


@pytest.mark.parametrize("fault", ["reset_after", "empty"])
def test_an_answer_that_was_lost_is_checked_by_reading(connected: Any, versions: Any, fault: str) -> None:
    add(versions, "2.0.0")
    url, form = promote_form(connected, "2.0.0")
    detail = {"after": True} if fault == "empty" else {}
    versions.fault(fault, route="promote", **detail)
    answer = connected.post(url, form)
    assert "Version 2.0.0 is now the latest." in messages_of(connected, answer)
    assert (calls(versions, "promote"), Activity.objects.get().outcome) == (1, "done")


def test_what_did_not_happen_is_not_claimed(connected: Any, versions: Any) -> None:
    form = new_form(connected)
    versions.fault("reset_before", route="version_add")
    answer = connected.post(URL, form)
    assert answer.status_code == 502
    assert "We don't know whether version 2.0.0 was created" in text_of(answer)
    assert "the version wasn't in the list" in text_of(answer)
    assert (calls(versions, "version_add"), Activity.objects.get().outcome) == (1, "unknown")
    again = connected.post(URL, form)
    assert again.status_code == 409
    assert calls(versions, "version_add") == 1


def test_an_editor_sees_the_buttons_disabled_with_the_reason(
    client: Any, person: Any, api_url: str, sandbox: Any
) -> None:
    sandbox.set(versions="on")
    add(sandbox, "2.0.0")
    connect(sign_in(client, person("Editor")))
    answer = client.get(URL, headers=HTMX)
    assert answer.content.decode().count('aria-disabled="true"') == 2
    assert "need the Maintainer role" in words(answer)
    assert client.post(URL, NEW).status_code == 403
    assert client.post(f"{URL}2.0.0/promote/").status_code == 403


def test_a_version_from_the_api_is_only_ever_text(connected: Any, versions: Any) -> None:
    add(versions, "2.0.0", "<script>alert(1)</script>\u202e")
    found = project(versions).versions[EXAMPLE_ID]
    found[0]["version"] = "../../x?<img>"
    page = connected.get(URL, headers=HTMX).content.decode()
    assert "<script>" not in page
    assert "<img>" not in page
    assert "promote" not in re.sub(
        r"/promote'|/promote\"", "", "".join(page_of(connected.get(URL)).attributes("action"))
    )


def test_the_activity_words_it_and_repeats_its_request(connected: Any, versions: Any) -> None:
    connected.post(URL, new_form(connected))
    url, form = promote_form(connected, "2.0.0")
    connected.post(url, form)
    promoted, created = Activity.objects.all()
    page = text_of(connected.get(f"/projects/{PROJECT}/activity/{created.pk}/"))
    assert "Created version 2.0.0" in page
    assert f"/models/{EXAMPLE_ID}/versions" in page
    assert '"version_notes"' in page
    page = text_of(connected.get(f"/projects/{PROJECT}/activity/{promoted.pk}/"))
    assert "Made version 2.0.0 the latest" in page
    assert f"/models/{EXAMPLE_ID}/versions/2.0.0/promote" in page
    assert "Latest version 1.0.0 → 2.0.0" in page


def undo_of(client: Any, row: Activity) -> dict[str, str]:
    """The form of a row's Undo button, {} where there is none."""
    page = client.get(f"/projects/{PROJECT}/activity/").content.decode()
    found = re.search(rf'action="[^"]*/activity/{row.pk}/undo/".*?name="token" value="([^"]+)"', page, re.S)
    return {"token": found[1]} if found else {}


def promoted(client: Any, sandbox: Any) -> Activity:
    """The row of making 2.0.0 the latest in place of 1.0.0."""
    add(sandbox, "2.0.0")
    url, form = promote_form(client, "2.0.0")
    client.post(url, form)
    return Activity.objects.get()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_undoing_a_promotion_makes_the_former_version_the_latest_again(
    connected: Any, versions: Any, headers: dict[str, str]
) -> None:
    row = promoted(connected, versions)
    form, url = undo_of(connected, row), f"/projects/{PROJECT}/activity/{row.pk}/undo/"
    assert (
        "/versions/1.0.0/promote" in connected.get(f"/projects/{PROJECT}/activity/{row.pk}/").content.decode()
    )
    answer = connected.post(url, form, headers=headers)
    page = text_of(connected.get("/account/"))
    assert (answer.status_code, answer.get("HX-Refresh")) == ((200, "true") if headers else (302, None))
    assert "Undone: version 1.0.0 is the latest again." in page
    undone = Activity.objects.first()
    assert (undone.action, undone.outcome, undone.undoes) == ("promote", "done", row)
    assert latest(versions) == "1.0.0"
    connected.post(url, form, headers=headers)
    assert calls(versions, "promote") == 2, "the same button sends nothing a second time"
    assert undo_of(connected, undone), "an undo can be undone too"


def test_a_promotion_is_not_undone_over_someone_elses_change(connected: Any, versions: Any) -> None:
    row = promoted(connected, versions)
    form = undo_of(connected, row)
    add(versions, "3.0.0")
    sandbox_versions.promote(versions.store, project(versions), EXAMPLE_ID, "3.0.0")
    connected.post(f"/projects/{PROJECT}/activity/{row.pk}/undo/", form)
    page = text_of(connected.get("/account/"))
    assert "The latest version was not changed back. The latest version has since changed" in page
    assert (calls(versions, "promote"), latest(versions)) == (1, "3.0.0")


def test_an_editor_is_offered_no_undo_of_a_promotion(
    client: Any, connected: Any, versions: Any, person: Any
) -> None:
    row = promoted(connected, versions)
    form = undo_of(connected, row)
    editor = connect(sign_in(Client(), person("Editor")))
    assert undo_of(editor, row) == {}
    assert editor.post(f"/projects/{PROJECT}/activity/{row.pk}/undo/", form).status_code == 403
    assert latest(versions) == "2.0.0"


@pytest.mark.parametrize(("known", "says"), [(True, "unknown"), (False, "not known")])
def test_a_promotion_without_a_known_result_or_former_version_has_no_undo(
    connected: Any, versions: Any, known: bool, says: str
) -> None:
    row = promoted(connected, versions)
    if known:
        row.outcome = "unknown"
    else:
        row.changes[0]["before_known"] = False
    row.save()
    assert undo_of(connected, row) == {}
    assert says in undo_obstacle(row)


def latest(sandbox: Any) -> str:
    found = project(sandbox).versions[EXAMPLE_ID]
    return next(str(item["version"]) for item in found if item["is_latest"])
