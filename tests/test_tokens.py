"""One-time tokens of forms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core import signing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models_admin.access.tokens import MAX_AGE, SALT, TokenStale, token_issue, token_read

ANA, RUI = SimpleNamespace(pk=1), SimpleNamespace(pk=2)
BOND = {"user": ANA, "project": "proj_A", "model_id": "m-1", "purpose": "edit:license"}


def test_each_token_has_its_own_nonce_and_the_base_value():
    one, two = (token_read(token_issue(**BOND, seen="x"), **BOND) for _ in range(2))
    assert one.seen == two.seen == "x"
    assert one.nonce != two.nonce
    assert len(one.nonce) <= 64


@pytest.mark.parametrize(
    "other", [{"user": RUI}, {"model_id": "m-2"}, {"purpose": "delete"}, {"project": "proj_B"}]
)
def test_it_is_good_for_one_person_project_model_and_purpose_only(other):
    with pytest.raises(TokenStale):
        token_read(token_issue(**BOND), **(BOND | other))


def test_it_ends_with_the_session(monkeypatch):
    token = token_issue(**BOND)
    monkeypatch.setattr(
        "django.core.signing.time.time", lambda: __import__("time").monotonic() + 4e9 + MAX_AGE
    )
    with pytest.raises(TokenStale):
        token_read(token, **BOND)


@pytest.mark.parametrize(
    "content", [None, 1, "x", [], ["a"], ["a", "b", "c", "d"], {"a": 1}, [1, 2, 3], ["n", [1], ""]]
)
def test_a_signed_value_of_another_shape_is_refused(content):
    with pytest.raises(TokenStale):
        token_read(signing.dumps(content, salt=SALT), **BOND)


@settings(max_examples=300, deadline=None)
@example("\ud800")
@given(st.text(st.characters(), max_size=300))
def test_other_text_is_refused_as_a_token(text):
    with pytest.raises(TokenStale):
        token_read(text, **BOND)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_token_is_refused(data):
    token = token_issue(**BOND)
    at = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.characters().filter(lambda c: c != token[at]))
    with pytest.raises(TokenStale):
        token_read(token[:at] + char + token[at + 1 :], **BOND)
