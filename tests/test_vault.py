"""The vault: what is needed to open a sealed key, and that nothing less opens it."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models_admin.access import vault
from models_admin.xerotier.secret import Secret

NOW = 1_800_000_000
HOUR = 3600
TEXT = "xero_myproject_canary_7f3a"
keys = st.text(string.ascii_letters + string.digits + "_-~!", min_size=8, max_size=256)
projects = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", fullmatch=True)
users = st.integers(1, 2**31)
cookies = st.binary(min_size=32, max_size=32)
# The settings fixture is the same for all examples of one test, and none of them changes it.
many = hypothesis_settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sealed(
    text: str = TEXT, *, cookie: bytes = b"c" * 32, user: int = 1, project: str = "proj_A"
) -> vault.Sealed:
    return vault.seal(key=Secret(text), cookie=cookie, user_id=user, project=project, until=NOW + HOUR)


def opened(
    item: vault.Sealed, *, cookie: bytes = b"c" * 32, user: int = 1, project: str = "proj_A", now: float = NOW
) -> vault.Opened:
    return vault.unseal(sealed=item, cookie=cookie, user_id=user, project=project, now=now)


@many
@given(text=keys, cookie=cookies, user=users, project=projects)
def test_what_was_sealed_opens_for_the_same_cookie_user_and_project(text, cookie, user, project):
    item = sealed(text, cookie=cookie, user=user, project=project)
    found = opened(item, cookie=cookie, user=user, project=project)
    assert found.key.reveal() == text
    assert found.until == NOW + HOUR
    assert not found.outdated


@many
@given(cookie=cookies, user=users, project=projects)
def test_another_cookie_user_or_project_does_not_open_it(cookie, user, project):
    item = sealed(cookie=b"c" * 32, user=1, project="proj_A")
    if (cookie, user, project) == (b"c" * 32, 1, "proj_A"):
        return
    with pytest.raises(vault.VaultLocked):
        opened(item, cookie=cookie, user=user, project=project)


@pytest.mark.parametrize("change", [{"cookie": b"d" * 32}, {"user": 2}, {"project": "proj_B"}])
def test_each_of_the_three_halves_is_needed(change):
    with pytest.raises(vault.VaultLocked):
        opened(sealed(), **change)


def test_a_blob_with_any_bit_changed_or_byte_missing_does_not_open():
    item = sealed()
    raw = base64.urlsafe_b64decode(item.blob + "=" * (-len(item.blob) % 4))
    number, bits = int.from_bytes(raw, "big"), 8 * len(raw)
    altered = [(number ^ 1 << bit).to_bytes(len(raw), "big") for bit in range(bits)]
    for other in [*altered, *(raw[:length] for length in range(len(raw)))]:
        blob = base64.urlsafe_b64encode(other).decode().rstrip("=")
        with pytest.raises(vault.VaultLocked):
            opened(vault.Sealed(kid=item.kid, blob=blob))


@many
@given(more=st.binary(min_size=1, max_size=40), text=st.text(min_size=1, max_size=5), at=st.integers(0, 200))
def test_a_blob_with_anything_added_does_not_open(more, text, at):
    item = sealed()
    raw = base64.urlsafe_b64decode(item.blob + "=" * (-len(item.blob) % 4)) + more
    for blob in (base64.urlsafe_b64encode(raw).decode().rstrip("="), item.blob[:at] + text + item.blob[at:]):
        with pytest.raises(vault.VaultLocked):
            opened(vault.Sealed(kid=item.kid, blob=blob))


@many
@given(
    value=st.one_of(st.none(), st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_=-]{40,46}", fullmatch=True))
)
def test_only_32_bytes_in_one_spelling_are_a_cookie(value):
    try:
        raw = vault.cookie_read(value)
    except vault.VaultLocked:
        return
    assert len(raw) == 32
    assert base64.urlsafe_b64encode(raw).decode().rstrip("=") == value


@pytest.mark.parametrize("extra", ["=", " ", "\n", "A", "\x00", "é"])
def test_a_cookie_with_anything_added_is_not_read(extra):
    with pytest.raises(vault.VaultLocked):
        vault.cookie_read(vault.cookie_new() + extra)


def test_each_cookie_is_32_new_bytes():
    made = {vault.cookie_new() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(vault.cookie_read(value)) for value in made} == {32}


def test_the_same_key_is_never_sealed_to_the_same_text_twice():
    assert len({sealed().blob for _ in range(1000)}) == 1000


@pytest.mark.parametrize("kid", ["", "0" * 16, "unknown", "../../etc", "é"])
def test_an_unknown_server_key_is_locked_like_any_other_cause(kid):
    with pytest.raises(vault.VaultLocked) as error:
        opened(vault.Sealed(kid=kid, blob=sealed().blob))
    assert str(error.value) == "the project must be connected again"


def test_all_causes_have_the_same_message():
    said = set()
    for change in ({"cookie": b"d" * 32}, {"user": 2}, {"project": "proj_B"}, {"now": NOW + HOUR}):
        with pytest.raises(vault.VaultLocked) as error:
            opened(sealed(), **change)
        said.add(str(error.value))
    with pytest.raises(vault.VaultLocked) as error:
        vault.cookie_read(None)
    assert said | {str(error.value)} == {"the project must be connected again"}


def test_a_server_key_added_in_front_still_opens_what_the_old_one_sealed(settings):
    settings.VAULT_KEYS = ["old-" * 10]
    item = sealed()
    settings.VAULT_KEYS = ["new-" * 10, "old-" * 10]
    found = opened(item)
    assert found.key.reveal() == TEXT
    assert found.outdated
    assert sealed().kid != item.kid


def test_a_server_key_that_was_removed_locks_what_it_sealed(settings):
    settings.VAULT_KEYS = ["old-" * 10]
    item = sealed()
    settings.VAULT_KEYS = ["new-" * 10]
    with pytest.raises(vault.VaultLocked):
        opened(item)


def test_another_address_of_the_api_locks_every_key(settings):
    settings.XEROTIER_API_URL = "https://api.xerotier.ai"
    item = sealed()
    settings.XEROTIER_API_URL = "https://api.elsewhere.example"
    with pytest.raises(vault.VaultLocked):
        opened(item)


def test_it_expires_on_the_second():
    item = sealed()
    assert opened(item, now=NOW + HOUR - 1).key.reveal() == TEXT
    with pytest.raises(vault.VaultExpired):
        opened(item, now=NOW + HOUR)


def test_a_clock_set_back_does_not_lengthen_its_life(settings):
    settings.SESSION_ABSOLUTE_AGE = HOUR
    item = sealed()
    with pytest.raises(vault.VaultLocked) as error:
        opened(item, now=NOW - 2 * HOUR)
    assert not isinstance(error.value, vault.VaultExpired)  # kept: the clock may come right again


def test_neither_the_key_nor_the_server_key_shows_in_what_is_kept_or_printed(settings):
    item = sealed()
    found = opened(item)
    shown = f"{item} {item!r} {found} {found!r}"
    raw = base64.urlsafe_b64decode(item.blob + "=" * (-len(item.blob) % 4))
    assert TEXT not in shown
    assert TEXT.encode() not in raw
    assert settings.VAULT_KEYS[0] not in shown


def test_a_blob_that_does_not_open_leaves_no_frame_with_the_key():
    """What a traceback would show: every local of every frame of the failure."""
    with pytest.raises(vault.VaultLocked) as error:
        opened(sealed(), now=NOW + HOUR)
    shown = []
    trace = error.value.__traceback__
    while trace:
        shown.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    assert len(shown) >= 3
    assert TEXT not in "".join(shown)
