"""What PATCH accepts: the ten fields of "Update Model Metadata", their types and ranges."""

from typing import Any

from .refusals import invalid

TEXTS = {
    "description": 10_000,
    "license": 255,
    "architecture": 255,
    "quantization": 255,
    "workload_type": 255,
}
INTEGERS = ("context_length", "parameter_count", "hidden_size", "num_layers", "vocab_size")
WRITE_ONLY = ("license", "hidden_size", "num_layers", "vocab_size")
LARGEST = 2**63 - 1
WORKLOADS = ("chat", "code", "reasoning", "embedding", "multilingual")
# fmt: off
QUANTIZATIONS = (
    "aqlm", "awq", "awq_marlin", "auto-round", "bitblas", "bitsandbytes", "compressed-tensors",
    "deepgemm_fp8", "deepspeedfp", "experts_int8", "fbgemm_fp8", "fp8", "gguf", "gptq", "gptq_bitblas",
    "gptq_marlin", "gptq_marlin_24", "hqq", "ipex", "marlin", "modelopt", "modelopt_fp4", "moe_wna16",
    "neuron_quant", "ptpc_fp8", "qqq", "quark", "squeezellm", "torchao", "tpu_int8",
)
# fmt: on
CLOSED = {"quantization": QUANTIZATIONS, "workload_type": WORKLOADS}


def changes_check(body: dict[str, Any], *, null_refused: bool, unknown_refused: bool) -> dict[str, Any]:
    """The changes that a PATCH asks for, checked whole before anything is changed.

    Raises Refusal 400 `invalid_request` with `param` naming the first field at fault.
    """
    changes: dict[str, Any] = {}
    for name, value in body.items():
        if name not in TEXTS and name not in INTEGERS:
            if unknown_refused:
                raise invalid(name, f"Unknown field '{name}'.")
        elif value is None:
            if null_refused:
                raise invalid(name, f"'{name}' must not be null.")
            changes[name] = None
        else:
            changes[name] = _text(name, value) if name in TEXTS else _integer(name, value)
    return changes


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(name, f"'{name}' must be a string.")
    if len(value) > TEXTS[name]:
        raise invalid(name, f"'{name}' must be at most {TEXTS[name]} characters.")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise invalid(name, f"'{name}' must be valid Unicode text.")
    if name in CLOSED and value and value not in CLOSED[name]:
        raise invalid(name, f"'{name}' must be one of: {', '.join(CLOSED[name])}.")
    return value


def _integer(name: str, value: Any) -> int:
    # 32768.0 is an integer in JSON Schema, and true is none, although Python takes it for 1.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(name, f"'{name}' must be an integer.")
    if not 1 <= value <= LARGEST:
        raise invalid(name, f"'{name}' must be between 1 and {LARGEST}.")
    return value
