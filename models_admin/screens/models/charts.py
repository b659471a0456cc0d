"""The charts of a project's models, each also a table: storage and status (pure)."""

from collections import Counter
from dataclasses import dataclass

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.facets import value_label
from models_admin.screens.models.filtering import facet_counts, facet_keys, facet_labels
from models_admin.screens.models.query import Query
from models_admin.screens.models.rows import has_page
from models_admin.xerotier.model_list import ModelList

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

    dom_id: str
    title: str
    column: str
    unit: str
    bars: tuple[Bar, ...]
    note: str = ""


def charts_make(models: ModelList, project: str) -> tuple[Chart, ...]:
    """Storage by model, storage by format, models by status."""
    return (_by_model(models, project), _by_format(models, project), _by_status(models, project))


def _by_model(models: ModelList, project: str) -> Chart:
    sizes = models.column("size_bytes")
    sized = [position for position, size in enumerate(sizes) if size is not None]
    sized.sort(key=sizes.__getitem__, reverse=True)
    shown, rest = sized[:MOST_BARS], sized[MOST_BARS:]
    total, longest = sum(sizes[position] for position in sized), sizes[shown[0]] if shown else 0
    bars = []
    for position in shown:
        model = models.model(position)
        label, url = visible(model.label), _model_url(project, model.id)
        bars.append(_sized(label, url, sizes[position], total=total, longest=longest))
    if rest:
        # Without a bar: beside all the others together, the largest models would be specks.
        url = reverse("models", args=[project]) + Query(sort="-size").encode()
        bars.append(
            _sized(f"{len(rest):,} smaller", url, sum(sizes[position] for position in rest), total=total)
        )
    return Chart("by-model", "Storage by model", "Model", "Size", tuple(bars), _unsized(models))


def _by_format(models: ModelList, project: str) -> Chart:
    sizes: Counter[str] = Counter()
    for size, value in zip(models.column("size_bytes"), models.column("format"), strict=True):
        if size is not None:
            sizes.update(dict.fromkeys(facet_keys("format", value), size))
    labels = facet_labels(models, "format")
    ranked = sizes.most_common(MOST_BARS)
    total, longest = sum(sizes.values()), ranked[0][1] if ranked else 0
    bars = [
        _sized(
            value_label("format", key, labels),
            reverse("models", args=[project]) + Query(format=key).encode(),
            size,
            total=total,
            longest=longest,
        )
        for key, size in ranked
    ]
    return Chart("by-format", "Storage by format", "Format", "Size", tuple(bars), _unsized(models))


def _by_status(models: ModelList, project: str) -> Chart:
    counts, labels = facet_counts("status", models.column("status")), facet_labels(models, "status")
    ranked = counts.most_common(MOST_BARS)
    longest = ranked[0][1] if ranked else 0
    bars = [
        Bar(
            label=value_label("status", key, labels),
            url=reverse("models", args=[project]) + Query(status=key).encode(),
            value=f"{count:,}",
            exact="",
            share=_share(count, len(models)),
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
        exact=display.size_exact(size) if size >= 1024 else "",
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


def _model_url(project: str, model_id: str) -> str:
    return reverse("model", args=[project, model_id]) if has_page(model_id) else ""


def _unsized(models: ModelList) -> str:
    """How many are not in the chart, because the API gives no size for them, or one that cannot be."""
    count = sum(size is None for size in models.column("size_bytes"))
    if not count:
        return ""
    if count == len(models):
        return "The API reports no usable sizes."
    if count == 1:
        return "1 model is left out: the API reports no usable size for it."
    return f"{count:,} models are left out: the API reports no usable size for them."
