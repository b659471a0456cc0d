"""What a rule is, and how all of them are asked about a list (pure). The rules themselves are in `rules`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from models_admin.checks.table import Table


class Problem(NamedTuple):
    """`reason` gives the numbers; `value` would repair the rule's field, None where none can be derived."""

    reason: str
    value: str | int | None = None


At = tuple[int, Problem]  # a position in the list and what is wrong there


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is used in addresses; `field` is what a proposal would set, "" where a rule proposes nothing.

    `needs` are the columns without which the rule can't be decided. Either `check` or `check_all` is given.
    """

    name: str
    title: str
    about: str
    needs: tuple[str, ...]
    check: Callable[..., Problem | None] | None = None
    check_all: Callable[[Table], Iterable[At]] | None = None
    field: str = ""


class Finding(NamedTuple):
    """One rule's finding about the model at `position` of the list."""

    rule: Rule
    position: int
    reason: str
    value: str | int | None


class Report(NamedTuple):
    """`findings` in the order of the rules. `undecided`: the rules whose columns the list does not carry."""

    findings: list[Finding]
    undecided: list[Rule]


def find(table: Table, rules: Iterable[Rule]) -> Report:
    report = Report([], [])
    for rule in rules:
        if not all(map(table.reports, rule.needs)):
            report.undecided.append(rule)
            continue
        report.findings.extend(Finding(rule, at, *problem) for at, problem in _problems(rule, table))
    return report


def _problems(rule: Rule, table: Table) -> Iterator[At]:
    if rule.check_all:
        yield from rule.check_all(table)
    elif rule.check:
        for position, values in enumerate(zip(*map(table.column, rule.needs), strict=True)):
            if None not in values and (problem := rule.check(*values)):
                yield position, problem
