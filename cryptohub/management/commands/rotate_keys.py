"""Re-encrypt API keys and second factors with the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cryptohub.accounts import second_factors
from providers.credentials.api_keys import reencrypt_all


class Command(BaseCommand):
    """``manage.py rotate_keys``."""

    help = (
        "Re-encrypt API keys and second factors with the first of FIELD_ENCRYPTION_KEYS. To rotate: put a new key "
        "first, restart, run this command, remove the old key, restart."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-encrypt every secret. Raises CommandError if some cannot be decrypted."""
        renewed, unreadable = reencrypt_all()
        factors, lost_factors = second_factors.reencrypt_all()
        self.stdout.write(f"{len(renewed)} API keys re-encrypted" + (f": {', '.join(renewed)}" if renewed else ""))
        if factors:
            self.stdout.write(f"{factors} second factors re-encrypted")
        if lost_factors:
            self.stderr.write(
                f"no key decrypts the second factors of these users, remove them: {', '.join(lost_factors)}"
            )
        if unreadable:
            raise CommandError(f"no key decrypts these API keys, enter them again: {', '.join(unreadable)}")
