"""The checks of `make lint` are tests like any other."""

from __future__ import annotations

import pytest

from tests import linting


@pytest.mark.slow
@pytest.mark.parametrize("check", linting.CHECKS)
def test_it_finds_nothing(check: str) -> None:
    done = linting.run(check)
    assert done.returncode == 0, done.stdout + done.stderr
