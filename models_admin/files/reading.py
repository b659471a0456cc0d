"""Reads several files of one model together."""

from collections.abc import Callable, Sequence

from models_admin.files.gguf import gguf_read
from models_admin.files.json_files import config_read, index_read
from models_admin.files.model_card import card_read
from models_admin.files.proposals import FileRefused, Found
from models_admin.files.safetensors import parts_read

MOST_FILES, MOST_BYTES = 50, 16 * 2**20  # of all files together
KINDS = "config.json, params.json, model.safetensors.index.json, .safetensors, .gguf and README.md"
Reader = Callable[[bytes, str], Found]


def files_read(files: Sequence[tuple[str, bytes]]) -> Found:
    """The proposals of (name, content) pairs: one for each field, from the first file that has one.

    A file that cannot be read is a note, and the others count. Raises FileRefused if there are no files or too many.
    """
    if not files:
        raise FileRefused("Choose at least one file.")
    if len(files) > MOST_FILES:
        raise FileRefused(
            f"You chose {len(files):,} files, but the console reads at most {MOST_FILES} at once."
        )
    size = sum(len(data) for _, data in files)
    if size > MOST_BYTES:
        raise FileRefused(
            f"The files have {size:,} bytes in total, but the console reads at most {MOST_BYTES:,}."
        )
    parts = [(name, data) for name, data in files if name.lower().endswith(".safetensors")]
    results = [_one(name, data) for name, data in files if (name, data) not in parts]
    if parts:
        results.append(_refusal_noted(lambda: parts_read(parts)))
    return _merged(results)


def _one(name: str, data: bytes) -> Found:
    reader = _reader(name, data)
    if reader is None:
        return Found(notes=[f"{name} is not a file that the console reads. It reads {KINDS}."])
    return _refusal_noted(lambda: reader(data, name))


def _reader(name: str, data: bytes) -> Reader | None:
    lowered = name.lower()
    if lowered.endswith(".gguf") or data[:4] == b"GGUF":
        return gguf_read
    if lowered.endswith(".index.json"):
        return index_read
    if lowered.endswith(".json"):
        return config_read
    return card_read if lowered.endswith((".md", ".markdown")) else None


def _refusal_noted(read: Callable[[], Found]) -> Found:
    try:
        return read()
    except FileRefused as refused:
        return Found(notes=[str(refused)])


def _merged(results: Sequence[Found]) -> Found:
    merged = Found(notes=[note for found in results for note in found.notes])
    taken: dict[str, tuple[str | int, str]] = {}
    for proposal in (proposal for found in results for proposal in found.proposals):
        value, source = taken.setdefault(proposal.field, (proposal.value, proposal.source))
        if (value, source) == (proposal.value, proposal.source):
            merged.proposals.append(proposal)
        elif value != proposal.value:
            merged.notes.append(f"{source} says {value}, {proposal.source} says {proposal.value}.")
    return merged
