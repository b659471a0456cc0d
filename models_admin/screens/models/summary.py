"""The summary above the models: stored, ready, needs attention, shared (pure)."""

from collections import Counter
from dataclasses import dataclass

from models_admin.formatting import display
from models_admin.xerotier.model_list import ModelList

METER_WIDTH = 100.0  # of the meter's viewBox
_GAP = 0.8
_WORDS = {
    "ok": "ready",
    "busy": "validating",
    "bad": "failed validation",
    "idle": "in another status",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One colour of the meter: `x` and `width` in hundredths of the whole, as SVG writes numbers."""

    tone: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Four values, each with a few words beside it. `shared` is "" where the list does not carry it."""

    stored: str
    stored_exact: str
    stored_note: str
    ready: str
    total: str
    meter: list[Segment]
    meter_text: str
    attention: int
    attention_note: str
    shared: str
    shared_note: str


def summary_make(models: ModelList) -> Summary:
    sizes = [size for size in models.column("size_bytes") if size is not None and size >= 0]
    tones: Counter[str] = Counter()
    for status, count in Counter(models.column("status")).items():
        tones[display.status_tone(status)] += count
    shared = [flag for flag in models.column("is_shared") if flag is not None]
    stored = sum(sizes)
    return Summary(
        stored=display.size_human(stored) if sizes else display.DASH,
        stored_exact=display.size_exact(stored) if sizes else "",
        stored_note=_stored_note(len(sizes), len(models)),
        ready=f"{tones['ok']:,}",
        total=f"{len(models):,}",
        meter=_meter(tones, len(models)),
        meter_text=", ".join(f"{tones[tone]:,} {words}" for tone, words in _WORDS.items() if tones[tone]),
        attention=tones["bad"],
        attention_note="failed validation" if tones["bad"] else "nothing failed validation",
        shared=f"{sum(shared):,}" if shared else "",
        shared_note=_shared_note(len(shared), len(models), detailed=models.detailed),
    )


def _stored_note(known: int, total: int) -> str:
    if known == total:
        return f"in {total:,} {'model' if total == 1 else 'models'}"
    return f"in {known:,} of {total:,} models"  # the others report no size


def _shared_note(known: int, total: int, *, detailed: bool) -> str:
    if not known:
        return "shown on each model's page" if not detailed else "not reported by the API"
    return f"of {total:,}" if known == total else f"of the {known:,} that report it"


def _meter(tones: Counter[str], total: int) -> list[Segment]:
    present = [(tone, tones[tone]) for tone in _WORDS if tones[tone]]
    room = METER_WIDTH - _GAP * (len(present) - 1)
    segments, x = [], 0.0
    for tone, count in present:
        width = room * count / total
        segments.append(Segment(tone, f"{x:.2f}", f"{width:.2f}"))
        x += width + _GAP
    return segments
