"""Encryption of API keys: written with the first of FIELD_ENCRYPTION_KEYS, readable with any of them."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class WrongKey(Exception):  # noqa: N818 - it is the key that is wrong
    """No key of FIELD_ENCRYPTION_KEYS decrypts this token: it was encrypted with another, or has been changed."""


def encrypt(text: str) -> str:
    """Return the encrypted token to store."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the decrypted text. Raises WrongKey, without details of the token."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongKey from None


def reencrypt(token: str) -> str:
    """Return a token of the same text under the first key. Raises WrongKey."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except InvalidToken:
        raise WrongKey from None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
