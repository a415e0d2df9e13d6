"""Suggested aliases for a new provider: our own symbols, of coins whose symbol is unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from django.db import transaction

from markets.models import Asset, AssetAlias

SPELLINGS: Mapping[str, Callable[[str], str]] = {"BTC": str.upper, "btc": str.lower}


def suggest(provider: str, spelling: str, limit: int, *, verified: bool) -> tuple[int, list[str]]:
    """Add an alias for each of the first ``limit`` coins that has none at this provider.

    Returns the number added, and the symbols left out because another coin shares them or because the name is taken.
    """
    spell = SPELLINGS[spelling]
    coins = list(Asset.objects.filter(enabled=True).order_by("rank", "pk"))
    shared = {symbol for symbol, count in Counter(coin.symbol.upper() for coin in coins).items() if count > 1}
    with transaction.atomic():
        named = set(AssetAlias.objects.filter(provider=provider).values_list("asset_id", flat=True))
        taken = set(AssetAlias.objects.filter(provider=provider).values_list("name", flat=True))
        unnamed = [coin for coin in coins[:limit] if coin.pk not in named]
        unique = [coin for coin in unnamed if coin.symbol.upper() not in shared and spell(coin.symbol) not in taken]
        AssetAlias.objects.bulk_create(
            AssetAlias(asset=coin, provider=provider, name=spell(coin.symbol), verified=verified) for coin in unique
        )
    return len(unique), [coin.symbol for coin in unnamed if coin not in unique]
