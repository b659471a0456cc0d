"""A row filled from its form is the row that the template would have made."""

from __future__ import annotations

from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from models_admin.screens.row_form import row_fill
from models_admin.screens.rows import Row

TEMPLATE = "models_admin/_models_row.html"
VALUES = st.one_of(
    st.just(""),
    st.sampled_from(["{name}", "{{", "}", "<b>&\"'", "\ue000name\ue001", "%s"]),
    st.text(max_size=8),
)
ROWS = st.fixed_dictionaries(dict.fromkeys(Row.__annotations__, VALUES))


@given(ROWS, st.booleans())
def test_it_is_what_the_template_makes_of_any_value(row: dict[str, str], detailed: bool) -> None:
    by_template = render_to_string(TEMPLATE, {"row": row, "detailed": detailed})
    assert row_fill(TEMPLATE, row, detailed=detailed) == by_template


def test_it_escapes_what_comes_from_outside() -> None:
    row = dict.fromkeys(Row.__annotations__, "<script>") | {"url": "/models/x/"}
    assert "<script>" not in row_fill(TEMPLATE, row, detailed=True)


def test_two_rows_of_one_shape_do_not_mix() -> None:
    first = dict.fromkeys(Row.__annotations__, "one")
    assert "one" not in row_fill(TEMPLATE, dict.fromkeys(first, "two"), detailed=True)
    assert "two" not in row_fill(TEMPLATE, first, detailed=True)
