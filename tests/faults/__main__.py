"""`python -m tests.faults`: how many faults, on how many kinds of call. The tests of this room go through them all."""

from __future__ import annotations

import os

import django


def counted() -> tuple[int, int, int]:
    """Faults of the API, kinds of call, and both together as pages and as fragments."""
    from tests.faults.calls import KINDS
    from tests.faults.kinds import FAULTS

    return len(FAULTS), len(KINDS), len(FAULTS) * len(KINDS) * 2


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    print("{} faults x {} kinds of call, as page and as fragment: {} cases".format(*counted()))
