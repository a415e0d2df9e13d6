"""API keys at rest: encrypted with the first of FIELD_ENCRYPTION_KEYS, readable with any of them. Fails closed."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class WrongKey(Exception):  # noqa: N818 - it is the key that is wrong
    """None of FIELD_ENCRYPTION_KEYS opens this token: it was made with another, or has been tampered with."""


def encrypt(text: str) -> str:
    """The token to keep."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text that was encrypted. Raises WrongKey, and then says nothing of the token."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongKey from None


def reencrypt(token: str) -> str:
    """The same text under the first key. Raises WrongKey."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except InvalidToken:
        raise WrongKey from None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
