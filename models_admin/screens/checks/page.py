"""Everything that the checks page shows, made ready from the findings and the query (pure)."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse

from models_admin.checks.rules import RULES
from models_admin.checks.running import Finding, Rule
from models_admin.formatting import display
from models_admin.formatting.folding import fold, holds_all, search_terms
from models_admin.formatting.text import visible
from models_admin.models import Dismissal
from models_admin.screens.checks.query import Query
from models_admin.screens.filters import FilterMenu, filter_menu
from models_admin.screens.models.rows import has_page
from models_admin.services.checks import Checked
from models_admin.xerotier.fields import BY_NAME as FIELDS
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import label_of

GROUP_ROWS = 10  # of each rule on the page of all rules
PAGE_ROWS = 50  # on the page of one rule
LONGEST_NAME, LONGEST_REASON = 200, 400  # characters


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule. `more_query` leads to all of them, "" where all are shown."""

    rule: Rule
    count: int
    rows: list[dict[str, str]]
    more_query: str
    proposals: int


@dataclass(frozen=True, slots=True)
class Details:
    """How far the details are read, where the API lists six fields.

    `note` says why reading stopped, or ""; it goes on after `wait` seconds.
    """

    read: int
    total: int
    query: str
    note: str = ""
    wait: int = 0

    @property
    def left(self) -> int:
        return self.total - self.read


def checkspage_make(*, checked: Checked, query: Query, project: str) -> dict[str, Any]:
    """The page. Every `*_query` is a query string, "" for none."""
    models = checked.listing.list
    in_state = [
        found
        for found in checked.report.findings
        if (checked.key(found) in checked.dismissed) == bool(query.state)
    ]
    found = select(in_state, query, models)
    size = PAGE_ROWS if query.rule else GROUP_ROWS
    pages = max(1, -(-len(found) // size)) if query.rule else 1
    number = min(query.page, pages)
    first = (number - 1) * size
    here = query.encode(page=number)
    groups = [
        _group(rule, list(same), first, size, query, checked, project)
        for rule, same in groupby(found, key=lambda item: item.rule)
    ]
    last = min(first + size, len(found))
    return {
        "project": project,
        "query": query,
        "models": display.plural(len(models), "model"),
        "findings": display.plural(len(in_state), "dismissed finding" if query.state else "finding"),
        "groups": groups,
        "menus": _menus(in_state, query),
        "undecided": [rule.title for rule in checked.report.undecided],
        "rules": len(RULES),
        "details": details_make(checked, query),
        "complete": models.complete,
        "note": visible(models.note),
        "here_query": here,
        "fresh_query": f"{here}&fresh=1" if here else "?fresh=1",
        "previous_query": query.encode(page=number - 1) if number > 1 else "",
        "next_query": query.encode(page=number + 1) if number < pages else "",
        "span": f"{first + 1:,}\N{EN DASH}{last:,} of {len(found):,}" if query.rule and found else "",
    }


def details_make(checked: Checked, query: Query, *, note: str = "", wait: int = 0) -> Details | None:
    """Of the models that the search finds. None where the list carries the details anyway."""
    if checked.unread is None:
        return None
    ids, left = searched_ids(checked, query), unread_ids(checked, query)
    return Details(len(ids) - len(left), len(ids), query.encode(page=query.page), note, wait)


def unread_ids(checked: Checked, query: Query) -> list[str]:
    """The models that the search finds and whose details weren't read, in the list's order."""
    unread = set(checked.unread or ())
    return [model_id for model_id in searched_ids(checked, query) if model_id in unread]


def searched_ids(checked: Checked, query: Query) -> list[str]:
    models, terms = checked.listing.list, search_terms(query.q)
    pairs = zip(models.column("name"), models.column("id"), strict=True)
    return [
        model_id for name, model_id in pairs if not terms or holds_all(fold(f"{name}\n{model_id}"), terms)
    ]


def select(findings: list[Finding], query: Query, models: ModelList) -> list[Finding]:
    """The findings that the query asks for, whatever their state."""
    terms = search_terms(query.q)
    names, ids = models.column("name"), models.column("id")
    return [
        found
        for found in findings
        if (not query.rule or found.rule.name == query.rule)
        and (not query.proposal or found.value is not None)
        and (not terms or holds_all(fold(f"{names[found.position]}\n{ids[found.position]}"), terms))
    ]


def _group(
    rule: Rule, found: list[Finding], first: int, size: int, query: Query, checked: Checked, project: str
) -> Group:
    return Group(
        rule=rule,
        count=len(found),
        rows=[_row(item, checked, project) for item in found[first : first + size]],
        more_query=query.encode(rule=rule.name) if len(found) > size and not query.rule else "",
        proposals=sum(item.value is not None for item in found),
    )


def _row(found: Finding, checked: Checked, project: str) -> dict[str, str]:
    """One finding. `key` is what a form sends; `dismissed` says by whom, when and why, "" for an open finding."""
    model_id = checked.listing.list.column("id")[found.position]
    name = label_of(checked.listing.list.column("name")[found.position], model_id=model_id)
    linked = has_page(model_id)
    return _facts(found, project, model_id, linked=linked) | {
        "key": f"{found.rule.name}:{model_id}",
        "url": reverse("model", args=[project, model_id]) if linked else "",
        "name": visible(name)[:LONGEST_NAME],
        "id": visible(model_id),
        "dismissed": _dismissed(checked.dismissed.get((model_id, found.rule.name))),
    }


def model_rows(findings: list[Finding], *, project: str, model_id: str) -> list[dict[str, str]]:
    """The findings of one model, for its page."""
    return [_facts(found, project, model_id, linked=True) for found in findings]


def _facts(found: Finding, project: str, model_id: str, *, linked: bool) -> dict[str, str]:
    """`proposal` is "" without one, and `edit_url` "" where there is no form for the field."""
    field, value = FIELDS.get(found.rule.field), found.value
    return {
        "title": found.rule.title,
        "reason": visible(found.reason)[:LONGEST_REASON],
        "field": field.label if field else "",
        "proposal": f"{value:,}" if isinstance(value, int) else visible(value or ""),
        "edit_url": reverse("model-field", args=[project, model_id, field.name]) if linked and field else "",
    }


def _dismissed(row: Dismissal | None) -> str:
    if row is None:
        return ""
    return f"{visible(row.reason)} ({visible(row.username)}, {display.moment_utc(row.created_at)})"


def _menus(findings: list[Finding], query: Query) -> list[FilterMenu]:
    counts = Counter(found.rule.name for found in findings)
    rules = [
        (rule.name, f"{rule.title} ({counts[rule.name]:,})")
        for rule in RULES
        if counts[rule.name] or rule.name == query.rule
    ]
    return [
        filter_menu("rule", "Check", "All checks", rules, query.rule),
        filter_menu(
            "proposal", "Proposal", "With or without a proposal", [("1", "With a proposal")], query.proposal
        ),
        filter_menu("state", "State", "Open", [("dismissed", "Dismissed")], query.state),
    ]
