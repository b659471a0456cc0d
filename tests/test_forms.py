"""What a person types into a field: read, refused with a reason, or warned about."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_admin.formatting.values import Checked, ValueRefused, same, value_read, value_typed
from models_admin.forms.field import FieldForm, seen_read
from models_admin.xerotier.fields import BY_NAME, FIELDS
from models_admin.xerotier.suggestions import ARCHITECTURES, LICENSES, QUANTIZATIONS
from sandbox.refusals import Refusal
from sandbox.rules import changes_check

CONTEXT, PARAMETERS, VOCABULARY, LAYERS = (
    BY_NAME[name] for name in ("context_length", "parameter_count", "vocab_size", "num_layers")
)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (CONTEXT, "32768", 32768),
        (CONTEXT, " 32,768 ", 32768),
        (CONTEXT, "32 768", 32768),
        (CONTEXT, "32\u202f768", 32768),
        (CONTEXT, "32_768", 32768),
        (CONTEXT, "32768 tokens", 32768),
        (CONTEXT, "32k", 32768),
        (CONTEXT, "32K", 32768),
        (CONTEXT, "128 k", 131072),
        (CONTEXT, "1.5k", 1536),
        (CONTEXT, "1m", 1_048_576),
        (CONTEXT, "+7", 7),
        (CONTEXT, "007", 7),
        (PARAMETERS, "7B", 7_000_000_000),
        (PARAMETERS, "6.74b", 6_740_000_000),
        (PARAMETERS, "567M", 567_000_000),
        (PARAMETERS, "1.2T", 1_200_000_000_000),
        (PARAMETERS, "7_000_000_000", 7_000_000_000),
        (PARAMETERS, "8Ki", 8192),
        (VOCABULARY, "128,256", 128256),
        (VOCABULARY, "1_000", 1000),
        (VOCABULARY, "32Ki", 32768),
        (LAYERS, "32", 32),
        (LAYERS, "", None),
        (LAYERS, "   ", None),
    ],
)
def test_numbers_are_read_as_people_mean_them(field, typed, value):
    assert value_read(typed, field=field) == Checked(value)


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        (CONTEXT, "1.000", "fraction or as thousands"),
        (CONTEXT, "1,5", "fraction or as thousands"),
        (CONTEXT, "32.768", "fraction or as thousands"),
        (PARAMETERS, "1,5B", "two ways"),
        (PARAMETERS, "1,500k", "two ways"),
        (CONTEXT, "32,76", "fraction or as thousands"),
        (CONTEXT, "1,23,456", "two ways"),
        (CONTEXT, "12 34", "two ways"),
        (VOCABULARY, "32k", "32,000 or 32,768"),
        (LAYERS, "4k", "4,000 or 4,096"),
        (CONTEXT, "7B", "too large for this field"),
        (CONTEXT, "32x", "no letter for a size"),
        (PARAMETERS, "7g", "Write B for billions"),
        (CONTEXT, "1.0001k", "whole number"),
        (CONTEXT, "-5", "cannot be negative"),
        (CONTEXT, "0", "at least 1"),
        (CONTEXT, "0k", "at least 1"),
        (PARAMETERS, "9007199254740992", "at most 9,007,199,254,740,991"),
        (PARAMETERS, "99999T", "at most"),
        (CONTEXT, "1e6", "whole number"),
        (CONTEXT, "0x10", "whole number"),
        (CONTEXT, "٣٢", "whole number"),
        (CONTEXT, "NaN", "whole number"),
        (CONTEXT, "many", "whole number"),
        (CONTEXT, "tokens", "Write a number"),
        (CONTEXT, "9" * 50, "too long"),
    ],
)
def test_a_number_that_is_none_or_could_be_two_is_refused_with_the_reason(field, typed, reason):
    with pytest.raises(ValueRefused, match=reason):
        value_read(typed, field=field)


def test_texts_lose_their_outer_white_space_and_keep_their_lines():
    assert value_read(" a\r\nb\t\r\n", field=BY_NAME["description"]) == Checked("a\nb")
    assert value_read("  ", field=BY_NAME["license"]) == Checked(None)


def test_an_unknown_quantization_is_warned_about_and_taken():
    assert value_read("awq", field=BY_NAME["quantization"]).warning == ""
    assert "The API decides" in value_read("int3", field=BY_NAME["quantization"]).warning


def test_invisible_characters_are_warned_about():
    assert "invisible" in value_read("Apache\u200b-2.0", field=BY_NAME["license"]).warning


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028"])
def test_control_characters_are_refused_by_name(char):
    for name in ("description", "license"):
        with pytest.raises(ValueRefused, match=f"U\\+{ord(char):04X}"):
            value_read(f"a{char}b", field=BY_NAME[name])


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (None, "", True),
        ("a\r\nb", "a\nb ", True),
        (5, "5", True),
        (5, 6, False),
        ("a", "A", False),
        (None, 0, False),
    ],
)
def test_values_that_say_the_same_are_the_same(one, other, alike):
    assert same(one, other) is same(other, one) is alike


def test_every_suggestion_is_a_value_of_its_field():
    for name, items in {
        "quantization": QUANTIZATIONS,
        "architecture": ARCHITECTURES,
        "license": LICENSES,
    }.items():
        assert len(set(items)) == len(items)
        for item in items:
            assert value_read(item, field=BY_NAME[name]) == Checked(item)


def test_a_value_that_stands_there_is_never_refused_however_odd_it_is():
    form = FieldForm({"value": "chat,code", "seen": json.dumps("chat,code")}, field=BY_NAME["workload_type"])
    assert form.is_valid()
    assert form.cleaned_data["checked"] == Checked("chat,code")


@pytest.mark.parametrize("seen", ["{", "[]", "{}", "true", "1.5", "[" * 20000, "NaN", "9" * 5000])
def test_a_damaged_seen_value_is_noticed(seen):
    form = FieldForm({"value": "x", "seen": seen}, field=BY_NAME["license"])
    assert not form.is_valid()
    assert form.reason == ""


ANY_TEXT = st.text(max_size=60) | st.from_regex(r"\A[0-9][0-9,._ ]{0,12}[kKmMbBtTgi]{0,2}\Z")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(FIELDS), ANY_TEXT)
def test_whatever_is_typed_is_taken_by_the_api_or_refused_with_a_reason(field, typed):
    """Measured by the stand-in's own rules; quantization is the API's to decide."""
    try:
        checked = value_read(typed, field=field)
    except ValueRefused as exc:
        reason = str(exc)
    else:
        reason = ""
    if reason:
        assert reason[0].isupper() or reason[0] == "“"
        assert reason.endswith(".")
        return
    if field.name == "quantization":
        return
    changes_check({field.name: checked.value}, null_refused=False, unknown_refused=True)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([field for field in FIELDS if field.kind == "integer"]), st.integers(-(10**20), 10**20)
)
def test_every_whole_number_that_the_api_takes_is_taken(field, number):
    spellings = [str(number), f"{number:,}", f"{number:_}", f" {number} "]
    try:
        changes_check({field.name: number}, null_refused=False, unknown_refused=True)
    except Refusal:
        for typed in spellings:
            with pytest.raises(ValueRefused):
                value_read(typed, field=field)
    else:
        for typed in spellings:
            if number <= field.maximum:  # what JSON carries exactly everywhere
                assert value_read(typed, field=field).value == number


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([field for field in FIELDS if field.kind in ("text", "long_text")]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=255),
)
def test_every_plain_text_is_taken_as_it_is(field, text):
    assert value_read(text, field=field).value == (text.strip() or None)


@settings(max_examples=200, deadline=None)
@given(st.none() | st.integers(-(2**63), 2**63) | st.text(max_size=200))
def test_what_was_seen_survives_the_way_through_a_hidden_field(value):
    assert seen_read(json.dumps(value)) == value
    if isinstance(value, str):
        assert same(value_typed(value), value)
