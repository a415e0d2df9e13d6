"""What a client's key may do. Pure."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Each allows what the one before it does, and more."""

    MARKET = "market"
    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    def covers(self, needed: Scope) -> bool:
        return _ORDER.index(self) >= _ORDER.index(needed)

    @property
    def told(self) -> str:
        return _TOLD[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(scope.value, scope.told) for scope in cls]


_ORDER = list(Scope)
_TOLD = {
    Scope.MARKET: "Market data only",
    Scope.READ: "Read your watchlists, alerts and inbox",
    Scope.WRITE: "Read and change watchlists, alerts and inbox",
    Scope.OPERATE: "All you may, operators' routes included",
}
