"""A row filled from its form is the row that the template would have made."""

from __future__ import annotations

from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from models_admin.screens.models.row_form import rows_fill
from models_admin.screens.models.rows import Row

TEMPLATE = "models_admin/_models_row.html"
VALUES = st.one_of(
    st.just(""),
    st.sampled_from(["{name}", "{{", "}", "<b>&\"'", "\ue000name\ue001", "%s", "%(name)s", "\0"]),
    st.text(max_size=8),
)
ROWS = st.fixed_dictionaries(dict.fromkeys(Row.__annotations__, VALUES))


@given(st.lists(ROWS, max_size=4), st.booleans())
def test_it_is_what_the_template_makes_of_any_values(rows: list[dict[str, str]], detailed: bool) -> None:
    by_template = [render_to_string(TEMPLATE, {"row": row, "detailed": detailed}) for row in rows]
    assert rows_fill(TEMPLATE, rows, detailed=detailed) == by_template


def test_it_escapes_what_comes_from_outside() -> None:
    row = dict.fromkeys(Row.__annotations__, "<script>") | {"url": "/projects/proj_ABC123/models/x/"}
    assert "<script>" not in rows_fill(TEMPLATE, [row], detailed=True)[0]


def test_it_leaves_html_as_it_is_where_it_is_told_to() -> None:
    row = dict.fromkeys(Row.__annotations__, "<b>")
    filled = rows_fill(TEMPLATE, [row], html={"badge"}, detailed=True)[0]
    assert filled.count("<b>") == 1
    assert "data-model-status><b></span>" in filled


def test_two_rows_of_one_shape_do_not_mix() -> None:
    one, two = (dict.fromkeys(Row.__annotations__, text) for text in ("one", "two"))
    first, second = rows_fill(TEMPLATE, [one, two], detailed=True)
    assert "two" not in first
    assert "one" not in second
