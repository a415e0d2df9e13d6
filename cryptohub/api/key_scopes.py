"""Scopes of API keys: what a client may do with a key. Pure."""

from __future__ import annotations

from enum import StrEnum


class KeyScope(StrEnum):
    """The permissions of a key; each scope includes those before it."""

    MARKET = "market"
    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    def covers(self, needed: KeyScope) -> bool:
        """Return whether this scope includes `needed`."""
        return _ORDER.index(self) >= _ORDER.index(needed)

    @property
    def label(self) -> str:
        """The scope in words, for forms and lists."""
        return _LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return value and label of each scope, as Django fields take them."""
        return [(scope.value, scope.label) for scope in cls]


_ORDER = list(KeyScope)
_LABELS = {
    KeyScope.MARKET: "Market data only",
    KeyScope.READ: "Read your watchlists, alerts and inbox",
    KeyScope.WRITE: "Read and change watchlists, alerts and inbox",
    KeyScope.OPERATE: "All you may, operators' routes included",
}
