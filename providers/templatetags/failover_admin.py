"""The state of the failover in a line, for the admin's first page."""

from __future__ import annotations

from typing import Any

from django import template

from providers.admin.overview import current_board

register = template.Library()


@register.inclusion_tag("admin/providers/_summary.html")
def failover_summary() -> dict[str, Any]:
    """How many links can be asked, and how many fail."""
    return {"board": current_board()}
