"""Static rules that keep a link out of use, and the cooldown in force over a set of scopes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from providers.domain.adapter import Adapter, KeyUse
from providers.domain.categories import Category
from providers.domain.config import LinkConf, ProviderConf
from providers.resilience.quota import CooldownPeriod


class Ineligible(StrEnum):
    """Reason why a link is never called as it is configured now; the value is the text shown in decisions."""

    LINK_DISABLED = "link switched off"
    PROVIDER_DISABLED = "provider switched off"
    UNSUPPORTED = "no adapter for this category"
    KEY_MISSING = "not configured: needs an API key"
    KEY_UNREADABLE = "not configured: its API key cannot be decrypted"


def eligibility(link: LinkConf, category: Category, adapters: Mapping[str, Adapter]) -> Ineligible | None:
    """Return why the link cannot serve the category, or None if it can; health and quota are not considered."""
    return provider_eligibility(link.provider, category, adapters) if link.enabled else Ineligible.LINK_DISABLED


def provider_eligibility(
    provider: ProviderConf, category: Category | None, adapters: Mapping[str, Adapter]
) -> Ineligible | None:
    """Return why the provider cannot be called, or None if it can; with category None any adapter will do."""
    if not provider.enabled:
        return Ineligible.PROVIDER_DISABLED
    adapter = provider.resolve_adapter(adapters)
    if adapter is None or (category is not None and category not in adapter.handlers):
        return Ineligible.UNSUPPORTED
    if adapter.key_use is KeyUse.REQUIRED and not provider.key:
        return Ineligible.KEY_UNREADABLE if provider.key_state == "unreadable" else Ineligible.KEY_MISSING
    return None


def cooldown_for(keys: Iterable[str], cooldowns: Mapping[str, CooldownPeriod], now: float) -> CooldownPeriod | None:
    """Return the cooldown over any of these scope keys that lasts longest after ``now``, or None."""
    longest: CooldownPeriod | None = None
    for key in keys:
        entry = cooldowns.get(key)
        if entry is not None and entry.is_active(now) and (longest is None or entry.until > longest.until):
            longest = entry
    return longest
