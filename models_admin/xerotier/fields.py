"""The ten fields that PATCH takes ("Update Model Metadata"), in the order in which pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "long_text", "integer", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One editable field.

    `readable` is False for the four fields that no documented answer returns. `unit` follows a number.
    `minimum` and `maximum` bound an integer, `max_length` a text (characters).
    """

    name: str
    label: str
    kind: Kind
    help: str
    readable: bool = True
    unit: str = ""
    suggestions: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int = 1
    maximum: int = 2**53 - 1
    max_length: int = 500


FIELDS: tuple[Field, ...] = (
    Field(
        "description", "Description", "long_text", "What the model is and what it is for.", max_length=4000
    ),
    Field("architecture", "Architecture", "text", "The class that loads it, such as LlamaForCausalLM."),
    Field("quantization", "Quantization", "text", "A vLLM runtime method. The API decides which it takes."),
    Field("context_length", "Context length", "integer", "The most tokens in one request.", unit="tokens"),
    Field("parameter_count", "Parameters", "integer", "How many parameters the model has in all."),
    Field(
        "workload_type",
        "Workload",
        "choice",
        "What it is mainly used for.",
        choices=(
            ("chat", "Chat"),
            ("code", "Code"),
            ("reasoning", "Reasoning"),
            ("embedding", "Embedding"),
            ("multilingual", "Multilingual"),
        ),
    ),
    Field("license", "License", "text", "An SPDX identifier, or the licence's own name.", readable=False),
    Field("hidden_size", "Hidden size", "integer", "The width of the hidden layers.", readable=False),
    Field("num_layers", "Layers", "integer", "The number of transformer layers.", readable=False),
    Field("vocab_size", "Vocabulary size", "integer", "How many tokens the vocabulary has.", readable=False),
)

BY_NAME: dict[str, Field] = {item.name: item for item in FIELDS}
