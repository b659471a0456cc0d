"""200 models with mistakes in their metadata, the same every time: for trying out checks (`--gaps`).

Everything else about them is right, so a check that finds more than these mistakes is wrong.
"""

from functools import lru_cache
from typing import Any

from .record import Record
from .seed import STARTED, facts_of, generated_id
from .seed_models import families

COUNT = 200
EACH = 20  # models with each mistake
PROJECT = "gaps"  # of the IDs

# name, family, what is wrong
MISTAKES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("llama-3.1-8b", "llama-3.1-8b", {"parameter_count": 80302612480}),
    ("mixtral-8x7b", "mixtral-8x7b", {"quantization": "AWQ"}),
    ("gemma-3-12b", "gemma-3-12b", {"parameter_count": None}),
    ("phi-4-16k", "phi-4", {"context_length": None}),
    ("starcoder2-15b-16k", "starcoder2-15b", {"context_length": 0}),
    ("codellama-7b-awq", "codellama-7b", {"quantization": "gptq"}),
    ("e5-large-v2", "e5-large-v2", {"workload_type": "chat"}),
    ("mistral-7b", "mistral-7b", {"quantization": None}),
    ("aya-expanse-32b-128k", "aya-expanse-32b", {"context_length": 8192}),
)
SAME_NAME = 2  # models share one name; both or none of them are marked as the latest version


@lru_cache(maxsize=4)
def gaps(owner: str) -> tuple[Record, ...]:
    """Shared objects: copy a record before changing it."""
    return tuple(_record(number, owner) for number in range(COUNT))


def _record(number: int, owner: str) -> Record:
    kind, turn = divmod(number, EACH)
    name, family, wrong = MISTAKES[kind] if kind < len(MISTAKES) else ("qwen3-30b-a3b", "qwen3-30b-a3b", {})
    facts = facts_of(families()[family], owner, STARTED + number * 3607)
    facts["name"] = f"{name}-{turn:02d}"
    facts["description"] = f"Build {number} of {name}"
    if not wrong:
        pair = turn // SAME_NAME
        facts |= {"name": f"{name}-{pair:02d}", "is_latest": pair % 2 == 0}
    return Record(generated_id(PROJECT, number), facts | wrong, {})
