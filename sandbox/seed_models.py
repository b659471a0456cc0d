"""A team's 44 models as data: the families they were built from, and what differs per model."""

# ruff: noqa: E501, RUF001 (a table: one model, one or two lines; some write in their own script)

from functools import lru_cache
from typing import Any, NamedTuple


class Family(NamedTuple):
    """A published model that teams build on. `bytes_each` is the size of one parameter in the file."""

    name: str
    architecture: str
    parameters: int
    context: int
    hidden: int
    layers: int
    vocab: int
    license: str
    workload: str
    format: str
    quantization: str
    bytes_each: float


EXAMPLE_ID = "00000000-1111-0000-1111-000000000000"
# fmt: off
FAMILIES = (
    Family("codellama-7b", "LlamaForCausalLM", 6738546688, 32768, 4096, 32, 32016, "llama2", "chat", "safetensors", "awq", 0.62),
    Family("llama-3.1-8b", "LlamaForCausalLM", 8030261248, 131072, 4096, 32, 128256, "llama3.1", "chat", "safetensors", "native", 2),
    Family("llama-3.3-70b", "LlamaForCausalLM", 70553706496, 131072, 8192, 80, 128256, "llama3.3", "chat", "safetensors", "fp8", 1.03),
    Family("qwen2.5-coder-32b", "Qwen2ForCausalLM", 32763876352, 131072, 5120, 64, 152064, "Apache-2.0", "code", "safetensors", "gptq", 0.58),
    Family("qwen3-30b-a3b", "Qwen3MoeForCausalLM", 30532122624, 40960, 2048, 48, 151936, "Apache-2.0", "reasoning", "safetensors", "fp8", 1.02),
    Family("mistral-7b", "MistralForCausalLM", 7248023552, 32768, 4096, 32, 32768, "Apache-2.0", "chat", "gguf", "gguf", 0.6),
    Family("mixtral-8x7b", "MixtralForCausalLM", 46702792704, 32768, 4096, 32, 32000, "Apache-2.0", "chat", "safetensors", "awq", 0.53),
    Family("deepseek-r1-qwen-14b", "Qwen2ForCausalLM", 14770033664, 131072, 5120, 48, 152064, "MIT", "reasoning", "safetensors", "native", 2),
    Family("gemma-3-12b", "Gemma3ForConditionalGeneration", 12187325040, 131072, 3840, 48, 262208, "gemma", "multilingual", "safetensors", "native", 2),
    Family("phi-4", "Phi3ForCausalLM", 14659507200, 16384, 5120, 40, 100352, "MIT", "reasoning", "safetensors", "bitsandbytes", 0.62),
    Family("bge-m3", "XLMRobertaModel", 567754752, 8192, 1024, 24, 250002, "MIT", "embedding", "safetensors", "native", 4),
    Family("e5-large-v2", "BertModel", 335141888, 512, 1024, 24, 30522, "MIT", "embedding", "onnx", "native", 4),
    Family("starcoder2-15b", "Starcoder2ForCausalLM", 15957889024, 16384, 6144, 40, 49152, "bigcode-openrail-m", "code", "pytorch", "native", 2),
    Family("aya-expanse-32b", "CohereForCausalLM", 32296476672, 131072, 8192, 40, 256000, "CC-BY-NC-4.0", "multilingual", "safetensors", "gptq", 0.6),
)

EXAMPLE_CATALOG = {
    "catalog_role": "deployable", "deployment_count": 5, "is_on_shared_agents": False,
    "is_public": True, "featured": False, "shared_at": "2026-01-15T10:30:00Z",
}
SHARED = {"is_shared": True, "catalog_role": "shared"}
EMPTY = {
    "architecture": None, "quantization": None, "context_length": None, "parameter_count": None,
    "license": None, "hidden_size": None, "num_layers": None, "vocab_size": None,
}

TEAM: tuple[dict[str, Any], ...] = (
    # The example in the API's document, value for value. Its two responses have different dates and catalog data,
    # and so does this model.
    {"family": "codellama-7b", "id": EXAMPLE_ID, "name": "my-custom-model", "size_bytes": 4294967296,
     "created": 1706123456, "created_at": "2026-01-15T10:30:00Z", "parameter_count": 7000000000,
     "description": "A fine-tuned LLM for code generation", "catalog": EXAMPLE_CATALOG},
    {"family": "llama-3.1-8b", "name": "support-triage-8b", "version": "2.3.0", "description": "Sorts incoming tickets by product and urgency"},
    {"family": "llama-3.1-8b", "name": "support-triage-8b-v1", "version": "1.4.2", "is_latest": False, "description": "Replaced by 2.3; kept until March"},
    {"family": "llama-3.3-70b", "name": "assistant-70b", "version": "3.0.1", "description": "Answers in the help centre", "status": "active"},
    {"family": "llama-3.3-70b", "name": "assistant-70b-canary", "version": "3.1.0-rc.2", "description": "5 % of the traffic of assistant-70b", "status": "validating"},
    {"family": "qwen2.5-coder-32b", "name": "code-review-32b", "version": "1.2.0", "description": "Comments on merge requests", **SHARED,
     "catalog": {**EXAMPLE_CATALOG, "catalog_role": "shared", "deployment_count": 23, "is_on_shared_agents": True, "featured": True, "shared_at": "2026-02-03T08:12:45Z"}},
    {"family": "qwen2.5-coder-32b", "name": "sql-writer", "version": "0.9.0", "description": "Questions in English to SQL for the warehouse"},
    {"family": "qwen3-30b-a3b", "name": "planner-30b", "description": "Breaks a task into steps for the agents"},
    {"family": "mistral-7b", "name": "mistral-7b-instruct-q4_k_m", "description": None},
    {"family": "mistral-7b", "name": "meeting-notes", "version": "1.1.0", "description": "Minutes from transcripts", "workload_type": "chat, multilingual"},
    {"family": "mixtral-8x7b", "name": "mixtral-legal", "description": "Contract clauses; do not use outside the legal team", "license": "Proprietary"},
    {"family": "deepseek-r1-qwen-14b", "name": "root-cause-14b", "description": "Incident analysis from logs and traces"},
    {"family": "gemma-3-12b", "name": "translator-eu", "version": "2.0.0", "description": "24 europäische Sprachen – Übersetzung mit Glossar (日本語も少し)"},
    {"family": "phi-4", "name": "tutor-phi4", "description": "Onboarding quizzes"},
    {"family": "bge-m3", "name": "search-embeddings", "version": "4.0.0", "description": "Index of the knowledge base: change only with a full re-index", "status": "active"},
    {"family": "bge-m3", "name": "search-embeddings-v3", "version": "3.2.1", "is_latest": False, "description": "Previous index", "status": "inactive"},
    {"family": "e5-large-v2", "name": "e5-large-onnx", "description": "CPU fallback for search"},
    {"family": "starcoder2-15b", "name": "autocomplete-15b", "description": "Completion in the editor", "workload_type": "code"},
    {"family": "starcoder2-15b", "name": "autocomplete-15b-broken-upload", "status": "error", "broken": True, "description": None, **EMPTY, "size_bytes": 1073741824},
    {"family": "aya-expanse-32b", "name": "marketing-copy", "description": "Campaign drafts, nine languages"},
    {"family": "llama-3.1-8b", "name": "pii-redactor", "version": "5.1.0", "description": "Masks names, addresses and account numbers before anything is stored"},
    {"family": "llama-3.1-8b", "name": "intent-router", "description": "First hop of every chat", "context_length": 8192},
    {"family": "codellama-7b", "name": "unit-test-writer", "description": "pytest from a diff", "workload_type": "code"},
    {"family": "codellama-7b", "name": "cobol-to-java", "status": "error", "description": "Shard 3 of 4 failed its checksum", "broken": True},
    {"family": "qwen3-30b-a3b", "name": "qwen3-30b-a3b-instruct-2507-fp8-dynamic-kv-cache-calibrated-on-internal-support-dialogues-2025q4-candidate-07",
     "description": "Candidate 7 of the winter round. " + "Calibrated on support dialogues of the last quarter; see the evaluation sheet before promoting. " * 3},
    {"family": "mistral-7b", "name": "mistral-7b-draft", "description": "Draft model for speculative decoding", "format": "safetensors", "quantization": "native", "size_bytes": 14496047104},
    {"family": "gemma-3-12b", "name": "image-captions", "description": "Alternative texts for the shop's pictures", "workload_type": "multilingual, chat"},
    {"family": "phi-4", "name": "finance-qa", "version": "1.0.3", "description": "Quarterly reports; answers cite the page"},
    {"family": "deepseek-r1-qwen-14b", "name": "r1-distill-eval", "status": "pending", "description": None},
    {"family": "e5-large-v2", "name": "dedupe-tickets", "description": "Finds duplicates in the tracker"},
    {"family": "mixtral-8x7b", "name": "mixtral-8x7b-awq-legacy", "is_latest": False, "status": "archived", "description": "Last used in 2024"},
    {"family": "llama-3.3-70b", "name": "judge-70b", "description": "Grades answers in nightly evaluation"},
    {"family": "aya-expanse-32b", "name": "arabic-chat", "description": "دعم العملاء باللغة العربية"},
    {"family": "bge-m3", "name": "reranker-experiment", "status": "uploading", "description": None, **EMPTY, "size_bytes": None},
    {"family": "llama-3.1-8b", "name": "llama-3.1-8b-q8_0.gguf", "format": "gguf", "quantization": "gguf", "size_bytes": 8540775168, "description": "For laptops"},
    {"family": "qwen2.5-coder-32b", "name": "iac-helper", "description": "Terraform & Helm: <values.yaml> in, review out", **SHARED,
     "catalog": {**EXAMPLE_CATALOG, "deployment_count": 0, "is_public": False, "shared_at": "2026-06-21T17:05:00Z"}},
    {"family": "phi-4", "name": "phi-4-exl2", "format": "exl2", "quantization": "exl2", "size_bytes": 9126805504, "description": "Format under trial"},
    {"family": "starcoder2-15b", "name": "changelog-writer", "description": "Release notes from commits"},
    {"family": "mistral-7b", "name": "voice-assistant", "description": "Short answers for the phone line", "context_length": 4096},
    {"family": "codellama-7b", "name": "regex-helper", "description": "", "quantization": "squeezellm"},
    {"family": "gemma-3-12b", "name": "gemma-ft-2026-01-15", "description": None, "license": None},
    {"family": "deepseek-r1-qwen-14b", "name": "maths-tutor", "description": "Worked solutions, years 7 to 10", "context_length": 65536},
    {"family": "e5-large-v2", "name": "unnamed-import-0042", "description": None, **EMPTY},
    {"family": "llama-3.1-8b", "name": "nightly-smoke-test", "description": "Tiny run after every deployment of the agents", "size_bytes": 524288000, "parameter_count": 262144000},
)
# fmt: on


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    return {family.name: family for family in FAMILIES}
