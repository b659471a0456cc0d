"""Room for the frames of a request's calls."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SLOTS = 16_000  # of 8 bytes; Python doubles a block of 16 KB until they fit, and what is left is for the calls below


def with_room(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with a frame so large that the frames of all calls below it are in the same block of memory.

    Python keeps frames in blocks of 16 KB and gives a block back to the system when the last call in it returns, so
    each call across the end of a block costs 7 µs instead of 0.04. A template that is rendered just there makes
    thousands of them: the models page took 33 ms of processor time, and takes 22 with this. Python 3.13 and 3.14 keep
    one spare block since March 2026 (https://github.com/python/cpython/issues/142183), 3.11 and 3.12 do not.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=SLOTS)
    return call
