"""What the tests of revalidating and of its status share."""

from __future__ import annotations

import pytest

from tests.revalidating import PAGE, example, token_in


@pytest.fixture
def token(connected):
    """The one-time token of the page's Revalidate button."""
    return token_in(connected.get(PAGE))


@pytest.fixture
def validation_lasts(sandbox):
    """Validations last until a test ends them."""

    def end():
        example(sandbox).until = 0.0

    sandbox.settings.validation_s = 3600
    return end
