"""What each of a model's own files proposes, the facts of public models first, and files that are hostile."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_admin.files.gguf import gguf_read
from models_admin.files.json_files import config_read, index_read
from models_admin.files.model_card import card_read
from models_admin.files.proposals import FileRefused, Found
from models_admin.files.reading import MOST_BYTES, files_read
from models_admin.files.safetensors import header_read, parts_read
from models_admin.xerotier.fields import BY_NAME
from tests.files.gguf_file import Empty, gguf

CASES = json.loads((Path(__file__).parent / "model-files.json").read_text())
LLAMA = {
    "general.architecture": "llama",
    "general.file_type": 15,
    "llama.context_length": 131072,
    "llama.embedding_length": 4096,
    "llama.block_count": 32,
    "tokenizer.ggml.tokens": ["a", "b", "c"] * 40,
}


def proposed(found: Found) -> dict[str, Any]:
    return {proposal.field: proposal.value for proposal in found.proposals}


def safetensors(tensors: dict[str, Any], *, length: int | None = None) -> bytes:
    header = json.dumps(tensors).encode()
    return (len(header) if length is None else length).to_bytes(8, "little") + header


def tensor(dtype: str, *shape: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [0, 1]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_public_models_propose_their_published_values(case: dict[str, Any]) -> None:
    content = case["content"]
    data = (content if isinstance(content, str) else json.dumps(content)).encode()
    found = files_read([(case["file"], data)])
    assert proposed(found) == case["expect"]
    assert not set(case.get("absent", [])) & set(proposed(found))
    assert all(case["file"] in proposal.source for proposal in found.proposals)


def test_the_source_names_the_key_and_the_file() -> None:
    found = config_read(b'{"text_config": {"n_layer": 7}}')
    assert [proposal.source for proposal in found.proposals] == ["n_layer in text_config of config.json"]


@pytest.mark.parametrize(
    ("config", "expect"),
    [
        ({"llm_config": {"d_model": 5}}, {"hidden_size": 5}),
        ({"language_config": {"padded_vocab_size": 6}}, {"vocab_size": 6}),
        ({"max_seq_len": 7}, {"context_length": 7}),
        ({"seq_length": 8}, {"context_length": 8}),
        ({"num_layers": 9, "architectures": ["A", "B"]}, {"num_layers": 9}),
        ({"hidden_size": True, "vocab_size": 1.5, "num_layers": "many"}, {}),
        ({"hidden_size": None, "text_config": {"hidden_size": 3}}, {"hidden_size": 3}),
        ({"quantization_config": {"quant_method": "AWQ"}}, {"quantization": "awq"}),
    ],
)
def test_older_spellings_and_nested_configurations_are_read(
    config: dict[str, Any], expect: dict[str, Any]
) -> None:
    assert proposed(config_read(json.dumps(config).encode())) == expect


def test_a_safetensors_file_gives_the_exact_number_of_parameters() -> None:
    data = safetensors({
        "__metadata__": {"format": "pt"},
        "a.weight": tensor("BF16", 4096, 4096),
        "b.bias": tensor("F32", 4096),
        "c.scalar": tensor("F16"),
        "embeddings.position_ids": tensor("I64", 1, 512),
    })  # fmt: skip
    assert header_read(data, "model.safetensors") == 4096 * 4096 + 4096 + 1
    assert header_read(data + b"\0" * 100, "model.safetensors") == 4096 * 4096 + 4096 + 1


@pytest.mark.parametrize("dtype", ["I32", "U8", "I8"])
def test_packed_weights_propose_no_number_and_say_why(dtype: str) -> None:
    data = safetensors({"a.qweight": tensor(dtype, 512, 4096), "a.scales": tensor("F16", 32, 4096)})
    found = parts_read([("model.safetensors", data)])
    assert proposed(found) == {}
    assert "packed by quantization" in found.notes[0]


def test_parts_count_together_and_a_missing_part_is_said() -> None:
    part = safetensors({"a": tensor("BF16", 10, 10)})
    files = [(f"model-0000{number}-of-00002.safetensors", part) for number in (1, 2)]
    assert proposed(files_read(files)) == {"parameter_count": 200}
    found = files_read(files[:1])
    assert proposed(found) == {}
    assert found.notes[0].startswith("The model has 2 safetensors files.")


def test_a_gguf_file_is_read_wherever_it_is_cut_off() -> None:
    data = gguf(LLAMA)
    whole = proposed(gguf_read(data, "m.gguf"))
    assert whole == {
        "architecture": "llama",
        "quantization": "gguf",
        "context_length": 131072,
        "hidden_size": 4096,
        "num_layers": 32,
        "vocab_size": 120,
    }
    for end in range(4, len(data)):
        assert proposed(gguf_read(data[:end], "m.gguf")).items() <= whole.items()
    tokens = data.index(b"tokenizer.ggml.tokens")
    assert proposed(gguf_read(data[: tokens + 60], "m.gguf"))["vocab_size"] == 120


def test_the_length_of_an_array_is_no_value_of_its_key() -> None:
    data = gguf(LLAMA | {"llama.context_length": ["1", "2"]})
    assert "context_length" not in proposed(gguf_read(data, "m.gguf"))


def test_the_parameter_count_is_never_guessed_from_layers() -> None:
    assert "parameter_count" not in proposed(gguf_read(gguf(LLAMA), "m.gguf"))
    assert "parameter_count" not in proposed(
        config_read(b'{"hidden_size": 1, "num_layers": 1, "vocab_size": 1}')
    )


@pytest.mark.parametrize(
    ("card", "expect"),
    [
        ("---\nlicense:\n- mit\n---\n", {"license": "mit"}),
        ('---\nlicense: "MIT" # free\n---\n', {"license": "MIT"}),
        ("---\nlicense: 'it''s mine'\n---\n", {}),
        ("---\nlicense: # not decided\n---\n", {}),
        ("---\nlicense: >-\n  mit\n---\n", {}),
        ("---\nlicense: [mit]\n---\n", {}),
        ("---\nlicense: null\n---\n", {}),
        ("---\nlicense: MIT#1 # one word\n---\n", {"license": "MIT#1"}),
        (f"---\nlicense: mit{' ' * 60_000}\nx: y{' ' * 60_000}z\n---\n", {"license": "mit"}),
        ("---\nlicense: other\n---\n", {}),
        ("---\npipeline_tag: feature-extraction\n---\n", {"workload_type": "embedding"}),
        ("# No front matter\nlicense: mit\n", {}),
        ("---\nmodel-index:\n- name: x\n  license: mit\n---\n", {}),
    ],
)
def test_the_model_card_gives_the_licence_and_an_undoubted_workload(
    card: str, expect: dict[str, Any]
) -> None:
    assert proposed(card_read(card.encode())) == expect


def test_several_files_are_read_together_and_what_contradicts_is_said() -> None:
    files = [
        ("config.json", b'{"hidden_size": 4096, "architectures": ["LlamaForCausalLM"]}'),
        ("params.json", b'{"dim": 5120, "n_layers": 40}'),
        ("README.md", b"---\nlicense: mit\n---\n"),
        ("notes.txt", b"x"),
        ("broken.json", b"{"),
    ]
    found = files_read(files)
    assert proposed(found) == {
        "hidden_size": 4096,
        "architecture": "LlamaForCausalLM",
        "num_layers": 40,
        "license": "mit",
    }
    assert "hidden_size in config.json says 4096, dim in params.json says 5120." in found.notes
    assert "broken.json isn't valid JSON." in found.notes
    assert any(note.startswith("notes.txt is not a file that the console reads.") for note in found.notes)


@pytest.mark.parametrize("files", [[], [("a.json", b"{}")] * 51, [("a.json", b" " * (MOST_BYTES + 1))]])
def test_no_files_or_too_many_are_refused(files: list[tuple[str, bytes]]) -> None:
    with pytest.raises(FileRefused):
        files_read(files)


HOSTILE = {
    "nesting": ("config.json", b"[" * MOST_BYTES),
    "nested-objects": ("config.json", b'{"a":' * (MOST_BYTES // 5)),
    "empty-lists": ("config.json", b'{"a": [' + b"[]," * (MOST_BYTES // 3 - 10) + b"0]}"),
    "nan": ("config.json", b'{"hidden_size": NaN, "vocab_size": -Infinity}'),
    "huge-integer": ("config.json", b'{"hidden_size": ' + b"9" * 100_000 + b"}"),
    "many-fields": ("config.json", json.dumps({f"k{number}": number for number in range(10_000)}).encode()),
    "utf-16": ("config.json", '{"hidden_size": 1}'.encode("utf-16")),
    "latin-1": ("README.md", b"---\nlicense: caf\xe9\n---\n"),
    "endless-front-matter": ("README.md", b"---\n" + b"a: b\n" * (MOST_BYTES // 6)),
    "safetensors-2^63": ("model.safetensors", safetensors({}, length=2**63)),
    "safetensors-cut": ("model.safetensors", safetensors({}, length=1000)),
    "safetensors-nesting": ("model.safetensors", (2**20).to_bytes(8, "little") + b"[" * 2**20),
    "safetensors-shape": ("model.safetensors", safetensors({"a": tensor("F32", *[2**39] * 10)})),
    "gguf-2^31-keys": ("m.gguf", gguf({}, keys=2**31)),
    "gguf-array": (
        "m.gguf",
        gguf({}, keys=1) + b"\1" + b"\0" * 7 + b"a" + b"\x09\0\0\0\0\0\0\0" + b"\xff" * 8,
    ),
    "gguf-text": ("m.gguf", b"GGUF" + b"\x03\0\0\0" + b"\xff" * (MOST_BYTES - 8)),
    "gguf-strings": ("m.gguf", gguf({"t": Empty(500_000)})),
    "compressed": ("config.json", gzip.compress(b"[" * MOST_BYTES * 8, 1)),
    "nothing": ("config.json", b""),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "gguf-strings" else ())  # three seconds
        for name in HOSTILE
    ],
)
def test_a_hostile_file_is_one_clear_sentence_in_bounded_time_and_memory(name: str) -> None:
    file = HOSTILE[name]
    tracemalloc.start()
    began = time.process_time()
    found = files_read([file])
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 10, spent
    assert peak < 12 * MOST_BYTES, peak
    assert all(note.endswith(".") and len(note) < 300 for note in found.notes)
    for proposal in found.proposals:
        assert proposal.field in BY_NAME


@pytest.mark.parametrize(
    "reader", [config_read, index_read, card_read, gguf_read], ids=lambda it: it.__name__
)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=2000) | st.text().map(str.encode))
def test_a_reader_refuses_any_bytes_or_reads_them(reader: Any, data: bytes) -> None:
    for content in (data, b"GGUF" + data, b"---\n" + data):
        try:
            found = reader(content, "file")
        except FileRefused:
            continue
        assert set(proposed(found)) <= set(BY_NAME)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["architectures", "hidden_size", "vocab_size", "text_config", "quantization_config", "metadata"]
)


@settings(max_examples=150, deadline=None)
@given(content=st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=6))
def test_whatever_json_proposes_is_a_value_that_the_field_accepts(content: dict[str, Any]) -> None:
    data = json.dumps(content).encode()
    for found in (config_read(data), index_read(data, "x.index.json")):
        for proposal in found.proposals:
            field = BY_NAME[proposal.field]
            if isinstance(proposal.value, int):
                assert field.minimum <= proposal.value <= field.maximum
            else:
                assert proposal.value.isprintable()


@settings(max_examples=100, deadline=None)
@given(content=st.dictionaries(st.text(max_size=5), JSON, max_size=6), extra=st.binary(max_size=20))
def test_a_safetensors_header_of_any_json_is_refused_or_counted(
    content: dict[str, Any], extra: bytes
) -> None:
    for data in (safetensors(content), safetensors(content) + extra, extra):
        try:
            count = header_read(data, "m.safetensors")
        except FileRefused:
            continue
        assert count is None or count >= 0
