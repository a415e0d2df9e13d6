"""Lists of coins and markets as the API says them: plain data for JSON, null where a source does not say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markets.analysis.rankings import Ids
from providers.domain.listings import CategoryRow, CoinRow, Details, ExchangeRow, Global, ListedCoin
from providers.domain.wire_format import moment, money, number

CURRENCY = "USD"
NO_FIGURES = "the source that describes it says no figures, and it is not among the largest coins"
COUNTS = frozenset({"market_cap_rank"})


def unknown(row: Mapping[str, Any], source: str) -> dict[str, str]:
    """Why each member that is null is."""
    return {name: f"{source} does not say it" for name, value in row.items() if value is None}


def identity(row: CoinRow | ListedCoin, ids: Ids) -> dict[str, Any]:
    return {"id": ids.of(row.id), "symbol": row.symbol, "name": row.name}


def mover(row: CoinRow, ids: Ids) -> dict[str, Any]:
    """A coin that rose or fell."""
    said = identity(row, ids) | {
        "image": row.image,
        "current_price": money(row.price),
        "price_change_24h": number(row.change_24h),
        "market_cap": money(row.market_cap),
        "market_cap_rank": row.rank,
        "volume_24h": money(row.volume_24h),
        "as_of": moment(row.as_of),
    }
    return _told(said, row.id, ids.source)


def hit(row: CoinRow, ids: Ids, figures: CoinRow | None, source: str | None) -> dict[str, Any]:
    """A search result; its figures are of the market table, which names its own source."""
    said = identity(row, ids) | {
        "image": row.image or (figures.image if figures else None),
        "market_cap_rank": row.rank,
        "current_price": money(figures.price) if figures else None,
        "market_cap": money(figures.market_cap) if figures else None,
        "price_change_24h": number(figures.change_24h) if figures else None,
        "total_volume": money(figures.volume_24h) if figures else None,
        "as_of": moment(figures.as_of) if figures else None,
    }
    told = _told(said, row.id, ids.source)
    if figures is None:
        figures_of = ("current_price", "market_cap", "price_change_24h", "total_volume", "as_of")
        told["unknown"] |= dict.fromkeys(figures_of, "it is not among the largest coins that are priced here")
    return told | {"figures_source": source if figures else None}


def _told(said: dict[str, Any], own: str, source: str) -> dict[str, Any]:
    reasons = unknown(said, source)
    if said["id"] is None:
        reasons["id"] = f"{source}'s {own} is no coin that is listed here"
    more = {"source_id": own, "source": source, "currency": CURRENCY, "volume_scope": "market"}
    return {**said, **more, "unknown": reasons}


def details(
    found: Details, slug: str, source: str, figures: CoinRow | None, figures_source: str | None
) -> dict[str, Any]:
    """One coin in full. Where its source says no figures, those of the market table stand in, and name theirs."""
    market = _market(found) if found.market else _from_table(figures)
    whence = source if found.market else figures_source if figures else None
    data = {**market, "currency": CURRENCY, "source": whence}
    links = {
        "homepage": list(found.homepage),
        "blockchain_site": list(found.blockchain_site),
        "twitter": found.twitter,
        "telegram": found.telegram,
    }
    said = {
        "id": slug,
        "symbol": found.symbol,
        "name": found.name,
        "description": found.description,
        "image": found.image,
        "categories": list(found.categories),
        "market_data": data | {"unknown": unknown(market, whence) if whence else dict.fromkeys(market, NO_FIGURES)},
        "links": links,
    }
    return said | {"unknown": unknown(said, source) | unknown(links, source)}


FIGURES = (
    *("current_price", "market_cap", "market_cap_rank", "total_volume", "high_24h", "low_24h"),
    *("price_change_percentage_24h", "price_change_percentage_7d", "price_change_percentage_30d"),
    *("circulating_supply", "total_supply", "max_supply", "ath", "atl"),
)


def _market(found: Details) -> dict[str, Any]:
    held = dict(found.market)
    return {name: _figure(name, held.get(name)) for name in FIGURES}


def _figure(name: str, value: Any) -> Any:
    if value is not None and name in COUNTS:
        return int(value)
    return number(value) if "percentage" in name else money(value)


def _from_table(row: CoinRow | None) -> dict[str, Any]:
    known = (
        {
            "current_price": row.price,
            "market_cap": row.market_cap,
            "market_cap_rank": row.rank,
            "total_volume": row.volume_24h,
            "price_change_percentage_24h": row.change_24h,
        }
        if row
        else {}
    )
    return {name: _figure(name, known.get(name)) for name in FIGURES}


def category(row: CategoryRow, ids: Ids) -> dict[str, Any]:
    said = {
        "id": row.id,
        "name": row.name,
        "market_cap": money(row.market_cap),
        "market_cap_change_24h": number(row.change_24h),
        "volume_24h": money(row.volume_24h),
        "top_3_coins": None if row.top_coins is None else [ids.of(own) for own in row.top_coins],
    }
    more = {"source": ids.source, "currency": CURRENCY, "volume_scope": "market"}
    return {**said, **more, "unknown": unknown(said, ids.source)}


def whole(found: Global, source: str) -> dict[str, Any]:
    said = {
        "market_cap": money(found.market_cap),
        "volume_24h": money(found.volume_24h),
        "market_cap_change_24h": number(found.market_cap_change_24h),
        "bitcoin_share_percent": number(found.bitcoin_share),
        "ethereum_share_percent": number(found.ethereum_share),
        "coins": found.coins,
    }
    more = {"source": source, "currency": CURRENCY, "volume_scope": "market"}
    return {**said, **more, "unknown": unknown(said, source)}


def exchange(row: ExchangeRow, source: str) -> dict[str, Any]:
    said = {
        "id": row.id,
        "name": row.name,
        "year_established": row.year,
        "country": row.country,
        "url": row.url,
        "trust_score": row.trust_score,
        "trust_score_rank": row.rank,
        "trade_volume_24h_btc": money(row.volume_btc),
        "trade_volume_24h_btc_normalized": money(row.normalized_btc),
        "centralized": row.centralized,
        "image": row.image,
    }
    more = {"source": source, "currency": "BTC", "volume_scope": "venue"}
    return {**said, **more, "unknown": unknown(said, source)}


def listed(coin: ListedCoin, ids: Ids) -> dict[str, Any]:
    """A coin with where its token lives; the first platform named is its native one."""
    contracts = coin.contracts
    said = identity(coin, ids) | {
        "platforms": None if contracts is None else [chain for chain, _ in contracts],
        "contract_addresses": None if contracts is None else dict(contracts),
        "is_token": coin.is_token,
        "native_platform": contracts[0][0] if contracts else None,
    }
    reasons = unknown(said, ids.source)
    if contracts == ():
        reasons["native_platform"] = "it has a chain of its own"
    return {**said, "source_id": coin.id, "source": ids.source, "unknown": reasons}
