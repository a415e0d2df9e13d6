"""An index over assets: by symbol, id and pair, for exact questions and for autocomplete. Pure."""

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
"""Quote currencies that a pair may end in."""

LONGEST = 120
_SEPARATED = re.compile(r"(.+)[-_/:]([^-_/:]+)")
_WORDS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset as it is shown. ``rank`` None: unknown, after all others."""

    slug: str
    symbol: str
    name: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class AssetIndex:
    """``ranked`` holds what can be asked for, best first; ``by_slug`` also what is switched off."""

    ranked: tuple[AssetRef, ...]
    by_slug: Mapping[str, AssetRef]
    by_name: Mapping[str, AssetRef]
    provider_names: Mapping[str, Mapping[str, str]]

    def find(self, text: str) -> Instrument | None:
        """1. A symbol or an id, whichever ranks best. 2. A pair with a separator. 3. A pair without one."""
        typed = text.strip().casefold()
        if not typed or len(typed) > LONGEST:
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
        """The longest quote wins (BTCFDUSD is no BTCFD). One letter before USD says too little: sUSD is no S/USD."""
        for quote in sorted(QUOTES, key=len, reverse=True):
            base = typed.removesuffix(quote.casefold())
            if base == typed or (len(base) < 2 and quote != "USDT"):
                continue
            found = self._pair(base, quote)
            if found is not None:
                return found
        return None

    def search(self, text: str, limit: int) -> list[AssetRef]:
        """Symbol prefix first (the whole symbol before others), then words of the name, then the id; then by rank."""
        typed = text.strip().casefold()
        if not typed:
            return []
        graded = [(grade, place) for place, ref in enumerate(self.ranked) if (grade := _grade(ref, typed)) is not None]
        return [self.ranked[place] for _, place in sorted(graded)[:limit]]


def _grade(ref: AssetRef, typed: str) -> int | None:
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
    """The index of (slug, symbol, name, rank, enabled) and (provider, slug, name)."""
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
