"""The metadata at the beginning of a GGUF file, which may be cut off anywhere.

The `gguf` package maps a whole file into memory and fails on a part of one, so the few types are read here.
"""

import struct
from typing import Any

from models_admin.files.proposals import FileRefused, Found

MOST_KEYS = 10_000
LONGEST_KEY = 65_535  # bytes, as the format allows
ARRAY, STRING = 9, 8
TOKENS = "tokenizer.ggml.tokens"  # the one array that is needed: its length is the size of the vocabulary
NUMBERS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
UNQUANTIZED = (0, 1, 32)  # general.file_type: F32, F16, BF16


class _CutOff(Exception):
    """The data ends here."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.at = 0

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.at:
            raise _CutOff
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, kind: int) -> Any:
        layout = NUMBERS[kind]
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def string(self) -> str:
        return bytes(self.take(self.number(10))).decode("utf-8", "replace")


def gguf_read(data: bytes, name: str) -> Found:
    """Raises FileRefused for what is no GGUF file of version 2 or 3."""
    if data[:4] != b"GGUF":
        raise FileRefused(f"{name} isn't a GGUF file.")
    values = _metadata(_Reader(data[4:]), name)
    found = Found()
    architecture = values.get("general.architecture")
    found.text("architecture", architecture, f"general.architecture in {name}")
    for field, key in (
        ("context_length", "context_length"),
        ("hidden_size", "embedding_length"),
        ("num_layers", "block_count"),
    ):
        full = f"{architecture}.{key}"
        found.number(field, values.get(full), f"{full} in {name}")
    for key in (f"{architecture}.vocab_size", TOKENS):
        if found.number("vocab_size", values.get(key), f"{key} in {name}"):
            break
    found.number(
        "parameter_count", values.get("general.parameter_count"), f"general.parameter_count in {name}"
    )
    kind = values.get("general.file_type")
    if type(kind) is int and kind not in UNQUANTIZED:
        found.text("quantization", "gguf", f"general.file_type in {name}")
    return found


def _metadata(reader: _Reader, name: str) -> dict[str, Any]:
    """The values by key; of arrays, only the length of the tokens. Ends quietly where the data is cut off."""
    values: dict[str, Any] = {}
    try:
        version = reader.number(4)
        if version not in (2, 3):
            raise FileRefused(f"{name} uses a version of GGUF that the console can't read.")
        reader.number(10)  # how many tensors
        keys = reader.number(10)
        if keys > MOST_KEYS:
            raise FileRefused(f"{name} isn't a valid GGUF file: its header gives {keys:,} metadata keys.")
        for _ in range(keys):
            length = reader.number(10)
            if length > LONGEST_KEY:
                raise FileRefused(
                    f"{name} isn't a valid GGUF file: the length given for a key is {length:,} bytes."
                )
            key = bytes(reader.take(length)).decode("utf-8", "replace")
            kind = reader.number(4)
            if kind == ARRAY:
                inner, count = reader.number(4), reader.number(10)
                if key == TOKENS:
                    values[key] = count
                _skip(reader, inner, count, name)
            else:
                values[key] = _scalar(reader, kind, name)
    except _CutOff:
        pass
    return values


def _scalar(reader: _Reader, kind: int, name: str) -> Any:
    if kind == STRING:
        return reader.string()
    if kind not in NUMBERS:
        raise FileRefused(f"{name} isn't a valid GGUF file: it has a value of an unknown type.")
    return reader.number(kind)


def _skip(reader: _Reader, kind: int, count: int, name: str) -> None:
    """The elements of an array. Each takes at least one byte, so a false count ends with the data."""
    if kind in NUMBERS:
        reader.take(struct.calcsize(NUMBERS[kind]) * count)
    elif kind == STRING:
        for _ in range(count):
            reader.take(reader.number(10))
    else:
        raise FileRefused(f"{name} isn't a valid GGUF file: it has an array of an unknown type.")
