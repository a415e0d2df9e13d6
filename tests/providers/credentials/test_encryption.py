"""API keys: encrypted, readable with any of the configured keys, renewed, and never shown."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from providers.credentials import encryption
from providers.credentials.api_keys import KeyState, key_state, set_key
from providers.models import Cooldown, Provider

SECRET = "sk-very-secret-0123"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def coincap(db: None) -> Provider:
    return Provider.objects.create(slug="coincap", name="CoinCap", adapter="coincap")


def test_what_is_encrypted_is_read_again_and_does_not_contain_the_key() -> None:
    token = encryption.encrypt(SECRET)
    assert SECRET not in token
    assert encryption.decrypt(token) == SECRET


def test_a_token_of_another_key_is_refused_and_not_repeated(settings: Any) -> None:
    token = Fernet(OLD.encode()).encrypt(SECRET.encode()).decode()
    with pytest.raises(encryption.WrongKey) as error:
        encryption.decrypt(token)
    assert str(error.value) == ""
    assert error.value.__cause__ is None


@pytest.mark.parametrize("token", ["", "not a token", "gAAAAA", "é"])
def test_a_token_that_was_tampered_with_is_refused(token: str) -> None:
    with pytest.raises(encryption.WrongKey):
        encryption.decrypt(token)


def test_an_old_key_still_reads_while_the_first_one_writes(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = encryption.encrypt(SECRET)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.decrypt(token) == SECRET
    assert Fernet(NEW.encode()).decrypt(encryption.encrypt(SECRET).encode()).decode() == SECRET


def test_after_a_rotation_the_old_key_is_not_needed(settings: Any, coincap: Provider) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    set_key(coincap, SECRET)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys", stdout=(answer := io.StringIO()))
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    coincap.refresh_from_db()
    assert encryption.decrypt(coincap.api_key_encrypted) == SECRET
    assert answer.getvalue().strip() == "1 API keys re-encrypted: coincap"


def test_a_rotation_names_what_it_cannot_read_and_leaves_it(settings: Any, coincap: Provider) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    set_key(coincap, SECRET)
    token = coincap.api_key_encrypted
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="coincap"):
        call_command("rotate_keys", stdout=io.StringIO())
    coincap.refresh_from_db()
    assert coincap.api_key_encrypted == token
    assert key_state(coincap) is KeyState.UNREADABLE


def test_a_key_is_set_and_cleared(coincap: Provider) -> None:
    assert key_state(coincap) is KeyState.NOT_SET
    set_key(coincap, SECRET)
    assert key_state(Provider.objects.get(slug="coincap")) is KeyState.SET
    set_key(coincap, "")
    assert key_state(Provider.objects.get(slug="coincap")) is KeyState.NOT_SET


def test_saving_a_key_lifts_the_cooldown_for_the_old_one_and_no_other(coincap: Provider) -> None:
    now = timezone.now()
    for key in (f"provider:{coincap.pk}", "group:coincap"):
        Cooldown.objects.create(key=key, until=now + timedelta(hours=6), since=now, outcome="unauthorized")
    set_key(coincap, SECRET)
    assert list(Cooldown.objects.values_list("key", flat=True)) == ["group:coincap"]


@pytest.mark.parametrize("key", ["line\nbreak", "with space", "naïve", "x" * 501])
def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(coincap: Provider, key: str) -> None:
    with pytest.raises(ValidationError) as error:
        set_key(coincap, key)
    assert key not in str(error.value)


def test_no_repr_or_log_line_shows_a_key(coincap: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    set_key(coincap, SECRET)
    assert SECRET not in f"{coincap!r} {coincap} {vars(coincap)} {caplog.text}"
