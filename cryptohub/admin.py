"""Admin of accounts: API keys to revoke, invitations, and links to reset a password.

Operators can neither see a key nor create one for somebody else.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from cryptohub.accounts import invitations, reset_links
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import ApiKey, Invitation
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


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Invitations. The link is shown once, after saving; deleting an invitation withdraws it."""

    list_display = ("__str__", "invited_by", "created_at", "expires_at", "used_by", "used_at")
    list_select_related = ("invited_by", "used_by")
    fields = ("note",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: an invitation is made or withdrawn."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create the invitation and show its link, which cannot be shown again."""
        by = request.user if isinstance(request.user, User) else None
        invitation, token = invitations.create(by, obj.note, timezone.now())
        obj.pk = invitation.pk
        link = request.build_absolute_uri(invitations.link(token))
        self.message_user(request, f"Send this link; it is shown only now and works once, for 14 days: {link}")


class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Django's admin of users, with links to reset a password."""

    actions = ("make_reset_links",)

    @admin.action(description="Make a link to set a new password")
    def make_reset_links(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Show a link for each user. Only superusers may, as the link gives access to the account."""
        if not (isinstance(request.user, User) and request.user.is_superuser):
            self.message_user(request, "Only superusers may make these links.", messages.ERROR)
            return
        for user in chosen[:20]:
            link = request.build_absolute_uri(reset_links.path_for(user))
            self.message_user(request, f"Send this link to {user.get_username()}; it works once, for 3 days: {link}")


admin.site.unregister(User)
admin.site.register(User, AccountAdmin)
