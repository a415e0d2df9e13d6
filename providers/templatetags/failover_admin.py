"""The failover summary on the admin's index page."""

from __future__ import annotations

from typing import Any

from django import template

from providers.admin.overview import current_overview

register = template.Library()


@register.inclusion_tag("admin/providers/_summary.html")
def failover_summary() -> dict[str, Any]:
    """Render how many links are available, failing and in cooldown."""
    return {"overview": current_overview()}
