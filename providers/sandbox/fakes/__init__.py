"""Registry of fakes. The order determines the endpoints' ports: add new ones at the end."""

from __future__ import annotations

from providers.sandbox.fakes import (
    alternative_me,
    binance,
    bitget,
    bitstamp,
    bybit,
    coinbase,
    coincap,
    coingecko,
    coinmarketcap,
    coinpaprika,
    cryptocompare,
    defillama,
    gate,
    gemini,
    kraken,
    kucoin,
    okx,
    outlets,
    reddit,
    render,
    tidemark,
)
from providers.sandbox.fakes.base import Fake

FAKES: dict[str, Fake] = {
    "binance": binance.FAKE,
    "coinbase": coinbase.FAKE,
    "kraken": kraken.FAKE,
    "okx": okx.FAKE,
    "bybit": bybit.FAKE,
    "kucoin": kucoin.FAKE,
    "gate": gate.FAKE,
    "bitstamp": bitstamp.FAKE,
    "gemini": gemini.FAKE,
    "coingecko": coingecko.FAKE,
    "coinpaprika": coinpaprika.FAKE,
    "coinmarketcap": coinmarketcap.FAKE,
    "coincap": coincap.FAKE,
    "cryptocompare": cryptocompare.FAKE,
    "defillama": defillama.FAKE,
    "render": render.FAKE,
    **outlets.FEEDS,
    "alternative_me": alternative_me.FAKE,
    "reddit": reddit.FAKE,
    "tidemark": tidemark.FAKE,
    "bitget": bitget.FAKE,
}
