"""The front matter of a model card (`README.md`): licence and task.

Only lines such as `license: apache-2.0` at the top level count, so no YAML reader is needed for an untrusted file.
"""

import re

from models_admin.files.proposals import FileRefused, Found

LONGEST = 64 * 1024  # characters of front matter that are looked at
LINE = re.compile(r"([A-Za-z_]+):(.*)")
ITEM = re.compile(r"[ \t]*-[ \t](.*)")
COMMENT = re.compile(r"(?:^|[ \t])#")
OTHER_KINDS = tuple("[]{}>|&*!%@`")  # what lists, mappings, blocks, anchors and tags of YAML begin with
NULLS = ("~", "null", "Null", "NULL")
EMBEDDING_TASKS = ("feature-extraction", "sentence-similarity")


def card_read(data: bytes, name: str = "README.md") -> Found:
    """Raises FileRefused for a file that is not text."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(f"{name} isn't text in UTF-8.") from None
    values, found = _front_matter(text), Found()
    if values is None:
        found.notes.append(f"{name} has no front matter, so no values were found in it.")
        return found
    if values.get("license", "").lower() != "other":
        found.text("license", values.get("license"), f"license in {name}")
    elif not found.text("license", values.get("license_name"), f"license_name in {name}"):
        found.notes.append(f"{name} says “other” and doesn't name the licence.")
    if values.get("pipeline_tag") in EMBEDDING_TASKS:
        found.text("workload_type", "embedding", f"pipeline_tag in {name}")
    return found


def _front_matter(text: str) -> dict[str, str] | None:
    """The values of the top level as text; of a list with one entry, that entry."""
    lines = text[:LONGEST].splitlines()
    if not lines or lines[0].strip() != "---":
        return None
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    last = ""
    for line in lines[1:]:
        if line.strip() in ("---", "..."):
            break
        if entry := LINE.fullmatch(line):
            last = entry[1]
            values[last] = _scalar(entry[2])
        elif item := ITEM.fullmatch(line):
            lists.setdefault(last, []).append(_scalar(item[1]))
    return values | {key: items[0] for key, items in lists.items() if len(items) == 1 and not values.get(key)}


def _scalar(text: str) -> str:
    """The text of a plain or quoted value without its comment, "" for null and for any other kind of value."""
    text = text.strip()
    if text.startswith(('"', "'")):
        quoted, end, rest = text[1:].partition(text[0])
        is_whole = end and not _uncommented(rest) and "\\" not in quoted
        return quoted if is_whole else ""
    plain = _uncommented(text)
    return "" if plain.startswith(OTHER_KINDS) or plain in NULLS else plain


def _uncommented(text: str) -> str:
    return COMMENT.split(text, maxsplit=1)[0].strip()
