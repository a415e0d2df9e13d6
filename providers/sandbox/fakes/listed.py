"""Listings shared by the fakes: categories, token platforms, exchanges. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers.sandbox.coins import Coin
from providers.sandbox.levels import unit
from providers.sandbox.view import SHARES, Pair, View

KINDS = ("Layer 1", "Stablecoins", "Meme", "DeFi", "Exchange-based Tokens", "Artificial Intelligence")
NATIVE = frozenset("bitcoin ethereum solana ripple dogecoin cardano litecoin tron stellar monero polkadot".split())
"""Coins of a chain of their own; the others are tokens on Ethereum."""
COUNTRIES = ("United States", "Seychelles", "Luxembourg", "Japan")


def kind_of(coin: Coin) -> str:
    """Category of a coin."""
    return KINDS[0] if coin.slug in NATIVE else KINDS[1 + int(unit(coin.slug, "kind") * (len(KINDS) - 1))]


def of_kind(coins: Sequence[Coin], kind: str) -> list[Coin]:
    """Coins of a category."""
    return [coin for coin in coins if kind_of(coin) == kind]


def contract(coin: Coin) -> str:
    """Contract address of a token on Ethereum, "" for a coin of its own chain."""
    return "" if coin.slug in NATIVE else f"0x{int(unit(coin.slug, 'contract') * 16**12):040x}"


def matching(view: View, text: str) -> list[str]:
    """The provider's names of coins that have this text in their name or symbol."""
    needle = text.lower()
    found = [(name, pair.coin) for name, pair in view.names.items()]
    return [name for name, coin in found if needle in coin.name.lower() or needle in coin.symbol.lower()]


def traded_btc(view: View, venue: str) -> float:
    """Volume of a venue in 24 hours, in bitcoin: its share of 1.5 million."""
    return round(SHARES[venue] * 1_500_000 * (1 + 0.1 * unit(venue, int(view.at // 3600))), 6)


@dataclass(frozen=True, slots=True)
class Whole:
    """All coins of a provider together, in dollars; shares in percent by coin."""

    cap: float
    volume: float
    shares: dict[str, float]


def whole_market(view: View) -> Whole:
    """Total capitalisation, volume and dominance."""
    coins = [pair.coin for pair in view.names.values()]
    caps = {coin.slug: view.price(Pair(coin, "USD")) * coin.supply for coin in coins}
    cap = sum(caps.values())
    volume = sum(view.volume(Pair(coin, "USD")) for coin in coins)
    return Whole(cap, volume, {slug: 100 * each / cap if cap else 0.0 for slug, each in caps.items()})


def cap_change(view: View) -> float:
    """Change of the total capitalisation in 24 hours, in percent."""
    return round(6 * unit("all coins", int(view.at // 3600)) - 3, 6)
