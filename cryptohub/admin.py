"""Admin of API keys: operators can list and revoke them, but neither see a key nor create one for somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import ApiKey
from providers.admin.shared import GOOD, QUIET, badge


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """API keys, read-only. Deleting one revokes it in every process within a second."""

    list_display = ("prefix", "name", "user", "may", "works", "created", "expiry", "last_used_at")
    list_filter = ("scope", "expiry")
    list_select_related = ("user",)
    search_fields = ("token_key", "name", "user__username")
    fields = ("prefix", "name", "user", "may", "works", "created", "expiry", "last_used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: users create their own keys."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: keys cannot be edited."""
        return False

    @admin.display(description="key", ordering="token_key")
    def prefix(self, key: ApiKey) -> str:
        """Return the beginning of the key."""
        return f"{key.prefix}…"

    @admin.display(description="may", ordering="scope")
    def may(self, key: ApiKey) -> str:
        """Return the scope in words."""
        return KeyScope(key.scope).label

    @admin.display(description="state")
    def works(self, key: Any) -> SafeString:
        """Return a badge: valid, expired, or owner deactivated."""
        if key.has_expired(timezone.now()):
            return badge("expired", QUIET)
        return badge("valid", GOOD) if key.user.is_active else badge("owner deactivated", QUIET)
