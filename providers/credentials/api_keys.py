"""API keys of providers: set, check and re-encrypt. A stored key is never shown again."""

from __future__ import annotations

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from providers.credentials import encryption
from providers.models import Cooldown, Provider

MAX_LENGTH = 500


class KeyState(StrEnum):
    """State of a provider's key, as shown to the operator."""

    SET = "set"
    NOT_SET = "not set"
    UNREADABLE = "cannot be decrypted"


def key_state(provider: Provider) -> KeyState:
    """Return the state of the provider's stored key."""
    if not provider.api_key_encrypted:
        return KeyState.NOT_SET
    try:
        encryption.decrypt(provider.api_key_encrypted)
    except encryption.WrongKey:
        return KeyState.UNREADABLE
    return KeyState.SET


@sensitive_variables("key")
def check_key(key: str) -> None:
    """Raise ValidationError, without repeating the key, if it cannot be sent in a header."""
    if len(key) > MAX_LENGTH or not (key.isascii() and key.isprintable()) or " " in key:
        raise ValidationError(f"A key has up to {MAX_LENGTH} plain characters, without spaces or line breaks.")


@sensitive_variables("key")
def set_key(provider: Provider, key: str) -> None:
    """Store a new key ("" clears it) and end the provider's own cooldown.

    Raises ValidationError if the key cannot be sent in a header.
    """
    check_key(key)
    with transaction.atomic():
        provider.api_key_encrypted = encryption.encrypt(key) if key else ""
        provider.save(update_fields=["api_key_encrypted"])
        Cooldown.objects.filter(key=f"provider:{provider.pk}").delete()


def reencrypt_all() -> tuple[list[str], list[str]]:
    """Encrypt every key with the first of FIELD_ENCRYPTION_KEYS; return the slugs done and the slugs not readable."""
    renewed_slugs: list[str] = []
    unreadable: list[str] = []
    with transaction.atomic():
        for provider in Provider.objects.select_for_update().exclude(api_key_encrypted="").order_by("slug"):
            try:
                provider.api_key_encrypted = encryption.reencrypt(provider.api_key_encrypted)
            except encryption.WrongKey:
                unreadable.append(provider.slug)
                continue
            provider.save(update_fields=["api_key_encrypted"])
            renewed_slugs.append(provider.slug)
    return renewed_slugs, unreadable
