"""What the operator's pages share: pages that only show, switches, badges."""

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
    """A coloured word; its colours are in css/admin-hub.css."""
    return format_html('<span class="hub-badge hub-{}" title="{}">{}</span>', tone, title, text)


class ShownOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows that the hub writes: everyone with the view permission reads them, nobody edits them here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


Action = Callable[[Any, HttpRequest, QuerySet[Any]], None]


def switch(on: bool) -> Action:
    """The action that switches the selected rows on or off, in one transaction each logged."""
    word = "on" if on else "off"

    @admin.action(description=f"Switch {word}", permissions=["change"])
    def act(modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changed = list(queryset.exclude(enabled=on))
        queryset.update(enabled=on)
        for row in changed:
            modeladmin.log_change(request, row, f"Switched {word}.")
        modeladmin.message_user(request, f"{len(changed)} switched {word}.", messages.SUCCESS)

    act.__name__ = f"switch_{word}"
    return act
