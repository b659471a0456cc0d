"""The rules on whole projects of the sandbox: every mistake of its 200 models with gaps, and nothing else."""

from __future__ import annotations

from collections import Counter

from models_admin.checks.rules import RULES
from models_admin.checks.running import find
from models_admin.checks.table import Table
from models_admin.xerotier.model_list import ModelList
from sandbox.seed_gaps import gaps
from sandbox.shapes import extended, extended_all

FOUND = {
    "name-parameters": 20,
    "size-parameters": 20,
    "quantization-method": 20,
    "missing-parameter-count": 20,
    "missing-context-length": 20,
    "context-range": 20,
    "name-context": 40,
    "name-quantization": 20,
    "workload-architecture": 20,
    "missing-quantization": 20,
    "latest-versions": 20,
}


def models() -> ModelList:
    return ModelList(tuple(extended(record) for record in gaps("team")))


def test_every_mistake_is_found_and_nothing_else():
    report = find(Table(models()), RULES)
    assert Counter(finding.rule.name for finding in report.findings) == FOUND


def test_layers_confirm_which_parameters_are_wrong_where_the_api_returns_them():
    report = find(Table(ModelList(tuple(extended_all(record) for record in gaps("team")))), RULES)
    assert Counter(finding.rule.name for finding in report.findings) == FOUND | {"layers-parameters": 20}
    assert [rule for rule in report.undecided if not rule.name.startswith("missing-")] == []


def test_every_mistake_but_a_shared_name_is_repaired_by_its_proposals():
    listed = models()
    entries = [dict(entry) for entry in listed.entries]
    for finding in find(Table(listed), RULES).findings:
        if finding.rule.name != "latest-versions":
            assert finding.value is not None
            entries[finding.position][finding.rule.field] = finding.value
    report = find(Table(ModelList(tuple(entries))), RULES)
    assert {finding.rule.name for finding in report.findings} == {"latest-versions"}
