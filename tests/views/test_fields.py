"""Editing a field in place, against the live sandbox."""

from __future__ import annotations

import json
import re

import pytest

from models_admin.models import Activity
from models_admin.xerotier.fields import FIELDS
from tests.conftest import connect, sign_in
from tests.editing import (
    HTMX,
    MODEL,
    elsewhere,
    field_url,
    form_open,
    hidden,
    hold,
    messages_of,
    patches,
    save,
    value_of,
    words,
)
from tests.sandbox_fixture import EXAMPLE_ID, KEYS

NAME = "my-custom-model"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_field_has_a_form_of_its_own(connected, field):
    page = connected.get(field_url(field.name))
    fragment = connected.get(field_url(field.name), headers=HTMX)
    for answer in (page, fragment):
        assert answer.status_code == 200
        assert "HX-Request" in answer["Vary"]
        assert set(hidden(answer)) == {"base", "token"}
        assert field.help.split(".")[0] in words(answer)
    assert "<html" in page.content.decode()
    text = fragment.content.decode().strip()
    assert text.startswith('<div class="field editing"')
    assert "<html" not in text


NEW = {
    "description": ("Tuned for code.\r\nSecond line", "Tuned for code.\nSecond line"),
    "architecture": ("MistralForCausalLM", "MistralForCausalLM"),
    "quantization": ("gptq", "gptq"),
    "context_length": ("128k", 131072),
    "parameter_count": ("6.74B", 6_740_000_000),
    "workload_type": ("code", "code"),
    "license": ("llama3.1", "llama3.1"),
    "hidden_size": ("4,096", 4096),
    "num_layers": ("32", 32),
    "vocab_size": ("128,256", 128256),
}


@pytest.mark.parametrize("field", NEW)
def test_only_the_changed_field_is_sent_and_recorded(connected, sandbox, field):
    typed, sent = NEW[field]
    answer = save(connected, field, typed)
    assert f"of {NAME} saved." in messages_of(connected, answer)
    assert [json.loads(body) for body in patches(sandbox)] == [{field: sent}]
    assert value_of(sandbox, field) == sent
    row = Activity.objects.get()
    assert (row.outcome, row.action, row.field) == ("done", "edit", field)
    assert row.changes[0]["after"] == sent
    assert row.model_name == NAME
    assert row.api_request_id


def test_with_htmx_the_value_comes_back_with_a_message_and_an_undo(connected):
    answer = save(connected, "context_length", "64k", headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "activity"
    assert text.lstrip().startswith('<div class="field changed" data-field="context_length"')
    assert "65,536 tokens" in words(answer)
    assert f"Context length of {NAME} saved." in words(answer)
    assert f'action="/projects/proj_ABC123/activity/{Activity.objects.get().pk}/undo/"' in text
    assert "<html" not in text


def test_an_unchanged_value_sends_nothing_and_says_so(connected, sandbox):
    before = value_of(sandbox, "context_length")
    answer = save(connected, "context_length", f"{before:,}")
    assert "no change, so nothing was sent" in messages_of(connected, answer)
    assert patches(sandbox) == []
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("context_length", "many", "It must be a whole number"),
        ("context_length", "1.000", "could be a fraction or thousands"),
        ("context_length", "0", "It must be at least 1."),
        ("hidden_size", "4k", "could mean 4,000 or 4,096"),
        ("parameter_count", "9" * 30, "It must be at most"),
        ("workload_type", "poetry", "Choose one of chat, code"),
        ("architecture", "Llama\nFor", "It must be one line."),
        ("description", "bell \x07", "U+0007"),
    ],
)
def test_what_the_api_would_refuse_is_refused_at_the_field_with_the_text_kept(
    connected, sandbox, field, typed, reason
):
    form = form_open(connected, field)
    for headers in ({}, HTMX):
        answer = save(connected, field, typed, form, headers=headers)
        assert answer.status_code == 422
        assert reason in words(answer)
        assert 'aria-invalid="true"' in answer.content.decode()
        if "\n" not in typed and "\x07" not in typed and field != "workload_type":
            assert typed in answer.content.decode()
    assert patches(sandbox) == []
    assert not Activity.objects.exists()


def test_an_unknown_quantization_is_sent_with_a_warning_and_the_apis_words_land_on_the_field(connected):
    answer = save(connected, "quantization", "int3-magic", headers=HTMX)
    assert answer.status_code == 422
    assert "The API refused the change. 'quantization' must be one of" in words(answer)
    assert 'value="int3-magic"' in answer.content.decode()
    row = Activity.objects.get()
    assert (row.outcome, row.status, row.code) == ("refused", 400, "invalid_request")


def test_an_unknown_quantization_that_the_api_takes_is_saved_with_a_warning(connected, sandbox, monkeypatch):
    monkeypatch.setitem(__import__("sandbox.rules").rules.CLOSED, "quantization", ("int3-magic",))
    answer = save(connected, "quantization", "int3-magic")
    assert "Unrecognised vLLM method: “int3-magic”" in messages_of(connected, answer)
    saved = messages_of(connected, save(connected, "context_length", "64k"))
    assert "Context length of my-custom-model saved. Sent as 65,536 tokens." in saved
    assert value_of(sandbox, "quantization") == "int3-magic"


def test_clearing_sends_null(connected, sandbox):
    answer = save(connected, "description", "  ")
    assert f"Description of {NAME} cleared." in messages_of(connected, answer)
    assert [json.loads(body) for body in patches(sandbox)] == [{"description": None}]
    assert value_of(sandbox, "description") is None


@pytest.mark.parametrize("null_clears", [True, False])
def test_clearing_what_the_api_does_not_report_claims_no_more_than_is_known(connected, sandbox, null_clears):
    sandbox.set(null_clears=null_clears)
    save(connected, "license", "MIT")
    text = messages_of(connected, save(connected, "license", ""))
    assert patches(sandbox)[-1:] == ['{"license":null}']
    assert f"License of {NAME} was sent. The API does not return this field" in text
    assert "can't check that it was cleared" in text
    assert f"License of {NAME} cleared" not in text


def test_it_says_so_when_the_api_keeps_the_old_value_instead_of_clearing(connected, sandbox):
    sandbox.set(null_clears=False)
    answer = save(connected, "description", "")
    assert "kept the old value" in messages_of(connected, answer)
    row = Activity.objects.get()
    assert row.outcome == "done"
    assert row.changes[0]["after"] == row.changes[0]["before"]


def test_a_null_that_the_api_refuses_lands_on_the_field(connected, sandbox):
    sandbox.set(null_refused=True)
    answer = save(connected, "description", "")
    assert answer.status_code == 422
    assert "must not be null" in words(answer)


def test_someone_elses_change_is_shown_beside_yours_and_nothing_is_sent(connected, sandbox):
    form = form_open(connected, "description")
    elsewhere(sandbox, description="Theirs")
    answer = save(connected, "description", "Mine", form)
    text = words(answer)
    assert answer.status_code == 409
    assert "Someone else changed this value while you were editing. Your change has not been saved." in text
    assert "Your value Mine Current value Theirs" in text
    for button in ("Keep current value", "Save my value"):
        assert button in text
    assert patches(sandbox) == []
    assert not Activity.objects.exists()


def test_a_conflict_says_who_changed_the_value_and_when(connected, sandbox, client, person):
    rui = connect(sign_in(client.__class__(), person(username="rui")))
    form = form_open(connected, "description")
    save(rui, "description", "Theirs")
    answer = save(connected, "description", "Mine", form)
    assert re.search(
        r"rui changed this value while you were editing, on \d+ \w+ \d{4}, \d\d:\d\d UTC", words(answer)
    )


def test_a_conflict_of_long_texts_shows_their_difference(connected, sandbox):
    long = "A sentence that both have. " * 20
    form = form_open(connected, "description")
    elsewhere(sandbox, description=f"{long} old end")
    page = save(connected, "description", f"{long} new end", form).content.decode()
    assert "<del>old</del> <ins>new</ins>" in page
    assert "Difference from the current value to yours" in page


@pytest.mark.parametrize(
    ("theirs", "yours", "shown"),
    [("two  spaces", "two spaces", "<del>·</del>"), ("a line\n", "a line", "<del>↵\n</del>")],
)
def test_a_conflict_in_white_space_only_makes_the_difference_visible(
    connected, sandbox, theirs, yours, shown
):
    form = form_open(connected, "description")
    elsewhere(sandbox, description=theirs)
    answer = save(connected, "description", yours, form)
    assert answer.status_code == 409
    assert "The values differ only in white space." in words(answer)
    assert shown in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_change_of_an_unexpected_value_by_someone_else_is_a_conflict(connected, sandbox, headers):
    hold(sandbox, architecture=["A"])
    form = form_open(connected, "architecture")
    hold(sandbox, architecture=["B"])
    answer = save(connected, "architecture", "LlamaForCausalLM", form, headers=headers)
    assert answer.status_code == 409
    assert "Your value LlamaForCausalLM Current value B" in words(answer)
    assert patches(sandbox) == []
    answer = connected.post(field_url("architecture"), hidden(answer) | {"decision": "save"}, headers=headers)
    assert value_of(sandbox, "architecture") == "LlamaForCausalLM"
    assert Activity.objects.get().changes[0]["before"] == ["B"]


def test_the_form_shows_an_unexpected_value_as_the_current_one_and_never_clears_it_by_itself(
    connected, sandbox
):
    hold(sandbox, quantization={"method": "fp8"})
    answer = connected.get(field_url("quantization"))
    assert 'Current value: “{"method": "fp8"}”, in a form that this console doesn\'t know.' in words(answer)
    answer = save(connected, "quantization", '{"method": "fp8"}', hidden(answer))
    assert "no change, so nothing was sent" in messages_of(connected, answer)
    assert patches(sandbox) == []
    shown = words(connected.get(field_url("quantization") + "value/"))
    assert '{"method": "fp8"} · in a form that this console doesn\'t know' in shown


def test_a_list_of_architectures_is_shown_as_a_list(connected, sandbox):
    hold(sandbox, architecture=["LlamaForCausalLM", "Foo"])
    text = words(connected.get(field_url("architecture") + "value/"))
    assert text == "Architecture LlamaForCausalLM, Foo"


def test_a_very_long_description_is_replaced_by_one_patch(connected, sandbox):
    hold(sandbox, description="Ünï " * 27_000)
    form = form_open(connected, "description")
    assert len(form["base"]) < 80
    assert save(connected, "description", "short", form).status_code == 302
    assert patches(sandbox) == ['{"description":"short"}']


def test_every_character_comes_back_when_a_long_text_is_refused(connected, sandbox):
    typed = "x" * 89_999 + "\u2028"
    page = save(connected, "description", typed).content.decode()
    assert "x" * 89_999 in page
    assert "U+2028" in page


def test_stray_white_space_of_the_current_value_is_shown_and_its_removal_is_sent(connected, sandbox):
    hold(sandbox, architecture="LlamaForCausalLM\n")
    answer = connected.get(field_url("architecture"))
    assert "“LlamaForCausalLM↵ (white space shown as symbols)”" in words(answer)
    save(connected, "architecture", "LlamaForCausalLM", hidden(answer))
    assert patches(sandbox) == ['{"architecture":"LlamaForCausalLM"}']


def test_only_what_the_person_changed_is_changed(connected, sandbox):
    hold(sandbox, description="    code first\nand text")
    save(connected, "description", "    code first\r\nand words")
    assert json.loads(patches(sandbox)[0]) == {"description": "    code first\nand words"}


def test_windows_line_ends_are_shown_as_line_breaks_and_stay_as_they_are(connected, sandbox):
    hold(sandbox, description="first\r\nsecond\r\nthird")
    assert "U+000D" not in connected.get(MODEL).content.decode()
    save(connected, "description", "first\r\nsecond\r\n3rd")
    assert json.loads(patches(sandbox)[0]) == {"description": "first\r\nsecond\r\n3rd"}


def test_persian_text_stays_readable_and_what_reorders_text_is_marked(connected, sandbox):
    hold(sandbox, description="می\u200cرود", architecture="a\u202eb")
    page = connected.get(MODEL).content.decode()
    assert '<div class="prose" dir="auto">می\u200cرود</div>' in page
    assert "a⟦U+202E⟧b" in page


@pytest.mark.parametrize(
    ("field", "sent", "shown"),
    [
        ("parameter_count", "8.03B", "8.03B · sent as text"),
        ("context_length", 10**30, f"No limit given · as sent: {10**30}"),
        ("parameter_count", "NaN", "Not a number · as sent: NaN"),
        (
            "quantization",
            {"method": "fp8"},
            '{"method": "fp8"} · in a form that this console doesn\'t know',
        ),
    ],
)
def test_a_value_of_an_unexpected_type_is_shown_as_it_was_sent(connected, sandbox, field, sent, shown):
    hold(sandbox, **{field: sent})
    assert words(connected.get(field_url(field) + "value/")).endswith(shown)


def test_refused_characters_are_removed_on_request_and_nothing_is_sent(connected, sandbox):
    answer = save(connected, "description", "one\u2028two", headers=HTMX)
    assert answer.status_code == 422
    assert "U+2028 (line separator) in line 1, after “one”." in words(answer)
    assert "Remove these characters" in words(answer)
    answer = connected.post(
        field_url("description"), hidden(answer) | {"value": "one\u2028two", "repair": "1"}, headers=HTMX
    )
    assert answer.status_code == 200
    assert ">\nonetwo</textarea>" in answer.content.decode()
    assert patches(sandbox) == []


def test_the_form_shows_the_request_as_curl_and_python(connected):
    page = words(connected.get(field_url("workload_type")))
    assert "Use the API: curl, Python" in page
    assert "curl -X PATCH" in page
    assert "requests.patch(" in page
    preview = words(connected.post(field_url("context_length") + "preview/", {"value": "32k"}))
    assert '{"context_length": 32768}' in preview
    refused = words(connected.post(field_url("context_length") + "preview/", {"value": "many"}))
    assert "There is no request, because nothing would be sent." in refused


def test_a_conflict_shows_the_request_of_save_my_value(connected, sandbox):
    form = form_open(connected, "context_length")
    elsewhere(sandbox, context_length=1)
    assert '{"context_length": 2048}' in words(save(connected, "context_length", "2k", form))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_damaged_form_comes_back_with_the_text_and_the_current_base(connected, sandbox, headers):
    form = form_open(connected, "description")
    answer = save(connected, "description", "Typed", form | {"base": "damaged"}, headers=headers)
    assert answer.status_code == 422
    assert "Typed" in answer.content.decode()
    assert hidden(answer)["base"] == form["base"]


def test_the_fields_that_the_api_does_not_return_are_set_apart_at_the_end(connected):
    text = words(connected.get(MODEL))
    apart = text.index("The API accepts these fields but does not return them")
    assert [
        field.label for field in FIELDS if text.index(f" {field.label} ", text.index("Metadata")) > apart
    ] == [field.label for field in FIELDS if not field.readable]
    assert text.count("Not set here") == sum(not field.readable for field in FIELDS)


def test_a_description_in_markdown_has_a_rendered_view_without_html_of_its_own(connected, sandbox):
    elsewhere(
        sandbox,
        description="# Title\n\n- <b>one</b>\n\n[site](https://example.org) [bad](javascript:alert(1))",
    )
    page = connected.get(field_url("description") + "value/").content.decode()
    assert "Show as Markdown" in page
    assert "<h3>Title</h3>" in page
    assert "<li>&lt;b&gt;one&lt;/b&gt;</li>" in page
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">site</a>' in page
    assert 'href="javascript' not in page


def test_a_description_without_markdown_has_no_rendered_view(connected):
    assert "Show as Markdown" not in connected.get(MODEL).content.decode()


def test_save_my_value_overwrites_what_was_shown(connected, sandbox):
    form = form_open(connected, "description")
    elsewhere(sandbox, description="Theirs")
    choice = hidden(save(connected, "description", "Mine", form, headers=HTMX))
    answer = connected.post(field_url("description"), choice | {"decision": "save"}, headers=HTMX)
    assert answer.status_code == 200
    assert value_of(sandbox, "description") == "Mine"
    assert Activity.objects.get().changes[0]["before"] == "Theirs"


def test_save_my_value_asks_again_when_it_was_changed_once_more(connected, sandbox):
    form = form_open(connected, "description")
    elsewhere(sandbox, description="Theirs")
    choice = hidden(save(connected, "description", "Mine", form))
    elsewhere(sandbox, description="Third")
    answer = connected.post(field_url("description"), choice | {"decision": "save"})
    assert answer.status_code == 409
    assert "Third" in words(answer)
    assert patches(sandbox) == []


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_keep_current_value_sends_nothing(connected, sandbox, headers):
    form = form_open(connected, "description")
    elsewhere(sandbox, description="Theirs")
    choice = hidden(save(connected, "description", "Mine", form))
    answer = connected.post(field_url("description"), choice | {"decision": "keep"}, headers=headers)
    assert "was left unchanged" in (words(answer) if headers else messages_of(connected, answer))
    assert patches(sandbox) == []
    assert value_of(sandbox, "description") == "Theirs"


def test_the_same_value_set_by_someone_else_needs_no_second_change(connected, sandbox):
    form = form_open(connected, "description")
    elsewhere(sandbox, description="Same")
    answer = save(connected, "description", "Same", form)
    said = f"Description of {NAME} is “Same” already, so nothing was sent."
    assert said in messages_of(connected, answer)
    assert patches(sandbox) == []


def test_a_replayed_form_sends_nothing_and_tells_what_came_of_the_first(connected, sandbox):
    form = form_open(connected, "description")
    save(connected, "description", "Once", form)
    answer = save(connected, "description", "Once", form)
    assert "This form was sent before. The change was made then" in messages_of(connected, answer)
    assert len(patches(sandbox)) == 1
    assert Activity.objects.count() == 1


def test_a_replayed_form_tells_of_a_refusal(connected, sandbox):
    form = form_open(connected, "quantization")
    save(connected, "quantization", "nonsense", form)
    answer = save(connected, "quantization", "nonsense", form, headers=HTMX)
    assert "The change was refused then." in words(answer)
    assert len(patches(sandbox)) == 1


@pytest.mark.parametrize("token", ["", "junk", "é" * 30, "x" * 1999])
def test_a_form_without_a_good_token_comes_back_with_a_fresh_one(connected, sandbox, token):
    form = form_open(connected, "description")
    answer = save(connected, "description", "Kept text", form | {"token": token})
    assert answer.status_code == 422
    assert "Kept text" in answer.content.decode()
    assert patches(sandbox) == []
    again = connected.post(field_url("description"), hidden(answer) | {"value": "Kept text"})
    assert again.status_code == 302
    assert value_of(sandbox, "description") == "Kept text"


def test_a_token_of_another_field_model_or_person_is_none(connected, sandbox, client, person):
    form = form_open(connected, "description")
    stranger = connect(sign_in(client.__class__(), person()))
    other = next(iter(set(sandbox.store.project("proj_ABC123").models) - {EXAMPLE_ID}))
    for who, url in (
        (connected, field_url("architecture")),
        (connected, field_url("description", other)),
        (stranger, field_url("description")),
    ):
        assert who.post(url, form | {"value": "Sneaked"}).status_code == 422
    assert patches(sandbox) == []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_form_saves_in_its_own_project_while_another_is_open_in_another_tab(connected, sandbox, headers):
    form = form_open(connected, "description")
    connect(connected, "acme-prod", KEYS["acme-prod"])
    connected.get("/projects/acme-prod/models/")
    assert save(connected, "description", "Mine", form, headers=headers).status_code in (200, 302)
    assert [(call.path.split("/")[1], call.body) for call in sandbox.requests if call.method == "PATCH"] == [
        ("proj_ABC123", '{"description":"Mine"}')
    ]


def test_a_token_of_one_project_is_refused_in_another(connected, sandbox):
    form = form_open(connected, "description")
    connect(connected, "acme-prod", KEYS["acme-prod"])
    there = next(iter(sandbox.store.project("acme-prod").models))
    url = f"/projects/acme-prod/models/{there}/fields/description/"
    assert connected.post(url, form | {"value": "Sneaked"}).status_code == 422
    assert patches(sandbox) == []


def test_a_viewer_is_told_why_editing_is_off_and_cannot_post_either(client, person, api_url, sandbox):
    viewer = connect(sign_in(client, person("Viewer")))
    assert "need the Editor role" in viewer.get(MODEL).content.decode()
    assert viewer.get(field_url("description")).status_code == 403
    answer = viewer.post(field_url("description"), {"value": "x", "token": "x", "base": "x"})
    assert answer.status_code == 403
    assert "need the Editor role" in words(answer)
    assert patches(sandbox) == []


def test_a_write_only_field_shows_what_was_last_set_here_and_never_as_live(connected, sandbox):
    assert "Not set here" in words(connected.get(field_url("license") + "value/"))
    save(connected, "license", "Apache-2.0")
    save(connected, "description", "A PATCH answer without the licence")
    text = words(connected.get(field_url("license") + "value/", headers=HTMX))
    assert "Last set here to Apache-2.0 by" in text


def test_what_the_api_does_report_wins_over_what_was_set_here(connected, sandbox):
    save(connected, "license", "Apache-2.0")
    elsewhere(sandbox, license="MIT")
    sandbox.set(writeonly_readable=True)
    text = words(connected.get(field_url("license") + "value/"))
    assert "License MIT" in text
    assert "Apache-2.0" not in text
    assert "last set here" not in text


def test_two_people_setting_a_field_that_the_api_does_not_return_get_a_conflict(
    connected, sandbox, client, person
):
    rui = connect(sign_in(client.__class__(), person(username="rui")))
    form = form_open(connected, "license")
    save(rui, "license", "MIT")
    answer = save(connected, "license", "Apache-2.0", form)
    assert answer.status_code == 409
    assert "rui changed this value while you were editing" in words(answer)
    assert value_of(sandbox, "license") == "MIT"


def test_a_preview_says_what_will_be_sent_and_asks_the_api_nothing(connected, sandbox):
    sandbox.requests.clear()
    url = field_url("context_length") + "preview/"
    assert words(connected.post(url, {"value": "32k"})).startswith(
        "Will be sent as 32,768 tokens. curl -X PATCH"
    )
    assert "could mean" in words(connected.post(field_url("vocab_size") + "preview/", {"value": "32k"}))
    assert words(connected.post(url, {"value": ""})).startswith("curl -X PATCH")
    # The form of all fields has no place for the request.
    assert words(connected.post(url, {"context_length": "32k"})) == "Will be sent as 32,768 tokens."
    assert sandbox.requests == []


@pytest.mark.parametrize("name", ["name", "id", "descriptions", "status"])
def test_only_the_ten_fields_can_be_edited(connected, name):
    assert connected.get(f"/projects/proj_ABC123/models/{EXAMPLE_ID}/fields/{name}/").status_code == 404


def test_a_model_that_is_gone_says_so(connected):
    for url in (field_url("description", "gone-model"), field_url("description", "gone-model") + "value/"):
        assert connected.get(url).status_code == 404


def test_markup_in_the_values_of_a_model_is_shown_as_text(connected, sandbox):
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    elsewhere(sandbox, description=evil, architecture=evil)
    for url in (field_url("description"), field_url("architecture"), field_url("architecture") + "value/"):
        page = connected.get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_preview_of_an_untouched_odd_value_says_that_nothing_will_be_sent(connected, sandbox):
    hold(sandbox, context_length="128k")
    opened = connected.get(field_url("context_length"))
    assert "There is no request, because nothing would be sent." in words(opened)
    base, url = hidden(opened)["base"], field_url("context_length") + "preview/"
    for untouched in (
        {"value": "128k", "base": base},
        {"context_length": "128k", "base-context_length": base},  # in the form of all fields
    ):
        answer = words(connected.post(url, untouched))
        assert answer.startswith("You haven't changed this value, so nothing will be sent.")
        assert "Will be sent" not in answer
        assert "curl" not in answer
    changed = words(connected.post(url, {"value": "128K", "base": base}))
    assert changed.startswith("Will be sent as 131,072 tokens.")
