"""A source as people know it."""

from __future__ import annotations

from django import template

from providers.state import runtime

register = template.Library()


@register.filter
def source_name(slug: str) -> str:
    """The provider's name; its slug when it has been taken out of the configuration since."""
    provider = runtime.runtime().current().providers.get(slug)
    return provider.name if provider else slug
