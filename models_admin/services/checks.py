"""Checks of a project's metadata: what the rules find in the list, and what people have dismissed of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.checks.rules import RULES
from models_admin.checks.running import Finding, Report, find
from models_admin.checks.table import NOT_RETURNED, Table
from models_admin.formatting.storable import text_storable
from models_admin.models import Activity, Dismissal
from models_admin.services.activity import last_set_many
from models_admin.services.details import details_known, details_merge
from models_admin.services.listing import Listing, models_list
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

Key = tuple[str, str]  # a model's ID and a rule's name: what a finding is known by
LONGEST_REASON, LONGEST_FINDING = 500, 2000  # characters


@dataclass(frozen=True, slots=True)
class Checked:
    """A list with its findings. `dismissed` has the dismissals that still hold, by finding.

    `unread`: IDs of the models whose details weren't read, where the API lists six fields; None where it lists more.
    """

    listing: Listing
    report: Report
    dismissed: Mapping[Key, Dismissal]
    unread: Sequence[str] | None = None

    def key(self, finding: Finding) -> Key:
        return self.listing.list.column("id")[finding.position], finding.rule.name


def checks_run(*, access: Access, fresh: bool = False) -> Checked:
    """Check every model of the project's list: read now, or up to ten seconds ago. Raises NotAllowed, ApiError."""
    listing, unread = models_list(access=access, fresh=fresh), None
    if not listing.list.detailed:
        known = details_known(access=access)
        ids = listing.list.column("id")
        unread = [model_id for model_id in ids if model_id not in known and is_model_id(model_id)]
        listing = replace(listing, list=details_merge(listing.list, known)) if known else listing
    table = Table(
        listing.list,
        last_set=_last_set(access.project),
        revalidated=_revalidated(access.project),
        now=timezone.now(),
    )
    report = find(table, RULES)
    rows = {(row.model_id, row.rule): row for row in Dismissal.objects.filter(project=access.project)}
    ids = listing.list.column("id")
    reasons = {(ids[found.position], found.rule.name): found.reason for found in report.findings}
    valid = {key: row for key, row in rows.items() if _text(reasons.get(key, "")) == row.finding}
    return Checked(listing, report, valid, unread)


def model_checks(
    *, access: Access, model: Model, last_set: Mapping[str, Any], revalidated: datetime | None
) -> list[Finding]:
    """What the rules find in one model, without what is dismissed. Models with the same name are not compared.

    `last_set`: values set here, by field. `revalidated`: when it was last revalidated from here.
    """
    table = Table(
        ModelList((dict(model.sent),)),
        last_set={model.id: last_set},
        revalidated={model.id: revalidated} if revalidated else {},
        now=timezone.now(),
    )
    found = find(table, RULES).findings
    rows = Dismissal.objects.filter(project=access.project, model_id=model.id) if found else []
    dismissed = {(row.rule, row.finding) for row in rows}
    return [item for item in found if (item.rule.name, _text(item.reason)) not in dismissed]


def repairs_of(checked: Checked, keys: Collection[Key]) -> list[tuple[Model, str, str | int]]:
    """What these findings propose: (model, field, value). Of two proposals for one field, the first rule's counts."""
    changes: dict[tuple[int, str], str | int] = {}
    for item in checked.report.findings:
        if item.value is not None and checked.key(item) in keys:
            changes.setdefault((item.position, item.rule.field), item.value)
    models = checked.listing.list
    return [(models.model(position), field, value) for (position, field), value in changes.items()]


def findings_dismiss(*, access: Access, findings: Mapping[Key, str], reason: str) -> int:
    """Hide these findings, given with their texts, for everybody in the project. Raises NotAllowed."""
    access.require("edit")
    rows = [
        Dismissal(
            **access.author,
            model_id=model_id,
            rule=rule,
            finding=_text(text),
            reason=text_storable(reason, limit=LONGEST_REASON),
        )
        for (model_id, rule), text in findings.items()
    ]
    Dismissal.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["project", "model_id", "rule"],
        update_fields=["finding", "reason", "user", "username", "created_at"],
    )
    return len(rows)


def findings_restore(*, access: Access, keys: Collection[Key]) -> int:
    """Take dismissals back. Raises NotAllowed."""
    access.require("edit")
    count = 0
    for model_id, rule in {(text_storable(model_id), text_storable(rule)) for model_id, rule in keys}:
        count += Dismissal.objects.filter(project=access.project, model_id=model_id, rule=rule).delete()[0]
    return count


def _text(reason: str) -> str:
    return text_storable(reason, limit=LONGEST_FINDING)


def _last_set(project: str) -> dict[str, dict[str, Any]]:
    """Values set here of the fields that the API doesn't return, by model ID and field."""
    found = last_set_many(project=project, fields=NOT_RETURNED)
    return {
        model_id: {name: last.value for name, last in values.items()} for model_id, values in found.items()
    }


def _revalidated(project: str) -> dict[str, datetime]:
    """When each model was last revalidated from here. One query."""
    rows = Activity.objects.filter(
        project=project, action=Activity.Action.REVALIDATE, outcome=Activity.Outcome.DONE
    ).order_by()
    return dict(rows.values("model_id").annotate(at=Max("created_at")).values_list("model_id", "at"))
