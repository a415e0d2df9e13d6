"""Encrypts all API keys anew, with the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.credentials.api_keys import renew_all


class Command(BaseCommand):
    help = (
        "Encrypt all API keys with the first of FIELD_ENCRYPTION_KEYS. To rotate: put a new key in front, restart, "
        "run this, remove the old key, restart."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        renewed, unreadable = renew_all()
        self.stdout.write(f"{len(renewed)} API keys encrypted anew" + (f": {', '.join(renewed)}" if renewed else ""))
        if unreadable:
            raise CommandError(f"cannot be decrypted with any key, set them again: {', '.join(unreadable)}")
