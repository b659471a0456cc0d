"""`config.json` of transformers, `params.json` of Mistral, and the index of safetensors files."""

import json
from collections.abc import Mapping
from typing import Any

from models_admin.files.proposals import FileRefused, Found
from models_admin.xerotier.suggestions import EMBEDDING

MOST_PARTS = (
    1_000_000  # lists and objects: each takes at least 64 bytes of memory. Large headers have 300,000
)
NESTED = ("text_config", "llm_config", "language_config")  # where multimodal models keep their language part
KEYS = {
    "context_length": ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length"),
    "hidden_size": ("hidden_size", "n_embd", "d_model", "dim"),
    "num_layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers"),
    "vocab_size": ("vocab_size", "padded_vocab_size"),
}


def json_object(data: bytes, name: str) -> dict[str, Any]:
    """Raises FileRefused for anything but a JSON object."""
    if data.count(b"[") + data.count(b"{") > MOST_PARTS:
        raise FileRefused(f"{name} has more lists and objects than the console reads.")
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileRefused(f"{name} isn't text in UTF-8.") from None
    except RecursionError:
        raise FileRefused(f"{name} is nested too deeply.") from None
    except ValueError:  # also for an integer of thousands of digits
        raise FileRefused(f"{name} isn't valid JSON.") from None
    if not isinstance(value, dict):
        raise FileRefused(f"{name} isn't a JSON object.")
    return value


def config_read(data: bytes, name: str = "config.json") -> Found:
    """`config.json` or `params.json`. Raises FileRefused."""
    config, found = json_object(data, name), Found()
    places: list[tuple[Mapping[str, Any], str]] = [(config, name)]
    for key in NESTED:
        if isinstance(config.get(key), dict):
            places.append((config[key], f"{key} of {name}"))
    _architecture(found, config, name)
    for field, keys in KEYS.items():
        found.first_number(field, places, keys)
    for holder, where in places:
        if _quantization(found, holder, where):
            break
    return found


def index_read(data: bytes, name: str) -> Found:
    """`model.safetensors.index.json`. Raises FileRefused."""
    index, found = json_object(data, name), Found()
    metadata = index.get("metadata")
    total = metadata.get("total_parameters") if isinstance(metadata, dict) else None
    if not found.number("parameter_count", total, f"total_parameters in {name}"):
        found.notes.append(f"{name} doesn't give the number of parameters.")
    return found


def _architecture(found: Found, config: Mapping[str, Any], name: str) -> None:
    names = config.get("architectures")
    if not isinstance(names, list) or not names:
        return
    if len(names) > 1:
        found.notes.append(f"{name} names several architectures, so none is proposed.")
    elif found.text("architecture", names[0], f"architectures in {name}") and names[0].strip() in EMBEDDING:
        found.text("workload_type", "embedding", f"architectures in {name}")


def _quantization(found: Found, config: Mapping[str, Any], where: str) -> bool:
    for key in ("quantization_config", "compression_config"):
        settings = config.get(key)
        if isinstance(settings, dict) and isinstance(settings.get("quant_method"), str):
            return found.text("quantization", settings["quant_method"].lower(), f"{key} in {where}")
    return False
