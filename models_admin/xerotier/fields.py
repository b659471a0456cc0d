"""The ten fields that PATCH takes ("Update Model Metadata"), in the order in which pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models_admin.xerotier.suggestions import ARCHITECTURES, LICENSES, QUANTIZATIONS

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
    max_length: int = 255


FIELDS: tuple[Field, ...] = (
    Field(
        name="description",
        label="Description",
        kind="long_text",
        help="What the model is and what it is for.",
        max_length=10_000,
    ),
    Field(
        name="architecture",
        label="Architecture",
        kind="text",
        help="The class that loads the model, as its config.json names it, such as LlamaForCausalLM.",
        suggestions=ARCHITECTURES,
    ),
    Field(
        name="quantization",
        label="Quantization",
        kind="text",
        help="A vLLM runtime method. The API decides which ones it takes.",
        suggestions=QUANTIZATIONS,
    ),
    Field(
        name="context_length",
        label="Context length",
        kind="integer",
        help="The most tokens that one request may hold, prompt and answer together.",
        unit="tokens",
    ),
    Field(
        name="parameter_count",
        label="Parameters",
        kind="integer",
        help="How many parameters the model has in all.",
    ),
    Field(
        name="workload_type",
        label="Workload",
        kind="choice",
        help="What the model is mainly used for. The API takes these five.",
        choices=(
            ("chat", "Chat"),
            ("code", "Code"),
            ("reasoning", "Reasoning"),
            ("embedding", "Embedding"),
            ("multilingual", "Multilingual"),
        ),
    ),
    Field(
        name="license",
        label="License",
        kind="text",
        help="An SPDX identifier such as Apache-2.0, or the licence's own name such as llama3.1.",
        readable=False,
        suggestions=LICENSES,
    ),
    Field(
        name="hidden_size",
        label="Hidden size",
        kind="integer",
        help="The width of the hidden layers: hidden_size in config.json.",
        readable=False,
    ),
    Field(
        name="num_layers",
        label="Layers",
        kind="integer",
        help="The number of transformer layers: num_hidden_layers in config.json.",
        readable=False,
    ),
    Field(
        name="vocab_size",
        label="Vocabulary size",
        kind="integer",
        help="How many tokens the vocabulary has: vocab_size in config.json.",
        readable=False,
    ),
)

BY_NAME: dict[str, Field] = {item.name: item for item in FIELDS}
