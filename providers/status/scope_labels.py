"""Labels for the keys of health and cooldown rows: ``endpoint:12|MARKET_PRICE`` is Binance, its host, the category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from providers.models import Endpoint, Provider


@dataclass(frozen=True, slots=True)
class ScopeLabel:
    """The label of a scope; ``host`` and ``category`` are "" for wider scopes; ``deleted``: it is gone."""

    label: str
    host: str = ""
    category: str = ""
    deleted: bool = False

    def __str__(self) -> str:
        return " · ".join(part for part in (self.label, self.host, self.category) if part)


class ScopeLabels:
    """Labels for all keys, from two queries."""

    def __init__(self) -> None:
        self._providers: Mapping[str, str] = {str(pk): name for pk, name in Provider.objects.values_list("pk", "name")}
        self._endpoints: Mapping[str, tuple[str, str]] = {
            str(pk): (name, urlsplit(url).netloc)
            for pk, name, url in Endpoint.objects.values_list("pk", "provider__name", "base_url")
        }

    def label_for(self, key: str) -> ScopeLabel:
        """Return the label of a key."""
        scope, _, category = key.partition("|")
        kind, _, name = scope.partition(":")
        if kind == "group":
            return ScopeLabel(f"Quota group {name}", "", category)
        if kind == "endpoint" and name in self._endpoints:
            return ScopeLabel(*self._endpoints[name], category)
        if kind == "provider" and name in self._providers:
            return ScopeLabel(self._providers[name], "", category)
        return ScopeLabel(f"Deleted {kind} {name}", "", category, deleted=True)

    def keys_matching(self, text: str) -> list[str]:
        """Return the key prefixes of the providers and endpoints whose name or host contains ``text``."""
        text = text.casefold()
        endpoints = [pk for pk, names in self._endpoints.items() if text in " ".join(names).casefold()]
        providers = [pk for pk, name in self._providers.items() if text in name.casefold()]
        return [f"endpoint:{pk}" for pk in endpoints] + [f"provider:{pk}" for pk in providers]
