"""`python -m tests.faults` prints how many faults and kinds of call the tests cover."""

from __future__ import annotations

import os

import django


def counted() -> tuple[int, int, int]:
    """Faults of the API, kinds of call, and the cases of both on pages and as fragments."""
    from tests.faults.calls import CASES, KINDS
    from tests.faults.kinds import FAULTS

    return len(FAULTS), len(KINDS), len(CASES)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    print("{} faults, {} kinds of call, {} cases through pages and fragments".format(*counted()))
