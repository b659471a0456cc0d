"""Two to four models side by side: what differs first, what is equal after it (pure)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import base_of, value_text
from models_admin.screens.model.details import Detail, file_details, sharing_details
from models_admin.screens.models.rows import has_page, status_view
from models_admin.services.activity import LastSet
from models_admin.services.editing import current_of
from models_admin.xerotier.fields import FIELDS, Field
from models_admin.xerotier.schemas import Model

LONGEST_VALUE = 300  # characters


@dataclass(frozen=True, slots=True)
class Use:
    """A link to the edit form of the model in column `into`, filled with the value of this cell."""

    url: str
    into: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The value of one model. `model` is the model's name, for narrow windows, where columns become lines."""

    text: str
    model: str
    uses: list[Use] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[Cell]
    differs: bool


@dataclass(frozen=True, slots=True)
class Head:
    name: str
    url: str
    status: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`heads`: the models, one a column. `differing` and `equal` are the rows, each with a cell for every model."""

    heads: list[Head]
    differing: list[Row]
    equal: list[Row]


def comparison_make(
    models: Sequence[Model],
    known: Sequence[Mapping[str, LastSet]],
    *,
    project: str,
    editable: Collection[str],
) -> Comparison:
    """`known`: the values last set here, one mapping for each model, for the fields that the API does not return.

    `editable`: the IDs of the models that this person may edit.
    """
    rows = [_field_row(item, models, known, project, editable) for item in FIELDS]
    details = [[*file_details(model), *sharing_details(model)] for model in models]
    names = [visible(model.label) for model in models]
    rows += [_detail_row(cells, names) for cells in zip(*details, strict=True)]
    return Comparison(
        heads=[_head(model, project) for model in models],
        differing=[row for row in rows if row.differs],
        equal=[row for row in rows if not row.differs],
    )


def _head(model: Model, project: str) -> Head:
    url = reverse("model", args=[project, model.id]) if has_page(model.id) else ""
    return Head(visible(model.label), url, status_view(model.current("status")))


def _field_row(
    item: Field,
    models: Sequence[Model],
    known: Sequence[Mapping[str, LastSet]],
    project: str,
    editable: Collection[str],
) -> Row:
    found = [current_of(model, item, last) for model, last in zip(models, known, strict=True)]
    values = [now.value for now in found]
    cells = []
    for at, now in enumerate(found):
        text = value_text(item, now.value) if now.certain or now.value is not None else display.NOT_REPORTED
        uses = _uses(item, models, values, at, project, editable) if now.value is not None else []
        cells.append(Cell(shortened(text, LONGEST_VALUE), visible(models[at].label), uses))
    return Row(item.label, cells, len(set(map(base_of, values))) > 1)


def _uses(
    item: Field,
    models: Sequence[Model],
    values: Sequence[Any],
    at: int,
    project: str,
    editable: Collection[str],
) -> list[Use]:
    return [
        Use(
            f"{reverse('model-field', args=[project, other.id, item.name])}?from={models[at].id}",
            visible(other.label),
        )
        for other, value in zip(models, values, strict=True)
        if base_of(value) != base_of(values[at]) and other.id in editable and has_page(other.id)
    ]


def _detail_row(details: Sequence[Detail], names: Sequence[str]) -> Row:
    texts = [detail.text for detail in details]
    cells = [Cell(shortened(text, LONGEST_VALUE), name) for text, name in zip(texts, names, strict=True)]
    return Row(details[0].label, cells, len(set(texts)) > 1)
