"""`{% url %}` gives what Django's own gives, and follows the address that the console is mounted at."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix

from models_admin.templatetags.addresses import AddressNode


def rendered(text: str, **context: object) -> str:
    return Template(text).render(Context(context))


@pytest.mark.parametrize("name", ["models", "activity", "connect", "account"])
def test_it_gives_the_address(name: str) -> None:
    assert rendered(f"{{% url '{name}' %}}") == reverse(name)
    assert rendered("{% url name %}", name=name) == reverse(name)


def test_it_takes_the_place_of_djangos_own() -> None:
    assert isinstance(Template("{% url 'models' %}").nodelist[0], AddressNode)


def test_parameters_and_names_for_later_work_as_ever() -> None:
    assert rendered("{% url 'model' id %}", id="abc") == reverse("model", args=["abc"])
    assert rendered("{% url 'model' model_id=id %}", id="abc") == reverse("model", args=["abc"])
    assert rendered("{% url 'models' as here %}[{{ here }}]") == f"[{reverse('models')}]"
    assert rendered("{% url 'nowhere' as here %}[{{ here }}]") == "[]"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        rendered("{% url 'nowhere' %}")


def test_a_console_below_a_path_has_its_path_in_front() -> None:
    before = rendered("{% url 'models' %}")
    set_script_prefix("/console/")
    try:
        assert rendered("{% url 'models' %}") == f"/console{before}"
    finally:
        set_script_prefix("/")
    assert rendered("{% url 'models' %}") == before
