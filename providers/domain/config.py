"""The operator's configuration as immutable values, as one process reads it from the database. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.domain.adapter import Adapter
from providers.domain.categories import Category, Strategy


@dataclass(frozen=True, slots=True)
class EndpointConf:
    """One base URL. ``host`` is what answers show of it; the URL itself stays inside."""

    id: int
    base_url: str
    host: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ProviderConf:
    """A provider with its endpoints in their order. ``key_state`` is ``set``, ``unset`` or ``unreadable``.

    ``made`` is its adapter where operators' definitions make one; ``wording`` then tells these apart, by category.
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
        """What a question for its news calls it: its adapter, or itself where that is not its own."""
        return self.adapter if self.generic_adapter is None else self.slug

    def resolve_adapter(self, adapters: Mapping[str, Adapter]) -> Adapter | None:
        """What its answers mean: its own adapter, or the one of code that it names; None for a name without code."""
        return self.generic_adapter or adapters.get(self.adapter)


@dataclass(frozen=True, slots=True)
class LinkConf:
    """A provider's place in a chain."""

    id: int
    provider: ProviderConf
    lineage: str
    tier: int
    position: int
    weight: int
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChainConf:
    """A category's chain. ``generation`` names its content: any edit that could change an answer changes it."""

    category: Category
    strategy: Strategy
    deadline_s: float
    cache_s: float
    stale_s: float
    links: tuple[LinkConf, ...]
    generation: str

    def source_is_on(self, slug: str) -> bool:
        """Whether what this provider once gave may still be served."""
        return any(link.enabled and link.provider.enabled and link.provider.slug == slug for link in self.links)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything an operator sets, at one moment."""

    chains: Mapping[Category, ChainConf]
    providers: Mapping[str, ProviderConf]
