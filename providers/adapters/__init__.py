"""Registry of adapters by the name in a provider's ``adapter`` field."""

from __future__ import annotations

from providers.adapters.aggregators import (
    coincap,
    coingecko,
    coinmarketcap,
    coinpaprika,
    cryptocompare,
    defillama,
    render,
)
from providers.adapters.exchanges import binance, bitget, bitstamp, bybit, coinbase, gate, gemini, kraken, kucoin, okx
from providers.adapters.news import alternative_me, outlets, reddit
from providers.domain.adapter import Adapter

ADAPTERS: dict[str, Adapter] = {
    "binance": binance.ADAPTER,
    "bitget": bitget.ADAPTER,
    "bitstamp": bitstamp.ADAPTER,
    "bybit": bybit.ADAPTER,
    "coinbase": coinbase.ADAPTER,
    "coincap": coincap.ADAPTER,
    "coingecko": coingecko.ADAPTER,
    "coinmarketcap": coinmarketcap.ADAPTER,
    "coinpaprika": coinpaprika.ADAPTER,
    "cryptocompare": cryptocompare.ADAPTER,
    "defillama": defillama.ADAPTER,
    "gate": gate.ADAPTER,
    "gemini": gemini.ADAPTER,
    "kraken": kraken.ADAPTER,
    "kucoin": kucoin.ADAPTER,
    "okx": okx.ADAPTER,
    "render": render.ADAPTER,
    "coindesk": outlets.COINDESK,
    "cointelegraph": outlets.COINTELEGRAPH,
    "decrypt": outlets.DECRYPT,
    "theblock": outlets.THEBLOCK,
    "bitcoinmagazine": outlets.BITCOINMAGAZINE,
    "cryptoslate": outlets.CRYPTOSLATE,
    "alternative_me": alternative_me.ADAPTER,
    "reddit": reddit.ADAPTER,
}
