"""The frame with room for the frames of a request's calls."""

import pytest

from console.frames import SLOTS, with_room
from console.wsgi import application


def divided(value: int, *, by: int) -> int:
    return value // by


def test_a_function_with_room_is_called_as_before() -> None:
    assert with_room(divided)(7, by=2) == 3
    with pytest.raises(ZeroDivisionError):
        with_room(divided)(7, by=0)


def test_requests_are_served_with_room() -> None:
    assert application.__code__.co_stacksize == SLOTS
