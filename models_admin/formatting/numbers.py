"""Reads whole numbers as people type them: `32768`, `128,256`, `32k`, `7B`, `7.6 billion`, `1.5e9`.

What a letter means depends on the field (`Field.letters` and `Field.base`): a context of 32k has 32,768 tokens, a model
of 7B has 7,000,000,000 parameters. Anything that could mean two numbers is refused, and the reason gives both.
"""

import re
import unicodedata
from decimal import Decimal

from models_admin.xerotier.fields import Field

MAX_TYPED = 40  # characters
POWERS = {"k": 1, "m": 2, "b": 3, "g": 3, "t": 4}
WORDS = {"thousand": 3, "million": 6, "billion": 9, "bn": 9, "trillion": 12}

_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([,_ '])[0-9]{3})(?:\1[0-9]{3})*|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_WHOLE = re.compile(r"([0-9]+)\.0{1,2}|([0-9]{4,})\.0+")  # 1.000 could also be a thousand
_LETTERED = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-z])(i?)")
_WORDED = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(WORDS)})s?")
_POWER_OF_TEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)e\+?([0-9]{1,2})")
_EXPERTS = re.compile(r"[1-9][0-9.]*x[0-9.]+[a-z]?|[0-9.]+[a-z]-a[0-9.]+[a-z]")
_COMMA_LETTERED = re.compile(r"[0-9]+(?:[.,][0-9]+)* ?[a-z]i?")
_DECIMAL = re.compile(r"[0-9]+[.,][0-9]+")
_UNDERSCORED = re.compile(r"([0-9]+)_([0-9]+)([a-z]?)")
_SPACES = re.compile(r"\s+")


class ValueRefused(ValueError):
    """The text is not a value of the field. The message is the reason, for the person who typed it.

    `repaired` is the text without the characters that were refused, None if the text can't be repaired that way.
    """

    def __init__(self, reason: str, *, repaired: str | None = None) -> None:
        super().__init__(reason)
        self.repaired = repaired


def number_read(text: str, *, field: Field) -> int | None:
    """The number meant, None for an empty text. Raises ValueRefused."""
    plain = _plain_digits(text)
    if not plain:
        return None
    number = _without_unit(plain, field)
    if not number:
        raise ValueRefused("Enter a number.")
    if len(number) > MAX_TYPED:
        raise ValueRefused("The number is too long.")
    value = _value(number.removeprefix("+"), field)
    if value < field.minimum:
        raise ValueRefused(f"It must be at least {field.minimum:,}.")
    if value > field.maximum:
        raise ValueRefused(f"It must be at most {field.maximum:,}.")
    return value


def _plain_digits(text: str) -> str:
    """The text in ASCII digits and lower case: pasted numbers bring full-width digits and zero-width characters."""
    kept = [char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf"]
    digits = [str(unicodedata.digit(char)) if char.isdecimal() else char for char in kept]
    return _SPACES.sub(" ", "".join(digits)).strip().lower().replace("\u2019", "'")


def _without_unit(plain: str, field: Field) -> str:
    for unit in field.units:
        if unit and plain.endswith(unit):
            return plain.removesuffix(unit).strip()
    return plain


def _value(plain: str, field: Field) -> int:
    if _PLAIN.fullmatch(plain):
        return int(plain)
    if _GROUPED.fullmatch(plain):
        return int(re.sub("[^0-9]", "", plain))
    if whole := _WHOLE.fullmatch(plain):
        return int(whole[1] or whole[2])
    if lettered := _LETTERED.fullmatch(plain):
        return _scaled(lettered, field)
    if worded := _WORDED.fullmatch(plain):
        return _whole(Decimal(worded[1]).scaleb(WORDS[worded[2]]))
    if power := _POWER_OF_TEN.fullmatch(plain):
        return _whole(Decimal(power[1]).scaleb(int(power[2])))
    raise ValueRefused(_reason(plain))


def _scaled(match: re.Match[str], field: Field) -> int:
    """`32k`, `7b`, `1.5m`, and the explicitly binary `32ki`."""
    digits, letter, binary = match.groups()
    power = POWERS.get(letter)
    if power is None:
        raise ValueRefused(f"“{letter}” doesn't stand for a size. Use k, m, b or t, or write every digit.")
    if binary:
        return _whole(Decimal(digits) * 1024**power)
    if not field.letters:
        readings = [f"{int(Decimal(digits) * base**power):,}" for base in (1000, 1024)]
        raise ValueRefused(
            f"“{digits}{letter}” could mean {readings[0]} or {readings[1]}. Write every digit."
        )
    if letter == "g":
        raise ValueRefused("Use B for billions, or write every digit.")
    if letter not in field.letters:
        raise ValueRefused(f"“{letter}” is too large for this field. Write every digit.")
    return _whole(Decimal(digits) * field.base**power)


def _whole(number: Decimal) -> int:
    if number != int(number):
        raise ValueRefused("This is not a whole number.")
    return int(number)


def _reason(plain: str) -> str:
    if plain.startswith("-"):
        return "It can't be negative."
    if _EXPERTS.fullmatch(plain):
        return "Experts share layers, so the total can't be computed from this. Enter the total number."
    if match := _UNDERSCORED.fullmatch(plain):
        point = f"{match[1]}.{match[2]}{(match[3] or 'b').upper()}"
        return f"“_” can only separate groups of three digits. Write {point}, or every digit."
    if _COMMA_LETTERED.fullmatch(plain):
        return "A letter after commas could mean two numbers. Write every digit, or use a point: 1.5k."
    if _DECIMAL.fullmatch(plain):
        return f"“{plain}” could be a fraction or thousands. Write every digit."
    if re.fullmatch(r"[0-9,_. ']+", plain):
        return "The groups don't have three digits each, so this could mean two numbers. Write every digit."
    return "It must be a whole number, such as 32768 or 128,256."
