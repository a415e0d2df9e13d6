"""The keys of health and cooldown rows in words: ``endpoint:12|MARKET_PRICE`` is Binance, its host, its prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from providers.models import Endpoint, Provider


@dataclass(frozen=True, slots=True)
class ScopeLabel:
    """A scope in words. ``host`` and ``category`` are "" where it is not that narrow; ``gone``: deleted since."""

    label: str
    host: str = ""
    category: str = ""
    deleted: bool = False

    def __str__(self) -> str:
        return " · ".join(part for part in (self.label, self.host, self.category) if part)


class ScopeLabels:
    """The words for every key, from two queries."""

    def __init__(self) -> None:
        self._providers: Mapping[str, str] = {str(pk): name for pk, name in Provider.objects.values_list("pk", "name")}
        self._endpoints: Mapping[str, tuple[str, str]] = {
            str(pk): (name, urlsplit(url).netloc)
            for pk, name, url in Endpoint.objects.values_list("pk", "provider__name", "base_url")
        }

    def label_for(self, key: str) -> ScopeLabel:
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
        """The beginnings of keys whose provider or host has ``text`` in it."""
        wanted = text.casefold()
        endpoints = [pk for pk, words in self._endpoints.items() if wanted in " ".join(words).casefold()]
        providers = [pk for pk, name in self._providers.items() if wanted in name.casefold()]
        return [f"endpoint:{pk}" for pk in endpoints] + [f"provider:{pk}" for pk in providers]
