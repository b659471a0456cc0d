"""Semantic versions, as typed for a new version of a model (pure). Source: semver.org, version 2.0.0."""

import re

LONGEST = 128  # characters: what fits into an address of the API
PARTS = re.compile(r"([^-+]*)(?:-([^+]*))?(?:\+(.*))?", re.DOTALL)
NUMBER = re.compile(r"0|[1-9][0-9]*")
IDENTIFIER = re.compile(r"[0-9A-Za-z-]+")


def semver_problem(text: str) -> str:
    """Why the text isn't a semantic version, in one sentence; "" if it is one."""
    if not text:
        return "Enter a version such as 2.0.0."
    if len(text) > LONGEST:
        return f"A version has at most {LONGEST} characters."
    core, pre, build = _parts(text)
    if text[0] in "vV" and _is_core(core[1:]):
        return f"Leave out the letter: {core[1:]}."
    if not _is_core(core):
        return "A version has three numbers without leading zeros, such as 2.0.0."
    if pre is not None and not all(_is_pre(part) for part in pre.split(".")):
        return (
            "After the hyphen, a version has letters, digits and hyphens, separated by dots, and no numbers with "
            "leading zeros, such as 2.0.0-rc.1."
        )
    if build is not None and not all(IDENTIFIER.fullmatch(part) for part in build.split(".")):
        return "After the plus sign, a version has letters, digits and hyphens, separated by dots."
    return ""


def _parts(text: str) -> tuple[str, str | None, str | None]:
    """Before the first hyphen or plus sign, after the hyphen, after the plus sign; None for a part that isn't there."""
    found = PARTS.fullmatch(text)
    return (found[1], found[2], found[3]) if found else (text, None, None)


def _is_core(text: str) -> bool:
    numbers = text.split(".")
    return len(numbers) == 3 and all(NUMBER.fullmatch(number) for number in numbers)


def _is_pre(text: str) -> bool:
    is_number = text.isascii() and text.isdigit()
    return bool(NUMBER.fullmatch(text) if is_number else IDENTIFIER.fullmatch(text))
