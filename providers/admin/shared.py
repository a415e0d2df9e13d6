"""Parts shared by the operator's admin pages: read-only admins, switch actions, badges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

GOOD, BAD, WARN, QUIET = "good", "bad", "warn", "quiet"


def badge(text: str, tone: str, title: str = "") -> SafeString:
    """Render a coloured label; ``title`` is its tooltip. The colours are in css/admin-hub.css."""
    return format_html('<span class="hub-badge hub-{}" title="{}">{}</span>', tone, title, text)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Admin for rows that the hub writes: the view permission shows them, nothing here adds, edits or deletes them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False


Action = Callable[[Any, HttpRequest, QuerySet[Any]], None]


def switch_action(on: bool) -> Action:
    """Return the admin action that switches the selected rows on or off and logs each changed row."""
    state = "on" if on else "off"

    @admin.action(description=f"Switch {state}", permissions=["change"])
    def run(modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changed = list(queryset.exclude(enabled=on))
        queryset.update(enabled=on)
        for row in changed:
            modeladmin.log_change(request, row, f"Switched {state}.")
        modeladmin.message_user(request, f"{len(changed)} switched {state}.", messages.SUCCESS)

    run.__name__ = f"switch_{state}"
    return run
