"""Re-encryption of second factors, whose secrets are stored under FIELD_ENCRYPTION_KEYS (see ``adapters``)."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from providers.credentials import encryption

ENCRYPTED = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
"""Member of an authenticator's data that is encrypted, by type; a passkey stores no secret."""


def reencrypt_all() -> tuple[int, list[str]]:
    """Encrypt every secret with the first key; return their number, and the users whose secrets are not readable."""
    renewed, unreadable = 0, []
    with transaction.atomic():
        factors = Authenticator.objects.select_for_update(of=("self",)).select_related("user").order_by("pk")
        for factor in factors.filter(type__in=ENCRYPTED):
            member = ENCRYPTED[factor.type]
            if not factor.data.get(member):
                continue
            try:
                factor.data[member] = encryption.reencrypt(factor.data[member])
            except encryption.WrongKey:
                unreadable.append(factor.user.get_username())
                continue
            factor.save(update_fields=["data"])
            renewed += 1
    return renewed, unreadable
