"""Names for a provider that has none yet: our own symbols, of coins that no other coin shares its symbol with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from django.db import transaction

from markets.models import Asset, AssetAlias

SPELLINGS: Mapping[str, Callable[[str], str]] = {"BTC": str.upper, "btc": str.lower}


def suggest(provider: str, spelling: str, many: int, *, verified: bool) -> tuple[int, list[str]]:
    """Add a name for each of the first ``many`` coins that has none at this provider; how many were added.

    Symbols are not unique: a coin whose symbol another one has too is left out and returned, for its name there is
    anybody's guess. A name that is taken there is never given twice.
    """
    spell = SPELLINGS[spelling]
    coins = list(Asset.objects.filter(enabled=True).order_by("rank", "pk"))
    shared = {symbol for symbol, count in Counter(coin.symbol.upper() for coin in coins).items() if count > 1}
    with transaction.atomic():
        named = set(AssetAlias.objects.filter(provider=provider).values_list("asset_id", flat=True))
        taken = set(AssetAlias.objects.filter(provider=provider).values_list("name", flat=True))
        open_ones = [coin for coin in coins[:many] if coin.pk not in named]
        clear = [coin for coin in open_ones if coin.symbol.upper() not in shared and spell(coin.symbol) not in taken]
        AssetAlias.objects.bulk_create(
            AssetAlias(asset=coin, provider=provider, name=spell(coin.symbol), verified=verified) for coin in clear
        )
    return len(clear), [coin.symbol for coin in open_ones if coin not in clear]
