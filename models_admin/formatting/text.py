"""Text from outside, made safe to show: characters that are invisible or reorder a line are written as code points."""

import unicodedata

# Cc controls, Cf format characters (bidi marks, zero-width), Cs lone surrogates, Zl Zp separators.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks by category that are blank on the screen: Hangul fillers, grapheme joiner, Braille blank.
BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
JOINERS = "\u200c\u200d"
# Scripts, by the first word of their characters' names, in which a joiner is part of the spelling.
JOINING_SCRIPTS = frozenset(
    ("ARABIC", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "KANNADA", "KHMER", "MALAYALAM", "MANDAIC",
     "MONGOLIAN", "MYANMAR", "NKO", "ORIYA", "PHAGS-PA", "SINHALA", "SYRIAC", "TAMIL", "TELUGU", "TIBETAN")
)  # fmt: skip
SPACES = str.maketrans({" ": "·", "\t": "→", "\n": "↵\n", "\u00a0": "⍽", "\u202f": "⍽", "\u3000": "□"})


def line_ends(text: str) -> str:
    """The text with "\\n" at the end of each line: browsers send "\\r\\n"."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def visible(text: str) -> str:
    """The text with each hidden character written as its code point, such as ⟦U+202E⟧.

    Line breaks and tabs stay, since HTML shows them as white space. So do joiners between letters of a script that is
    written with them, such as Persian.
    """
    if text.isascii() and text.isprintable():  # most texts
        return text
    text = text.replace("\r\n", "\n")
    hidden = set(hidden_positions(text))
    return "".join(f"⟦U+{ord(char):04X}⟧" if at in hidden else char for at, char in enumerate(text))


def hidden_positions(text: str) -> list[int]:
    """Where the text has characters that `visible` writes as code points."""
    return [at for at, char in enumerate(text) if _is_hidden(char) and not _joins(text, at)]


def is_typeable(name: str) -> bool:
    """Whether people can type the name as it looks.

    Hidden characters, white space that a page collapses and decomposed accents look like something else, and
    an input would not even take a line break.
    """
    return (
        visible(name) == name
        and " ".join(name.split()) == name
        and unicodedata.normalize("NFC", name) == name
    )


def spaces_shown(text: str) -> str:
    """`visible`, with white space drawn as symbols: to tell texts apart that differ only in white space."""
    return visible(line_ends(text)).translate(SPACES)


def shortened(text: str, limit: int) -> str:
    """The text cut to `limit` characters, the last one an ellipsis if something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_hidden(char: str) -> bool:
    return char not in "\n\t" and (unicodedata.category(char) in HIDDEN or char in BLANK)


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between two letters of a joining script."""
    if text[at] not in JOINERS or not 0 < at < len(text) - 1:
        return False
    return all(
        unicodedata.name(char, "").split(" ")[0] in JOINING_SCRIPTS for char in (text[at - 1], text[at + 1])
    )
