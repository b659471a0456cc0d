"""Numbers, dates and texts as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from models_admin.formatting import display
from models_admin.formatting.difference import Part, difference
from models_admin.formatting.markdown import first_sentence
from models_admin.formatting.text import visible


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1.00 KB"),
        (1024**2 - 1, "1.00 MB"),
        (4294967296, "4.00 GB"),
        (18_468_359_373, "17.2 GB"),
        (10 * 1024**3 - 1, "10.0 GB"),
        (151_397_597_184, "141 GB"),
        (2**63 - 1, "8.00 EB"),
        (-5, "-5 bytes"),
    ],
)
def test_sizes_have_three_digits_in_powers_of_1024(size: int, text: str) -> None:
    assert display.size_human(size) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (512, "512"),
        (1024, "1K"),
        (32768, "32K"),
        (131072, "128K"),
        (1048576, "1M"),
        (128000, "128,000"),
        (128256, "128,256"),
        (40000, "40,000"),
    ],
)
def test_a_context_length_is_short_only_where_that_is_exact(count: int, text: str) -> None:
    assert display.tokens_human(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7_000_000_000, "7B"),
        (8_030_261_248, "8.03B"),
        (3_800_000_000, "3.8B"),
        (567_754_752, "568M"),
        (999_600_000, "1B"),
        (70_553_706_496, "70.6B"),
        (1_000_000_000_000, "1T"),
        (999, "999"),
        (0, "0"),
    ],
)
def test_parameters_have_three_digits(count: int, text: str) -> None:
    assert display.count_human(count) == text


def test_dates_are_told_in_utc_and_the_year_only_where_it_is_another() -> None:
    moment = datetime(2024, 1, 24, 19, 10, 56, tzinfo=timezone.utc)
    today = datetime(2026, 11, 23, tzinfo=timezone.utc)
    assert display.day_short(moment, today=today) == "24 Jan 2024"
    assert display.day_short(moment.replace(year=2026), today=today) == "24 Jan"
    assert display.moment_utc(moment.astimezone(timezone(timedelta(hours=5)))) == "24 Jan 2024, 19:10 UTC"
    assert display.moment_iso(moment) == "2024-01-24T19:10:56Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "just now"), (1.9, "just now"), (8.2, "8 s ago"), (99, "99 s ago"), (185, "3 min ago")],
)
def test_ages_are_told_in_one_unit(seconds: float, text: str) -> None:
    assert display.age_text(seconds) == text


@pytest.mark.parametrize(
    ("status", "tone", "label"),
    [
        ("ready", "ok", "Ready"),
        ("Validating", "busy", "Validating"),
        ("error", "bad", "Error"),
        ("active", "idle", "Active"),
        ("awaiting_review", "idle", "Awaiting review"),
        ("Ünbekannt-7", "idle", "Ünbekannt-7"),
        (None, "idle", "Not reported"),
        ("  ", "idle", "Not reported"),
    ],
)
def test_colour_means_a_known_status_and_any_other_is_shown_as_it_is(
    status: str | None, tone: str, label: str
) -> None:
    assert (display.status_tone(status), display.status_label(status)) == (tone, label)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("llama-3-8b", "llama-3-8b"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("evil\u202egpj.exe", "evil⟦U+202E⟧gpj.exe"),
        ("a\x00b\x1b[31m", "a⟦U+0000⟧b⟦U+001B⟧[31m"),
        ("zero\u200bwidth\ufeff", "zero⟦U+200B⟧width⟦U+FEFF⟧"),
        ("half \ud800 pair", "half ⟦U+D800⟧ pair"),
        ("tag \U000e0041", "tag ⟦U+E0041⟧"),
        ("filler \u3164", "filler ⟦U+3164⟧"),
        ("naïve 模型 🚀", "naïve 模型 🚀"),
        ("می\u200cرود", "می\u200cرود"),
        ("क्\u200dष", "क्\u200dष"),
        ("a\u200cb", "a⟦U+200C⟧b"),
        ("\u200cمی", "⟦U+200C⟧می"),
        ("Windows\r\nline ends\r", "Windows\nline ends⟦U+000D⟧"),
    ],
)
def test_what_hides_or_reorders_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Answers mail. Trained in May.", "Answers mail."),
        ("# Title\r\n\r\nAnswers *support* mail. More.", "Answers support mail."),
        ("# Title\nAnswers `code` questions", "Answers code questions"),
        ("# Only a title", "Only a title"),
        ("- the first\n- the second", "the first - the second"),
        ("See [the card](https://example.org/a_b). More.", "See the card."),
        ("snake_case_v2 is kept", "snake_case_v2 is kept"),
        ("word " * 100, "word word word word word…"),
        ("", ""),
    ],
)
def test_the_first_sentence_of_a_description_has_no_marks(text, sentence):
    assert first_sentence(text, limit=25) == sentence


def test_a_difference_keeps_replaced_words_apart() -> None:
    assert difference("trained on code", "tuned on code") == [
        Part("removed", "trained"),
        Part("gap", " "),
        Part("added", "tuned"),
        Part("same", " on code"),
    ]
    assert [part.kind for part in difference("a b", "a b c")] == ["same", "added"]


def test_one_word_is_found_in_a_long_text_and_a_text_without_a_word_in_common_is_shown_whole() -> None:
    """Word by word, the second one would take a minute: each of the spaces is compared with every other."""
    words = [f"a{number}" for number in range(900)]
    one, other = " ".join(words), " ".join(word.replace("a", "b") for word in words)
    found = difference(one, one.replace("a450", "new"))
    assert [part for part in found if part.kind != "same"] == [
        Part("removed", "a450"),
        Part("gap", " "),
        Part("added", "new"),
    ]
    assert difference(one, other) == [Part("removed", one), Part("gap", " "), Part("added", other)]
