"""What published models have in common, as far as the rules need it: bits of a method, sizes of layers (pure)."""

from functools import lru_cache

from models_admin.checks.table import Table
from models_admin.xerotier.suggestions import EMBEDDING, QUANTIZATIONS

# Bits of one parameter in the files, least and most. Methods that vLLM may also apply while it loads a model
# begin with the 16 bits of unquantized files.
BITS: dict[str, tuple[int, int]] = {
    "native": (16, 32),
    **dict.fromkeys(("awq", "awq_marlin", "cpu_awq", "marlin", "qqq", "modelopt_fp4", "mxfp4"), (4, 4)),
    **dict.fromkeys(("gptq", "gptq_bitblas", "gptq_marlin", "auto-round"), (2, 8)),
    **dict.fromkeys(("fp8", "fbgemm_fp8", "ptpc_fp8", "deepgemm_fp8", "modelopt", "experts_int8"), (8, 16)),
    "gptq_marlin_24": (4, 8),
    "petit_nvfp4": (4, 4),
    "squeezellm": (3, 4),
    "bitsandbytes": (4, 16),
    "gguf": (2, 16),
    "aqlm": (2, 2),
    "compressed-tensors": (4, 16),
}
# The API reads `native` back for files that aren't quantized; these can hold any scheme, whatever the name says.
UNQUANTIZED = "native"
ANY_SCHEME = frozenset(
    {"compressed-tensors", "modelopt", "quark", "inc", "auto-round", "torchao", "moe_wna16"}
)
ALIASES = {"bnb": "bitsandbytes", "nf4": "bitsandbytes", "fp8_e4m3": "fp8", "fp8_dynamic": "fp8"}
EXPERTS = ("moe", "mixtral", "deepseekv2", "deepseekv3", "gptoss", "jamba", "dbrx", "llama4", "kimi", "glm4")
SHARED_LAYERS = ("albert",)  # one layer's parameters stand for all


def _plain(method: str) -> str:
    return method.strip().casefold().replace("-", "_")


_METHODS = {_plain(method): method for method in (*QUANTIZATIONS, UNQUANTIZED)}


@lru_cache(maxsize=256)
def method_of(text: str) -> str | None:
    """How vLLM writes a method that differs only in case, spaces or hyphens; None for what it doesn't know."""
    return _METHODS.get(_plain(text))


def alias_of(text: str) -> str | None:
    """The method behind another common name, such as a type of GGUF files."""
    plain = _plain(text)
    return "gguf" if plain.startswith(("q", "iq")) and "_" in plain else ALIASES.get(plain)


@lru_cache(maxsize=256)
def bits_of(method: str) -> tuple[int, int] | None:
    return BITS.get(method_of(method) or "")


def parameters_between(hidden: int, layers: int, vocab: int, architecture: str) -> tuple[int, int]:
    """The fewest and most parameters that such layers can have; (0, 0) where there is no telling.

    A layer of width h has about 12 h² parameters, an embedding vocabulary times h. Published dense models have from
    0.6 to 2.2 times that; experts multiply it up to 40 times.
    """
    name = architecture.casefold()
    whole = 12 * layers * hidden**2 + vocab * hidden
    if any(word in name for word in SHARED_LAYERS):
        return 0, 0
    most = 80 if any(word in name for word in EXPERTS) else 2.5
    return round(whole * 0.4), round(whole * most)


def proposal(field: str, position: int, table: Table) -> str | int | None:
    """A value for an empty field that the name, the format or the architecture leaves no doubt about."""
    says = table.column("says")[position]
    if field == "workload_type":
        return "embedding" if table.column("architecture")[position] in EMBEDDING else None
    if field == "quantization":
        gguf = (table.column("format")[position] or "").strip().casefold() == "gguf"
        return (says.quantization if says else "") or ("gguf" if gguf else None)
    numbers = {"parameter_count": says.parameters, "context_length": says.context} if says else {}
    values = numbers.get(field, ())
    return values[0] if len(values) == 1 else None
