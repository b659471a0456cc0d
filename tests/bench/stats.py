"""Measurements as numbers: samples taken in turn, medians, spread, and the ratio of a pair."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Samples = dict[str, list[float]]  # seconds, by name


def in_turn(subjects: Mapping[str, Callable[[], Any]], *, runs: int, warm: int = 2) -> Samples:
    """Each subject once, then each again: what the machine does meanwhile meets all of them alike."""
    for _ in range(warm):
        for subject in subjects.values():
            subject()
    taken: Samples = {name: [] for name in subjects}
    for _ in range(runs):
        for name, subject in subjects.items():
            start = time.perf_counter()
            subject()
            taken[name].append(time.perf_counter() - start)
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Where the middle half of the runs lies."""
    return percentile(values, 0.25), percentile(values, 0.75)


def milliseconds(values: Sequence[float]) -> str:
    """`54.1 (53.8-55.0)`: the median, and the middle half of the runs."""
    low, high = spread(values)
    return f"{middle(values) * 1000:.1f} ({low * 1000:.1f}\N{EN DASH}{high * 1000:.1f})"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure that is to stay on one side of a bound. `most` is None where `least` is the bound."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None
    unit: str = "x"

    @property
    def reached(self) -> bool:
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    @property
    def bound(self) -> str:
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"


def ratio_of(name: str, taken: Samples, page: str, call: str, *, most: float | None = None) -> Ratio:
    return Ratio(name, middle(taken[page]) / middle(taken[call]), most=most)
