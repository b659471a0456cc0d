"""The rules of the checks, each on both sides: what it finds, and what looks similar and is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models_admin.checks.names import name_says
from models_admin.checks.rules import BY_NAME, RULES
from models_admin.checks.running import find
from models_admin.checks.table import NOT_RETURNED, Table
from models_admin.xerotier.model_list import ModelList

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LLAMA_8B = {
    "name": "llama-8b",
    "architecture": "LlamaForCausalLM",
    "quantization": "native",
    "context_length": 131072,
    "parameter_count": 8030261248,
    "size_bytes": 16060522496,
    "hidden_size": 4096,
    "num_layers": 32,
    "vocab_size": 128256,
}


def table(*entries: dict[str, Any], **known: Any) -> Table:
    models = ModelList(tuple({"id": f"m{number}", **entry} for number, entry in enumerate(entries)))
    return Table(models, now=NOW, **known)


def found(rule: str, *entries: dict[str, Any], **known: Any) -> list[tuple[int, Any]]:
    """Position and proposal of each finding of one rule."""
    report = find(table(*entries, **known), [BY_NAME[rule]])
    assert not report.undecided
    return [(finding.position, finding.value) for finding in report.findings]


# rule, what a model says, the proposal
WRONG: list[tuple[str, dict[str, Any], Any]] = [
    ("status-error", {"status": "error", "created_at": "2026-05-01T00:00:00Z"}, None),
    ("status-error", {"status": "Error"}, None),
    ("status-validating", {"status": "validating", "created_at": "2026-06-01T10:00:00Z"}, None),
    ("name-parameters", {"name": "llama-7b", "parameter_count": 70_000_000_000}, 7_000_000_000),
    ("name-parameters", {"name": "Qwen2.5-0.5B", "parameter_count": 5_000_000_000}, 500_000_000),
    ("name-parameters", {"name": "bge_335M", "parameter_count": 33_500_000}, 335_000_000),
    ("name-parameters", {"name": "mixtral-8x7b", "parameter_count": 7_000_000_000}, 56_000_000_000),
    ("name-parameters", {"name": "7b-from-70b", "parameter_count": 1_000_000_000}, None),
    ("name-context", {"name": "yarn-128k", "context_length": 8192}, 131072),
    ("name-quantization", {"name": "llama-awq", "quantization": "gptq"}, "awq"),
    ("name-quantization", {"name": "llama-Q4_K_M", "quantization": "awq"}, "gguf"),
    ("quantization-method", {"quantization": "AWQ"}, "awq"),
    ("quantization-method", {"quantization": "compressed_tensors"}, "compressed-tensors"),
    ("quantization-method", {"quantization": "Q4_K_M"}, "gguf"),
    ("quantization-method", {"quantization": "exl2"}, None),
    ("context-range", {"name": "llama-32k", "context_length": 0}, 32768),
    ("context-range", {"name": "llama", "context_length": 127}, None),
    ("context-range", {"name": "llama", "context_length": 10_000_001}, None),
    ("size-parameters", LLAMA_8B | {"parameter_count": 80_302_612_480}, 8_000_000_000),
    ("size-parameters", LLAMA_8B | {"quantization": "awq"}, None),
    ("size-parameters", LLAMA_8B | {"size_bytes": 4_000_000_000}, None),
    ("layers-parameters", LLAMA_8B | {"num_layers": 3}, None),
    ("layers-parameters", LLAMA_8B | {"hidden_size": 16384}, None),
    ("workload-architecture", {"workload_type": "chat", "architecture": "BertModel"}, "embedding"),
    ("shared-license", {"is_shared": True, "license": None}, None),
    ("shared-description", {"is_shared": True, "description": " "}, None),
    ("missing-description", {"description": ""}, None),
    ("missing-architecture", {"architecture": None}, None),
    ("missing-quantization", {"quantization": None, "name": "llama-gptq"}, "gptq"),
    ("missing-quantization", {"quantization": None, "format": "gguf"}, "gguf"),
    ("missing-context-length", {"contextLength": None, "name": "llama-32k"}, 32768),
    ("missing-parameter-count", {"parameter_count": None, "name": "llama-8b"}, 8_000_000_000),
    ("missing-parameter-count", {"parameter_count": None, "name": None}, None),
    ("missing-workload-type", {"workload_type": None, "architecture": "XLMRobertaModel"}, "embedding"),
    ("missing-workload-type", {"workload_type": None, "architecture": "LlamaForCausalLM"}, None),
    *((f"missing-{name.replace('_', '-')}", {name: None}, None) for name in sorted(NOT_RETURNED)),
]
RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("status-error", {"status": "error", "created_at": "2026-06-01T11:30:00Z"}),
    ("status-error", {"status": "ready"}),
    ("status-validating", {"status": "validating", "created_at": "2026-06-01T11:30:00Z"}),
    ("name-parameters", {"name": "llama-7b", "parameter_count": 6_738_546_688}),
    ("name-parameters", {"name": "mixtral-8x7b", "parameter_count": 46_702_792_704}),
    ("name-parameters", {"name": "qwen3-30b-a3b", "parameter_count": 30_532_122_624}),
    ("name-parameters", {"name": "draft-4bit-v2b-1m", "parameter_count": 8}),
    ("name-parameters", {"name": "70b-distilled-into-8b", "parameter_count": 8_000_000_000}),
    ("name-context", {"name": "yarn-128k", "context_length": 131072}),
    ("name-context", {"name": "phi-128k", "context_length": 128000}),
    ("name-context", {"name": "sft-10k-steps", "context_length": 8192}),
    ("name-quantization", {"name": "llama-awq", "quantization": "awq_marlin"}),
    ("name-quantization", {"name": "llama-fp8", "quantization": "compressed-tensors"}),
    ("name-quantization", {"name": "llama-AWQ", "quantization": "AWQ"}),
    ("name-quantization", {"name": "hawqs", "quantization": "fp8"}),
    ("quantization-method", {"quantization": "awq"}),
    ("quantization-method", {"quantization": "native"}),
    ("quantization-method", {"quantization": ""}),
    ("context-range", {"name": "bert", "context_length": 512}),
    ("context-range", {"name": "llama-4", "context_length": 10_000_000}),
    ("size-parameters", LLAMA_8B),
    ("size-parameters", LLAMA_8B | {"quantization": "awq", "size_bytes": 5_700_000_000}),
    ("size-parameters", LLAMA_8B | {"size_bytes": 0}),
    ("size-parameters", LLAMA_8B | {"quantization": "exl2", "size_bytes": 1}),
    ("layers-parameters", LLAMA_8B),
    ("layers-parameters", LLAMA_8B | {"architecture": "MixtralForCausalLM", "parameter_count": 46 * 10**9}),
    ("layers-parameters", LLAMA_8B | {"architecture": "AlbertModel", "parameter_count": 10**7}),
    ("workload-architecture", {"workload_type": "chat, Embedding", "architecture": "BertModel"}),
    ("workload-architecture", {"workload_type": "embedding", "architecture": "Qwen3ForCausalLM"}),
    ("workload-architecture", {"workload_type": "", "architecture": "BertModel"}),
    ("shared-license", {"is_shared": False, "license": None}),
    ("shared-license", {"is_shared": True, "license": "MIT"}),
    ("shared-description", {"is_shared": True, "description": "An assistant"}),
    ("missing-description", {"description": "An assistant"}),
    ("missing-architecture", {"architecture": ["LlamaForCausalLM"]}),
    ("missing-quantization", {"quantization": "awq"}),
    ("missing-context-length", {"context_length": 0}),
    ("missing-parameter-count", {"parameter_count": "many"}),
    ("missing-workload-type", {"workload_type": "chat"}),
    *((f"missing-{name.replace('_', '-')}", {name: 1}) for name in sorted(NOT_RETURNED)),
]


@pytest.mark.parametrize(("rule", "entry", "value"), WRONG)
def test_a_rule_finds_what_is_wrong_and_proposes_the_repair(rule, entry, value):
    assert found(rule, entry) == [(0, value)]


@pytest.mark.parametrize(("rule", "entry"), RIGHT)
def test_a_rule_leaves_what_is_right(rule, entry):
    assert found(rule, entry) == []


def test_every_rule_is_tested_on_both_sides():
    others = {"latest-versions"}  # compares models: below
    assert {rule for rule, *_ in WRONG} | others == {rule for rule, _ in RIGHT} | others == set(BY_NAME)


@pytest.mark.parametrize(
    ("flags", "positions"),
    [([True, True], [0, 1]), ([False, False, False], [0, 1, 2]), ([True, False], []), ([False], [])],
)
def test_of_models_with_one_name_exactly_one_is_the_latest(flags, positions):
    entries = [{"name": f" LLaMA{' ' * number}", "is_latest": flag} for number, flag in enumerate(flags)]
    assert [at for at, _ in found("latest-versions", *entries)] == positions


def test_models_without_a_name_or_flag_are_not_compared():
    entries = [{"name": name, "is_latest": flag} for name, flag in (("a", None), ("a", True), (None, False))]
    assert found("latest-versions", *entries, {"name": None, "is_latest": False}) == []


def test_a_revalidation_from_here_starts_the_time_again():
    entry = {"status": "error", "created_at": "2026-01-01T00:00:00Z"}
    assert found("status-error", entry, revalidated={"m0": NOW - timedelta(minutes=5)}) == []
    assert found("status-error", entry, revalidated={"m0": NOW - timedelta(hours=2)}) == [(0, None)]


def test_what_was_set_here_stands_in_for_what_the_api_does_not_return():
    bare = {
        key: value
        for key, value in LLAMA_8B.items()
        if key not in ("hidden_size", "num_layers", "vocab_size")
    }
    here = {"m0": {"hidden_size": 4096, "num_layers": 3, "vocab_size": 128256}}
    assert found("layers-parameters", bare, last_set=here) == [(0, None)]
    assert find(table(bare), [BY_NAME["layers-parameters"]]).undecided == [BY_NAME["layers-parameters"]]


def test_what_was_set_here_and_is_no_number_decides_nothing():
    bare = {key: value for key, value in LLAMA_8B.items() if key not in ("hidden_size", "num_layers")}
    for odd in ("n/a", [4096], {"size": 4096}):
        here = {"m0": {"hidden_size": odd, "num_layers": 3}}
        assert found("layers-parameters", bare, last_set=here) == []


def test_a_license_that_was_set_here_is_not_missing():
    entry = {"is_shared": True, "license": None}
    assert found("shared-license", entry, last_set={"m0": {"license": "MIT"}}) == []


def test_six_facts_decide_only_what_needs_no_more():
    six = {
        "name": "a",
        "format": "gguf",
        "sizeBytes": 1,
        "status": "error",
        "createdAt": "2026-01-01T00:00:00Z",
    }
    report = find(table(six), RULES)
    assert {finding.rule.name for finding in report.findings} == {"status-error"}
    assert set(BY_NAME) - {rule.name for rule in report.undecided} == {"status-error", "status-validating"}


def test_a_field_that_one_model_does_not_report_is_not_missing_there():
    assert found("missing-license", {"license": None}, {}) == [(0, None)]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Llama-3.1-8B-Instruct-AWQ", ((8 * 10**9,), (), "awq")),
        ("phi-3-mini-128k-instruct", ((), (131072,), "")),
        ("mistral-7b.Q5_K_S.gguf", ((7 * 10**9,), (), "gguf")),
        ("model-IQ3_XXS", ((), (), "gguf")),
        ("0b-0k", ((), (), "")),
        ("", ((), (), "")),
    ],
)
def test_names_are_read_for_parameters_context_and_quantization(name, says):
    assert name_says(name) == says
