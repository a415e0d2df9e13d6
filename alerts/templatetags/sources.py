"""Template filter for the name of a source."""

from __future__ import annotations

from django import template

from providers.state import runtime

register = template.Library()


@register.filter
def source_name(slug: str) -> str:
    """Return the provider's name; its slug if it has been removed since."""
    provider = runtime.runtime().current().providers.get(slug)
    return provider.name if provider else slug
