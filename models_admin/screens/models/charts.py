"""The charts of a project's models, each also a table: what takes the space, and how the models stand (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.facets import value_label
from models_admin.screens.models.filtering import Index
from models_admin.screens.models.query import Query
from models_admin.screens.models.rows import has_page
from models_admin.services.listing import Listing
from models_admin.xerotier.schemas import Model

MOST_BARS = 12
WIDTH = 100.0  # of a bar's viewBox
THINNEST = 0.5  # what is there must be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One line. `width` is in hundredths of the longest bar, as SVG writes numbers; "" draws none.

    `exact` is what `value` rounds, "" where it rounds nothing; `share` is of the whole, "" where that is nothing.
    """

    label: str
    url: str
    value: str
    exact: str
    share: str
    width: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A table of bars. `column` heads the labels, `unit` the values; `note` says what is left out, or ""."""

    hook: str
    title: str
    column: str
    unit: str
    bars: tuple[Bar, ...]
    note: str = ""


def charts_make(listing: Listing, project: str) -> tuple[Chart, ...]:
    """Storage by model, storage by format, models by status."""
    return (
        _by_model(listing.models, project),
        _by_format(listing, project),
        _by_status(listing.index, project),
    )


def _by_model(models: Sequence[Model], project: str) -> Chart:
    sized = sorted((m for m in models if m.size_bytes is not None), key=lambda m: -(m.size_bytes or 0))
    total, shown, rest = sum(m.size_bytes or 0 for m in sized), sized[:MOST_BARS], sized[MOST_BARS:]
    longest = shown[0].size_bytes or 0 if shown else 0
    bars = [
        _sized(visible(m.label), _model_url(project, m), m.size_bytes or 0, total=total, longest=longest)
        for m in shown
    ]
    if rest:
        # Without a bar: beside all the others together, the largest models would be specks.
        url = reverse("models", args=[project]) + Query(sort="-size").encode()
        bars.append(_sized(f"{len(rest):,} smaller", url, sum(m.size_bytes or 0 for m in rest), total=total))
    return Chart("by-model", "Storage by model", "Model", "Size", tuple(bars), _unsized(models))


def _by_format(listing: Listing, project: str) -> Chart:
    sizes: Counter[str] = Counter()
    for model, keys in zip(listing.models, listing.index.keys("format"), strict=True):
        if model.size_bytes is not None:
            sizes.update(dict.fromkeys(keys, model.size_bytes))
    ranked = sizes.most_common(MOST_BARS)
    total, longest = sum(sizes.values()), ranked[0][1] if ranked else 0
    bars = [
        _sized(
            value_label("format", key, listing.index),
            reverse("models", args=[project]) + Query(format=key).encode(),
            size,
            total=total,
            longest=longest,
        )
        for key, size in ranked
    ]
    return Chart("by-format", "Storage by format", "Format", "Size", tuple(bars), _unsized(listing.models))


def _by_status(index: Index, project: str) -> Chart:
    counts: Mapping[str, int] = index.counts("status")
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])[:MOST_BARS]
    total, longest = len(index.models), ranked[0][1] if ranked else 0
    bars = [
        Bar(
            label=value_label("status", key, index),
            url=reverse("models", args=[project]) + Query(status=key).encode(),
            value=f"{count:,}",
            exact="",
            share=_share(count, total),
            width=_width(count, longest),
            tone=display.status_tone(key),
        )
        for key, count in ranked
    ]
    return Chart("by-status", "Models by status", "Status", "Models", tuple(bars))


def _sized(label: str, url: str, size: int, *, total: int, longest: int = 0) -> Bar:
    return Bar(
        label=label,
        url=url,
        value=display.size_human(size),
        exact=display.size_exact(size),
        share=_share(size, total),
        width=_width(size, longest) if longest else "",
    )


def _share(part: int, total: int) -> str:
    if not total:
        return ""
    share = 100 * part / total
    return "<1%" if 0 < share < 1 else f"{share:.0f}%"


def _width(part: int, longest: int) -> str:
    return f"{max(WIDTH * part / longest, THINNEST if part else 0):.2f}"


def _model_url(project: str, model: Model) -> str:
    return reverse("model", args=[project, model.id]) if has_page(model.id) else ""


def _unsized(models: Sequence[Model]) -> str:
    """How many are not in the chart, because the API gives no size for them."""
    count = sum(model.size_bytes is None for model in models)
    if not count:
        return ""
    if count == len(models):
        return "The API reports no sizes."
    return "1 model is left out: the API reports no size for it." if count == 1 else (
        f"{count:,} models are left out: the API reports no size for them."
    )  # fmt: skip
