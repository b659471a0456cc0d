"""The models that the sandbox starts with: the same every time, and like those of a real team."""

import uuid
from functools import lru_cache
from typing import Any, NamedTuple

from .record import Record
from .seed_models import TEAM, Family, families
from .shapes import size_formatted

NAMESPACE = uuid.UUID("7b1d7a52-6f0c-4c1e-9a55-5a6de0f0c0de")
STARTED = 1_730_000_000  # 2024-10-27, the day the invented team uploaded its first model
ONE_DAY = 86_400
VARIANTS = ("base", "sft", "dpo", "support", "summariser", "router", "judge", "draft")


class Seeded(NamedTuple):
    """A project's seed: its key, and how many models it has (None: the 44 of the team)."""

    id: str
    key: str
    owner: str
    models: int | None


PROJECTS = (
    Seeded("proj_ABC123", "xero_myproject_your_api_key", "my-project", None),
    Seeded("acme-prod", "xero_acme-prod_sandbox_key_0001", "acme-prod", 12),
    Seeded("ws_0a1b2c3d", "xero_research_sandbox_key_0002", "research", 1),
    Seeded("proj_EMPTY", "xero_empty_sandbox_key_0003", "empty", 0),
    Seeded("proj_LARGE", "xero_large_sandbox_key_0004", "large", 1000),
)
NO_SCOPE_KEY = "xero_myproject_no_scope_key"
REVOKED_KEY = "xero_myproject_revoked_key"


@lru_cache(maxsize=32)
def records(project: str, owner: str, count: int | None) -> tuple[Record, ...]:
    """The first `count` models of a project. Shared objects: copy a record before changing it."""
    ours = project == PROJECTS[0].id
    count = len(TEAM) if count is None else count
    kept = [_of_team(number, row, owner) for number, row in enumerate(TEAM)][:count] if ours else []
    return tuple(kept + [_generated(project, owner, number) for number in range(len(kept), count)])


def _of_team(number: int, row: dict[str, Any], owner: str) -> Record:
    row = dict(row)
    family = families()[row.pop("family")]
    catalog = row.pop("catalog", None)
    model_id = row.pop("id", None) or generated_id(PROJECTS[0].id, number)
    created_at = row.pop("created_at", None)
    broken = row.pop("broken", False)
    facts = facts_of(family, owner, STARTED + number * 9 * ONE_DAY + number * 1237) | row
    facts["size_formatted"] = size_formatted(facts["size_bytes"])
    return Record(model_id, facts, _extracted(family, facts), catalog, created_at, broken)


def _generated(project: str, owner: str, number: int) -> Record:
    """Model `number` of a generated project: families, variants and states in rotation."""
    every = list(families().values())
    family = every[number % len(every)]
    variant = VARIANTS[(number // len(every)) % len(VARIANTS)]
    facts = facts_of(family, owner, STARTED + number * 3607)
    facts["name"] = f"{family.name}-{variant}-{number:05d}"
    facts["description"] = f"{variant.capitalize()} build {number} of {family.name}"
    facts["version"] = f"{1 + number % 3}.{number % 10}.0"
    facts["is_latest"] = number % 5 != 4
    if number % 17 == 11:
        facts["status"] = "error"
    elif number % 23 == 7:
        facts["status"] = "active"
    if number % 13 == 5:
        facts |= {"architecture": None, "context_length": None, "parameter_count": None, "description": None}
    return Record(generated_id(project, number), facts, _extracted(family, facts), broken=number % 34 == 11)


def facts_of(family: Family, owner: str, created: int) -> dict[str, Any]:
    size = int(family.parameters * family.bytes_each)
    return {
        "created": created,
        "owned_by": owner,
        "name": family.name,
        "format": family.format,
        "size_bytes": size,
        "size_formatted": size_formatted(size),
        "status": "ready",
        "version": "1.0.0",
        "is_latest": True,
        "description": None,
        "architecture": family.architecture,
        "quantization": family.quantization,
        "context_length": family.context,
        "parameter_count": family.parameters,
        "workload_type": family.workload,
        "is_shared": False,
        "catalog_role": None,
        "license": family.license,
        "hidden_size": family.hidden,
        "num_layers": family.layers,
        "vocab_size": family.vocab,
    }


def _extracted(family: Family, facts: dict[str, Any]) -> dict[str, Any]:
    """What validation reads from the files: everything but descriptions, licences and workloads."""
    return {
        "architecture": family.architecture,
        "quantization": facts["quantization"] or "native",
        "context_length": family.context,
        "parameter_count": family.parameters,
        "hidden_size": family.hidden,
        "num_layers": family.layers,
        "vocab_size": family.vocab,
    }


def generated_id(project: str, number: int) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{project}/{number}"))
