"""The header of a safetensors file: the exact number of parameters, where no tensor is packed.

A file begins with the length of its header (8 bytes, little-endian), then a JSON object that names the type and shape
of each tensor. Only these bytes are needed.
"""

import math
import re
from typing import Any

from models_admin.files.json_files import json_object
from models_admin.files.proposals import FileRefused, Found

LONGEST_HEADER = 16 * 2**20  # bytes
FLOATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")
BUFFERS = re.compile(r"position_ids$|inv_freq$|\.attn\.(masked_)?bias$|rotary_emb\.")  # no parameters
SCALES = re.compile(r"_scale(_inv)?$|\.scales?$|zero_point$")
PART = re.compile(r"-0*([0-9]{1,5})-of-0*([0-9]{1,5})\.safetensors$")


def header_read(data: bytes, name: str) -> int | None:
    """The number of parameters in this file; None if a tensor is packed. Raises FileRefused."""
    if len(data) < 8:
        raise FileRefused(f"{name} is too short for a safetensors file.")
    length = int.from_bytes(data[:8], "little")
    if length > LONGEST_HEADER:
        raise FileRefused(
            f"{name} isn't a safetensors file: the length given for its header is {length:,} bytes."
        )
    if len(data) < 8 + length:
        raise FileRefused(f"{name} ends before its header does.")
    header = json_object(data[8 : 8 + length], f"The header of {name}")
    total = 0
    for tensor, facts in header.items():
        if tensor == "__metadata__" or BUFFERS.search(tensor) or SCALES.search(tensor):
            continue
        count = _count(facts)
        if count is None:
            raise FileRefused(f"The header of {name} has a tensor without a type and shape.")
        if facts["dtype"] not in FLOATS:
            return None
        total += count
    return total


def _count(facts: Any) -> int | None:
    shape = facts.get("shape") if isinstance(facts, dict) else None
    if not isinstance(shape, list) or len(shape) > 10 or not isinstance(facts.get("dtype"), str):
        return None
    if not all(type(size) is int and 0 <= size < 2**40 for size in shape):
        return None
    return math.prod(shape)


def parts_read(files: list[tuple[str, bytes]]) -> Found:
    """All parts of one model together. Raises FileRefused."""
    found = Found()
    counts = [header_read(data, name) for name, data in files]
    numbers = [PART.search(name) for name, _ in files]
    expected = max((int(match[2]) for match in numbers if match), default=len(files))
    if len({match[1] if match else name for match, (name, _) in zip(numbers, files, strict=True)}) < expected:
        found.notes.append(
            f"The model has {expected} safetensors files. Add all of them, or model.safetensors.index.json, to get the"
            " number of parameters."
        )
    elif None in counts:
        found.notes.append(
            "The weights are packed by quantization, so the number of parameters can't be derived from the file."
        )
    else:
        total = sum(count for count in counts if count)
        source = f"the tensors in {files[0][0]}" if len(files) == 1 else f"the tensors in {len(files)} files"
        found.number("parameter_count", total, source)
    return found
