"""The ten fields that PATCH accepts ("Update Model Metadata"), in the order in which pages show them.

This is the one definition of an editable field. Whatever is special about one of them is an attribute here.
"""

from dataclasses import dataclass
from typing import Literal

from models_admin.xerotier.suggestions import ARCHITECTURES, LICENSES, QUANTIZATIONS

Kind = Literal["text", "long_text", "integer", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One editable field.

    `readable` is False for the four fields that no documented answer returns. `minimum` and `maximum` bound an integer;
    a text longer than `usual_length` characters gets a warning, since the documentation names no limit.

    `units` are words that may follow a number; the first one is shown after it. `letters` are the size letters that a
    number may end with, each worth a power of `base`: k is 1,024 where base is 1024. Without letters, "32k" could mean
    two numbers and is refused. `short` is the short form shown beside the number.

    `spellings` are known values, matched without regard to case and sent as spelled here. Any other value gets a
    warning that names `spelling_of`. `as_tag` shows the value as a tag. `on_public_card` marks the fields that the
    catalog shows of a shared model, as far as the documentation lets that be inferred.
    """

    name: str
    label: str
    kind: Kind
    help: str
    readable: bool = True
    suggestions: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int = 1
    maximum: int = 2**53 - 1
    usual_length: int = 255
    units: tuple[str, ...] = ()
    letters: str = ""
    base: int = 1000
    short: Literal["", "tokens", "count"] = ""
    spellings: tuple[str, ...] = ()
    spelling_of: str = ""
    as_tag: bool = False
    on_public_card: bool = False

    @property
    def unit(self) -> str:
        """The word after the number, "" where there is none."""
        return self.units[0] if self.units else ""


FIELDS: tuple[Field, ...] = (
    Field(
        name="description",
        label="Description",
        kind="long_text",
        help="What the model is and what it is for.",
        usual_length=10_000,
        on_public_card=True,
    ),
    Field(
        name="architecture",
        label="Architecture",
        kind="text",
        help="The class that loads the model, as named in its config.json, such as LlamaForCausalLM.",
        suggestions=ARCHITECTURES,
    ),
    Field(
        name="quantization",
        label="Quantization",
        kind="text",
        help="A vLLM quantization method. The API decides which ones it accepts.",
        suggestions=QUANTIZATIONS,
        spellings=QUANTIZATIONS,
        spelling_of="vLLM method",
        as_tag=True,
    ),
    Field(
        name="context_length",
        label="Context length",
        kind="integer",
        help="The maximum number of tokens in one request, prompt and response together. "
        "You can write 32k or 128k: k is 1,024, so 32k is sent as 32,768.",
        units=("tokens", "token"),
        letters="km",
        base=1024,
        short="tokens",
        on_public_card=True,
    ),
    Field(
        name="parameter_count",
        label="Parameters",
        kind="integer",
        help="The total number of parameters. "
        "You can write 7B or 567M: B means billion, so 7B is sent as 7,000,000,000.",
        units=("", "parameters", "parameter", "params", "param"),
        letters="kmbt",
        short="count",
        on_public_card=True,
    ),
    Field(
        name="workload_type",
        label="Workload",
        kind="choice",
        help="What the model is mainly used for. The API accepts these five values.",
        choices=(
            ("chat", "Chat"),
            ("code", "Code"),
            ("reasoning", "Reasoning"),
            ("embedding", "Embedding"),
            ("multilingual", "Multilingual"),
        ),
        on_public_card=True,
    ),
    Field(
        name="license",
        label="License",
        kind="text",
        help="An SPDX identifier such as Apache-2.0, or the licence's own name such as llama3.1.",
        readable=False,
        suggestions=LICENSES,
        as_tag=True,
        on_public_card=True,
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
        units=("", "layers", "layer"),
    ),
    Field(
        name="vocab_size",
        label="Vocabulary size",
        kind="integer",
        help="The number of tokens in the vocabulary: vocab_size in config.json.",
        readable=False,
        units=("", "tokens", "token"),
    ),
)

BY_NAME: dict[str, Field] = {item.name: item for item in FIELDS}
