"""What a client's key may do. Pure."""

from __future__ import annotations

from enum import StrEnum


class KeyScope(StrEnum):
    """Each allows what the one before it does, and more."""

    MARKET = "market"
    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    def covers(self, needed: KeyScope) -> bool:
        return _ORDER.index(self) >= _ORDER.index(needed)

    @property
    def label(self) -> str:
        return _TOLD[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(scope.value, scope.label) for scope in cls]


_ORDER = list(KeyScope)
_TOLD = {
    KeyScope.MARKET: "Market data only",
    KeyScope.READ: "Read your watchlists, alerts and inbox",
    KeyScope.WRITE: "Read and change watchlists, alerts and inbox",
    KeyScope.OPERATE: "All you may, operators' routes included",
}
