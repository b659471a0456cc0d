"""The figures on top of the models page (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models_admin.formatting import display
from models_admin.xerotier.schemas import Model

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
class Figures:
    """Four figures, each a value and a word beside it. `shared` is "" where the list does not tell."""

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


def figures_make(models: Sequence[Model], *, detailed: bool) -> Figures:
    sizes = [size for model in models if (size := model.size_bytes) is not None and size >= 0]
    tones: Counter[str] = Counter()
    for status, count in Counter([model.status for model in models]).items():
        tones[display.status_tone(status)] += count
    told = [model.is_shared for model in models if model.is_shared is not None]
    stored = sum(sizes)
    return Figures(
        stored=display.size_human(stored) if sizes else display.DASH,
        stored_exact=display.size_exact(stored) if sizes else "",
        stored_note=_stored_note(len(sizes), len(models)),
        ready=f"{tones['ok']:,}",
        total=f"{len(models):,}",
        meter=_meter(tones, len(models)),
        meter_text=", ".join(f"{tones[tone]:,} {words}" for tone, words in _WORDS.items() if tones[tone]),
        attention=tones["bad"],
        attention_note="failed validation" if tones["bad"] else "nothing failed validation",
        shared=f"{sum(told):,}" if told else "",
        shared_note=_shared_note(len(told), len(models), detailed=detailed),
    )


def _stored_note(known: int, total: int) -> str:
    if known == total:
        return f"in {total:,} {'model' if total == 1 else 'models'}"
    return f"in {known:,} of {total:,} models"  # the others report no size


def _shared_note(told: int, total: int, *, detailed: bool) -> str:
    if not told:
        return "told on each model's page" if not detailed else "not reported by the API"
    return f"of {total:,}" if told == total else f"of the {told:,} that report it"


def _meter(tones: Counter[str], total: int) -> list[Segment]:
    present = [(tone, tones[tone]) for tone in _WORDS if tones[tone]]
    room = METER_WIDTH - _GAP * (len(present) - 1)
    segments, x = [], 0.0
    for tone, count in present:
        width = room * count / total
        segments.append(Segment(tone, f"{x:.2f}", f"{width:.2f}"))
        x += width + _GAP
    return segments
