"""An index of assets by symbol, id and pair, for exact lookups and for autocomplete. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from providers.domain.market_data import ANY_DOLLAR, Instrument

QUOTES = (
    *("USDT", "USDC", "USD", "FDUSD", "TUSD", "PYUSD", "USDE", "USDS", "DAI"),
    *("BTC", "ETH", "BNB"),
    *("EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "BRL", "TRY", "KRW"),
)
"""Quote currencies a pair may end in."""

MAX_LENGTH = 120
_SEPARATED = re.compile(r"(.+)[-_/:]([^-_/:]+)")
_WORDS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset as shown to users. A ``rank`` of None (unknown) sorts after all others."""

    slug: str
    symbol: str
    name: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class AssetIndex:
    """Assets for lookup. ``ranked`` holds the enabled ones, best first; ``by_slug`` also the disabled ones.

    ``provider_names`` maps provider slug -> asset slug -> the provider's own name.
    """

    ranked: tuple[AssetRef, ...]
    by_slug: Mapping[str, AssetRef]
    by_name: Mapping[str, AssetRef]
    provider_names: Mapping[str, Mapping[str, str]]

    def find(self, text: str) -> Instrument | None:
        """Find an instrument by a symbol or an id (the best rank wins), then by a pair with or without a separator."""
        typed = text.strip().casefold()
        if not typed or len(typed) > MAX_LENGTH:
            return None
        asset = self.by_name.get(typed)
        if asset is not None:
            return Instrument(asset.slug, ANY_DOLLAR)
        separated = _SEPARATED.fullmatch(typed)
        return self._pair(*separated.groups()) if separated else self._joined(typed)

    def _pair(self, base: str, quote: str) -> Instrument | None:
        asset = self.by_name.get(base)
        if asset is None or quote.upper() not in QUOTES or asset.symbol == quote.upper():
            return None
        return Instrument(asset.slug, quote.upper())

    def _joined(self, typed: str) -> Instrument | None:
        """Split a pair without a separator.

        The longest quote wins (BTCFDUSD is not BTCFD/USD). A base of one letter counts only before USDT: sUSD is a coin
        of its own, not S/USD.
        """
        for quote in sorted(QUOTES, key=len, reverse=True):
            base = typed.removesuffix(quote.casefold())
            if base == typed or (len(base) < 2 and quote != "USDT"):
                continue
            pair = self._pair(base, quote)
            if pair is not None:
                return pair
        return None

    def search(self, text: str, limit: int) -> list[AssetRef]:
        """Search by symbol prefix (exact symbols first), then by a word of the name, then by id; ties by rank."""
        typed = text.strip().casefold()
        if not typed:
            return []
        graded = [(grade, i) for i, ref in enumerate(self.ranked) if (grade := _match_grade(ref, typed)) is not None]
        return [self.ranked[i] for _, i in sorted(graded)[:limit]]


def _match_grade(ref: AssetRef, typed: str) -> int | None:
    """Return how well an asset matches (0 is best), or None."""
    symbol, name = ref.symbol.casefold(), ref.name.casefold()
    if symbol == typed:
        return 0
    if symbol.startswith(typed):
        return 1
    if name.startswith(typed) or any(word.startswith(typed) for word in _WORDS.split(name)):
        return 2
    return 3 if typed in ref.slug else None


def build(
    rows: Iterable[tuple[str, str, str, int | None, bool]], aliases: Iterable[tuple[str, str, str]]
) -> AssetIndex:
    """Build the index from asset rows (slug, symbol, name, rank, enabled) and aliases (provider, slug, name)."""
    refs = [(AssetRef(slug, symbol, name, rank), enabled) for slug, symbol, name, rank, enabled in rows]
    ranked = sorted(
        (ref for ref, enabled in refs if enabled), key=lambda ref: (ref.rank is None, ref.rank or 0, ref.slug)
    )
    by_name: dict[str, AssetRef] = {}
    for ref in ranked:
        by_name.setdefault(ref.symbol.casefold(), ref)
        by_name.setdefault(ref.slug.casefold(), ref)
    names: dict[str, dict[str, str]] = {}
    for provider, slug, name in aliases:
        names.setdefault(provider, {})[slug] = name
    return AssetIndex(tuple(ranked), {ref.slug: ref for ref, _ in refs}, by_name, names)
