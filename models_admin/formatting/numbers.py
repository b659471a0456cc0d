"""Whole numbers as people type them: `32768`, `128,256`, `1_000`, `32k`, `7B`, `6.74B`. Pure.

What a letter stands for depends on the field, since people mean different things by it:

    context length   k = 1,024 and m = 1,048,576: a 32k context is one of 32,768 tokens
    parameters       k, m, b, t = powers of 1,000: 7B is 7,000,000,000
    the others       no letters: "32k" of a vocabulary is 32,000 in one model and 32,768 in the next

What can be read in two ways is refused, with both readings in the reason.
"""

from __future__ import annotations

import re
from decimal import Decimal

from models_admin.xerotier.fields import Field

MAX_TYPED = 40  # characters: more is no number
POWERS = {"k": 1, "m": 2, "b": 3, "g": 3, "t": 4}
BASES = {"context_length": 1024, "parameter_count": 1000}
LETTERS = {"context_length": "km", "parameter_count": "kmbt"}

_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([,_ ])[0-9]{3})(?:\1[0-9]{3})*")
_UNDERSCORED = re.compile(r"[0-9]+(?:_[0-9]+)+")
_LETTERED = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-z])(i?)")
_COMMA_LETTERED = re.compile(r"[0-9]+(?:[.,][0-9]+)* ?[a-z]i?")
_DECIMAL = re.compile(r"[0-9]+[.,][0-9]+")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")


class NumberRefused(ValueError):
    """The text is no number that the field takes. The message says why, for the person who typed it."""


def number_read(text: str, *, field: Field) -> int | None:
    """The number meant, None for no text. Raises NumberRefused."""
    plain = _SPACES.sub(" ", text.strip()).lower()
    for unit in (field.unit, field.unit.rstrip("s")):
        if unit:
            plain = plain.removesuffix(unit).strip()
    if not plain:
        if text.strip():
            raise NumberRefused("Write a number.")
        return None
    if len(plain) > MAX_TYPED:
        raise NumberRefused("That is too long for a number.")
    value = _value(plain.removeprefix("+"), field)
    if value < field.minimum:
        raise NumberRefused(f"It must be at least {field.minimum:,}.")
    if value > field.maximum:
        raise NumberRefused(f"It must be at most {field.maximum:,}.")
    return value


def _value(plain: str, field: Field) -> int:
    if plain.isascii():
        if _PLAIN.fullmatch(plain) or _UNDERSCORED.fullmatch(plain):
            return int(plain.replace("_", ""))
        if _GROUPED.fullmatch(plain):
            return int(re.sub("[,_ ]", "", plain))
        if lettered := _LETTERED.fullmatch(plain):
            return _scaled(lettered, field)
    raise NumberRefused(_reason(plain))


def _scaled(match: re.Match[str], field: Field) -> int:
    """`32k`, `7b`, `1.5m`, and the explicit binary `32ki`."""
    digits, letter, binary = match.groups()
    power = POWERS.get(letter)
    if power is None:
        raise NumberRefused(f"“{letter}” is no letter for a size. Write k, m, b or t, or every digit.")
    base = 1024 if binary else BASES.get(field.name)
    if base is None:
        raise NumberRefused(_two_readings(digits, letter, power))
    if not binary and letter not in LETTERS[field.name] and letter != "g":
        raise NumberRefused(f"“{letter}” is too large for this field. Write every digit.")
    if letter == "g" and not binary:
        raise NumberRefused("Write B for billions, or every digit.")
    number = Decimal(digits) * base**power
    if number != int(number):
        raise NumberRefused("It must come out as a whole number.")
    return int(number)


def _two_readings(digits: str, letter: str, power: int) -> str:
    readings = [f"{int(Decimal(digits) * base**power):,}" for base in (1000, 1024)]
    return f"“{digits}{letter}” could mean {readings[0]} or {readings[1]}. Write every digit."


def _reason(plain: str) -> str:
    if plain.startswith("-"):
        return "It cannot be negative."
    if _COMMA_LETTERED.fullmatch(plain):
        return "A letter after commas can be read in two ways. Write every digit, or a point: 1.5k."
    if _DECIMAL.fullmatch(plain):
        return f"“{plain}” can be read as a fraction or as thousands. Write every digit."
    if re.fullmatch(r"[0-9,_. ]+", plain):
        return "Its groups are not of three digits, so it can be read in two ways. Write every digit."
    return "It must be a whole number, such as 32768 or 128,256."


def number_help(field: Field) -> str:
    """What may be typed, and what it stands for."""
    if field.name == "context_length":
        return "You can write 32k or 128k: k counts 1,024, so 32k is sent as 32,768."
    if field.name == "parameter_count":
        return "You can write 7B or 567M: B is a thousand million, so 7B is sent as 7,000,000,000."
    return "Every digit, with or without commas: 128,256 is sent as 128256."
