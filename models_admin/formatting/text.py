"""Text from outside, made safe to look at: what would be invisible or would reorder a line is shown."""

from __future__ import annotations

import unicodedata

# Cc controls, Cf format characters (bidi marks, zero-width), Cs lone surrogates, Zl Zp separators.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks by category, blank on the screen: Hangul fillers, grapheme joiner, Braille's blank.
BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")


def visible(text: str) -> str:
    """The same text with each hidden character written as its code point, such as ⟦U+202E⟧.

    Line breaks and tabs stay: HTML shows them as white space. Emoji joined by U+200D come apart; that is
    the price for a name that looks like what it is.
    """
    if text.isascii() and text.isprintable():  # nearly every text: nothing to look for
        return text
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in "\n\t" or not (unicodedata.category(char) in HIDDEN or char in BLANK):
        return char
    return f"⟦U+{ord(char):04X}⟧"
