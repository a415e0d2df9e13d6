"""Operator's configuration as immutable values, as a process reads it from the database. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.domain.adapter import Adapter
from providers.domain.categories import Category, Strategy


@dataclass(frozen=True, slots=True)
class EndpointConf:
    """A base URL of a provider. Public answers show only its ``host``, never the URL."""

    id: int
    base_url: str
    host: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ProviderConf:
    """A provider with its endpoints in order. ``key_state`` is ``set``, ``unset`` or ``unreadable``.

    ``generic_adapter`` is the adapter built from the operator's definitions, if there are any; ``fingerprint``
    identifies their content by category.
    """

    id: int
    slug: str
    name: str
    adapter: str
    quota_group: str
    enabled: bool = True
    endpoints: tuple[EndpointConf, ...] = ()
    key: str = field(default="", repr=False)
    key_state: str = "unset"
    generic_adapter: Adapter | None = field(default=None, repr=False, compare=False)
    fingerprint: Mapping[Category, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def outlet(self) -> str:
        """Name of the provider in news queries: its adapter's, or its own slug if it has a generic adapter."""
        return self.adapter if self.generic_adapter is None else self.slug

    def resolve_adapter(self, adapters: Mapping[str, Adapter]) -> Adapter | None:
        """Return the provider's generic adapter, or the one of ``adapters`` that it names; None if there is neither."""
        return self.generic_adapter or adapters.get(self.adapter)


@dataclass(frozen=True, slots=True)
class LinkConf:
    """A provider in a chain, with its tier, position and weight. Links of one ``lineage`` share a data source."""

    id: int
    provider: ProviderConf
    lineage: str
    tier: int
    position: int
    weight: int
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChainConf:
    """Failover chain of a category. Any edit that could change an answer changes ``generation``. Times in seconds."""

    category: Category
    strategy: Strategy
    deadline_s: float
    cache_s: float
    stale_s: float
    links: tuple[LinkConf, ...]
    generation: str

    def source_is_on(self, slug: str) -> bool:
        """Return True if stored values of this provider may still be served: provider and link are enabled."""
        return any(link.enabled and link.provider.enabled and link.provider.slug == slug for link in self.links)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration at one moment: chains by category, providers by slug."""

    chains: Mapping[Category, ChainConf]
    providers: Mapping[str, ProviderConf]
