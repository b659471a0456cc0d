"""Findings as CSV or JSON: all that the filters leave, with exact values (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models_admin.checks.running import Finding
from models_admin.formatting import display
from models_admin.screens.models.export import csv_lines, json_lines
from models_admin.services.checks import Checked

COLUMNS = ("model_id", "model_name", "rule", "title", "finding", "field", "proposal", "dismissed", "by", "at")


def findings_csv(checked: Checked, findings: Sequence[Finding]) -> Iterator[bytes]:
    rows = ([fact or "" for fact in _facts(checked, found).values()] for found in findings)
    return csv_lines(iter([COLUMNS, *rows]))


def findings_json(checked: Checked, findings: Sequence[Finding], about: Mapping[str, Any]) -> Iterator[bytes]:
    """What `about` says, then "findings"."""
    facts = (_facts(checked, found) for found in findings)
    return json_lines({**about, "count": len(findings)}, "findings", facts)


def _facts(checked: Checked, found: Finding) -> dict[str, Any]:
    model_id, rule = checked.key(found)
    dismissal = checked.dismissed.get((model_id, rule))
    return {
        "model_id": model_id,
        "model_name": checked.listing.list.column("name")[found.position],
        "rule": rule,
        "title": found.rule.title,
        "finding": found.reason,
        "field": found.rule.field or None,
        "proposal": found.value,
        "dismissed": dismissal.reason if dismissal else None,
        "by": dismissal.username if dismissal else None,
        "at": display.moment_iso(dismissal.created_at) if dismissal else None,
    }
