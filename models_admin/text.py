"""Text from outside, made safe to look at: what would be invisible or would reorder a line is shown."""

from __future__ import annotations

import unicodedata

# Cc controls, Cf format characters (bidi marks, zero-width), Cs lone surrogates, Zl Zp separators.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """The same text with each hidden character written as its code point, such as ⟦U+202E⟧.

    Line breaks and tabs stay: HTML shows them as white space. Emoji joined by U+200D come apart; that is
    the price for a name that looks like what it is.
    """
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in HIDDEN:
        return char
    return f"⟦U+{ord(char):04X}⟧"
