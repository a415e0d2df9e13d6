"""Keys of the scopes that health and cooldowns are recorded under, as stored in the database. Pure."""

from __future__ import annotations

from functools import lru_cache

from providers.domain.categories import Category
from providers.domain.config import EndpointConf, ProviderConf


def group_key(provider: ProviderConf) -> str:
    """Key of the provider's quota group, which all providers behind one rate limit share."""
    return f"group:{provider.quota_group}"


def provider_key(provider: ProviderConf) -> str:
    """Key of the provider as a whole."""
    return f"provider:{provider.id}"


def endpoint_key(endpoint: EndpointConf) -> str:
    """Key of the endpoint in all categories."""
    return f"endpoint:{endpoint.id}"


def in_category(key: str, category: Category) -> str:
    """Narrow a provider's or endpoint's key to one category."""
    return f"{key}|{category.value}"


def cooldown_keys(provider: ProviderConf) -> tuple[str, str]:
    """Keys of the cooldowns over a whole provider; an endpoint has one more of its own (``endpoint_key``)."""
    return provider_key(provider), group_key(provider)


def breaker_keys(provider: ProviderConf, endpoint: EndpointConf, category: Category) -> tuple[str, str, str]:
    """Keys of the breakers over an endpoint: endpoint, endpoint in the category, provider in the category."""
    return _breaker_keys(provider.id, endpoint.id, category)


@lru_cache(maxsize=4096)
def _breaker_keys(provider_id: int, endpoint_id: int, category: Category) -> tuple[str, str, str]:
    """Cached because every call reads them several times."""
    key = f"endpoint:{endpoint_id}"
    return key, in_category(key, category), in_category(f"provider:{provider_id}", category)
