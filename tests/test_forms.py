"""What a person types into a field: read, refused with a reason, or warned about."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_admin.formatting.values import (
    ValueRefused,
    base_of,
    is_untouched,
    same,
    value_notes,
    value_read,
    value_typed,
)
from models_admin.forms.field import FieldForm
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
        (PARAMETERS, "8.030.261.248", 8_030_261_248),
        (CONTEXT, "131072.0", 131072),
        (CONTEXT, "32768\u200b", 32768),
        (CONTEXT, "\ufeff32768", 32768),
        (CONTEXT, "131'072", 131072),
        (CONTEXT, "131\u2019072", 131072),
        (PARAMETERS, "7B params", 7_000_000_000),
        (PARAMETERS, "1e9", 1_000_000_000),
        (PARAMETERS, "1.5e9", 1_500_000_000),
        (CONTEXT, "\uff11\uff13\uff11\uff10\uff17\uff12", 131072),  # full-width
        (CONTEXT, "٣٢", 32),
        (PARAMETERS, "7.6 billion", 7_600_000_000),
        (LAYERS, "32", 32),
        (LAYERS, "", None),
        (LAYERS, "   ", None),
    ],
)
def test_numbers_are_read_as_people_mean_them(field, typed, value):
    assert value_read(typed, field=field) == value


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        (CONTEXT, "1.000", "fraction or thousands"),
        (CONTEXT, "1,5", "fraction or thousands"),
        (CONTEXT, "32.768", "fraction or thousands"),
        (PARAMETERS, "1,5B", "two numbers"),
        (PARAMETERS, "1,500k", "two numbers"),
        (CONTEXT, "32,76", "fraction or thousands"),
        (CONTEXT, "1,23,456", "two numbers"),
        (CONTEXT, "12 34", "two numbers"),
        (VOCABULARY, "32k", "32,000 or 32,768"),
        (LAYERS, "4k", "4,000 or 4,096"),
        (CONTEXT, "7B", "too large for this field"),
        (CONTEXT, "32x", "doesn't stand for a size"),
        (PARAMETERS, "7g", "Use B for billions"),
        (CONTEXT, "1.0001k", "whole number"),
        (CONTEXT, "-5", "can't be negative"),
        (CONTEXT, "0", "at least 1"),
        (CONTEXT, "0k", "at least 1"),
        (PARAMETERS, "9007199254740992", "at most 9,007,199,254,740,991"),
        (PARAMETERS, "99999T", "at most"),
        (PARAMETERS, "1_8", "“_” can only separate groups of three digits. Write 1.8B"),
        (PARAMETERS, "8x7B", "Experts share layers"),
        (PARAMETERS, "30B-A3B", "Experts share layers"),
        (PARAMETERS, "1.5e0", "not a whole number"),
        (CONTEXT, "0x10", "whole number"),
        (CONTEXT, "NaN", "whole number"),
        (CONTEXT, "many", "whole number"),
        (CONTEXT, "tokens", "Enter a number"),
        (CONTEXT, "9" * 50, "too long"),
    ],
)
def test_a_number_that_is_none_or_could_be_two_is_refused_with_the_reason(field, typed, reason):
    with pytest.raises(ValueRefused, match=reason):
        value_read(typed, field=field)


DESCRIPTION, LICENSE, QUANTIZATION = (BY_NAME[name] for name in ("description", "license", "quantization"))


def test_text_is_trimmed_only_at_the_end_of_single_line_fields_and_then_it_is_said():
    assert value_read("    code first\r\n  b\t\r\n", field=DESCRIPTION) == "    code first\n  b\t\n"
    assert value_read(" MIT ", field=LICENSE) == " MIT"
    assert value_notes("MIT", field=LICENSE, typed="MIT ") == ["White space at the end will be removed."]
    assert value_notes("MIT", field=LICENSE, typed="MIT ", is_sent=True) == [
        "White space at the end was removed."
    ]
    assert value_notes("MIT", field=LICENSE, typed="MIT") == []
    assert value_read("  ", field=LICENSE) is value_read(" \n ", field=DESCRIPTION) is None


@pytest.mark.parametrize(
    ("typed", "sent"), [("AWQ", "awq"), ("Gptq", "gptq"), ("GPTQ_Marlin", "gptq_marlin")]
)
def test_a_known_quantization_is_sent_as_vllm_spells_it_and_the_note_says_so(typed, sent):
    assert value_read(typed, field=QUANTIZATION) == sent
    assert value_notes(sent, field=QUANTIZATION, typed=typed) == [
        f"Will be sent as {sent}, the usual spelling."
    ]


def test_an_unknown_quantization_is_sent_as_typed_with_a_warning():
    assert value_notes("awq", field=QUANTIZATION, typed="awq") == []
    assert value_read("Int3", field=QUANTIZATION) == "Int3"
    assert value_notes("Int3", field=QUANTIZATION)[0].startswith("Unrecognised vLLM method: “Int3”.")


def test_invisible_characters_are_warned_about():
    assert "invisible" in value_notes("Apache\u200b-2.0", field=LICENSE)[0]
    assert value_notes("می\u200cرود", field=DESCRIPTION) == []


def test_an_unusual_hyphen_gets_a_hint_with_the_usual_spelling():
    assert value_read("Apache\u20112.0", field=LICENSE) == "Apache\u20112.0"
    assert value_notes("Apache\u20112.0", field=LICENSE) == [
        "It contains a special hyphen. The usual spelling is Apache-2.0."
    ]


def test_a_long_text_is_taken_with_a_warning_above_the_usual_length():
    expression = " OR ".join(["Apache-2.0"] * 20)
    assert value_read(expression, field=LICENSE) == expression
    assert len(expression) > 255
    assert "may accept no more than 255" in value_notes(expression, field=LICENSE)[0]
    assert value_read("x" * 11_998, field=DESCRIPTION) == "x" * 11_998
    assert value_notes("x" * 10_000, field=DESCRIPTION) == []
    assert "may accept no more than 10,000" in value_notes("x" * 10_001, field=DESCRIPTION)[0]


@pytest.mark.parametrize(
    ("typed", "place", "repaired"),
    [
        (
            "first\nsecond\u2028third",
            "U+2028 (line separator) in line 2, after “second”.",
            "first\nsecondthird",
        ),
        ("\x07bell\x00", "U+0007 (control character) in line 1, at the start. There are 1 more.", "bell"),
    ],
)
def test_a_refused_character_is_named_with_its_place_and_can_be_removed(typed, place, repaired):
    with pytest.raises(ValueRefused) as refused:
        value_read(typed, field=DESCRIPTION)
    assert place in str(refused.value)
    assert refused.value.repaired == repaired
    assert value_read(repaired, field=DESCRIPTION) == repaired


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028"])
def test_control_characters_are_refused_by_name(char):
    for name in ("description", "license"):
        with pytest.raises(ValueRefused, match=f"U\\+{ord(char):04X}"):
            value_read(f"a{char}b", field=BY_NAME[name])


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (None, "", True),
        ("a\r\nb", "a\nb", True),
        ("a\nb", "a\nb ", False),
        (5, "5", False),
        (["A"], ["A"], True),
        (["A"], ["B"], False),
        (["A"], None, False),
        ({"method": "fp8"}, {"method": "fp4"}, False),
        (True, 1, False),
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
            assert value_read(item, field=BY_NAME[name]) == item


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [
        ("workload_type", "chat,code", "chat,code"),
        ("architecture", ["A", "B"], '["A", "B"]'),
        ("license", "Apache-2.0 ", "Apache-2.0 "),
        ("quantization", "AWQ", "AWQ"),
        ("description", "a\r\nb\u2028", "a\r\nb\u2028"),
    ],
)
def test_a_value_that_was_not_touched_is_never_refused_nor_sent_however_odd_it_is(name, value, typed):
    assert value_typed(value) == typed
    form = FieldForm({"value": typed, "base": base_of(value)}, field=BY_NAME[name])
    assert form.is_valid()
    assert form.untouched


def test_white_space_at_the_end_of_the_current_value_can_be_removed():
    form = FieldForm({"value": "Apache-2.0", "base": base_of("Apache-2.0 ")}, field=LICENSE)
    assert form.is_valid()
    assert (form.value, form.untouched) == ("Apache-2.0", False)


@pytest.mark.parametrize("base", ["", "text", "text." + "0" * 63, "null", "[" * 20000, "é"])
def test_a_damaged_base_is_noticed(base):
    form = FieldForm({"value": "x", "base": base}, field=LICENSE)
    assert not form.is_valid()
    assert form.refusal is None


ANY_TEXT = st.text(max_size=60) | st.from_regex(r"\A[0-9][0-9,._ ]{0,12}[kKmMbBtTgi]{0,2}\Z")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(FIELDS), ANY_TEXT)
def test_whatever_is_typed_is_taken_by_the_api_or_refused_with_a_reason(field, typed):
    """Checked against the sandbox's own rules; the API decides about quantization."""
    try:
        value = value_read(typed, field=field)
    except ValueRefused as exc:
        reason = str(exc)
    else:
        reason = ""
    if reason:
        assert reason[0].isupper() or reason[0] == "“"
        assert reason.endswith(".")
        return
    if field.spellings:
        return
    changes_check({field.name: value}, null_refused=False, unknown_refused=True)


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
                assert value_read(typed, field=field) == number


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([field for field in FIELDS if field.kind in ("text", "long_text")]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=255),
)
def test_every_plain_text_is_taken_as_it_is(field, text):
    expected = text if field.kind == "long_text" else text.rstrip()
    value = value_read(text, field=field)
    if not text.strip():
        assert value is None
    else:
        assert value == expected or (value in field.spellings and value == expected.casefold())


@settings(max_examples=200, deadline=None)
@given(st.none() | st.booleans() | st.integers() | st.text(max_size=200) | st.lists(st.text(), max_size=3))
def test_the_base_of_a_value_recognises_it_in_its_form(value):
    assert is_untouched(value_typed(value), base_of(value))
    assert len(base_of(value)) < 80
