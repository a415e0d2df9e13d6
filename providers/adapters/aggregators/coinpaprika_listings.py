"""CoinPaprika listings: market table, search, coin details without figures, exchanges, all coins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from providers.adapters.shared import articles, parsing
from providers.adapters.shared import listings as listing
from providers.adapters.shared.listings import Listings, Route, fixed_request
from providers.adapters.shared.quoting import path_segment
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.listings import (
    CoinList,
    CoinListQuery,
    CoinRow,
    Details,
    DetailsQuery,
    ExchangeRow,
    Exchanges,
    ExchangesQuery,
    Global,
    GlobalQuery,
    ListedCoin,
    SearchQuery,
    Table,
    TableQuery,
)

TOP = 250
UNRANKED = 10**9
MAX_HITS = "100"


def listings(answer: Callable[[Response], object]) -> Listings:
    """Build the metadata handler; ``answer`` reads the body of a successful response."""
    return Listings(
        answer,
        {
            TableQuery: Route(fixed_request("/v1/tickers", ("quotes", "USD")), _table),
            SearchQuery: Route(_search_request, _search),
            DetailsQuery: Route(_details_request, _details),
            ExchangesQuery: Route(fixed_request("/v1/exchanges", ("quotes", "BTC")), _exchanges),
            GlobalQuery: Route(fixed_request("/v1/global"), _global),
            CoinListQuery: Route(fixed_request("/v1/coins"), _coins),
        },
    )


def _table(lookup: Lookup[Any], body: object) -> Table:
    """Return the best-ranked coins of all tickers; rank 0 means unranked."""
    coins = [_ticker(row) for row in listing.filled_rows(body, "coins")]
    return listing.table(sorted(coins, key=lambda row: row.rank or UNRANKED)[:TOP])


def _ticker(row: Row) -> CoinRow:
    quoted = listing.nested(listing.nested(row, "quotes"), "USD")
    return CoinRow(
        id=listing.row_id(row),
        symbol=listing.name_or_id(row, "symbol"),
        name=listing.name_or_id(row, "name"),
        rank=listing.positive_integer(row.get("rank")),
        price=listing.price_or_none(quoted.get("price")),
        change_24h=parsing.percent(quoted.get("percent_change_24h")),
        market_cap=parsing.amount(quoted.get("market_cap")) or None,
        volume_24h=parsing.amount(quoted.get("volume_24h")),
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _search_request(lookup: Lookup[SearchQuery]) -> Request:
    return Request("/v1/search", (("q", lookup.item.text), ("c", "currencies"), ("limit", MAX_HITS)))


def _search(lookup: Lookup[Any], body: object) -> Table:
    rows = parsing.sequence(parsing.field(parsing.mapping(body), "currencies"), "a list of coins")
    coins = [parsing.mapping(row, "a coin") for row in rows]
    return listing.table(
        [_search_row(row) for row in coins if listing.flag(row, "is_active") is not False], priced=False
    )


def _search_row(row: Row) -> CoinRow:
    rank = listing.positive_integer(row.get("rank"))
    return CoinRow(listing.row_id(row), listing.name_or_id(row, "symbol"), listing.name_or_id(row, "name"), rank)


def _details_request(lookup: Lookup[DetailsQuery]) -> Request:
    return Request(f"/v1/coins/{path_segment(lookup.name)}")


def _details(lookup: Lookup[Any], body: object) -> Details:
    """Read the details; figures are only in the tickers."""
    row = parsing.mapping(body, "a coin")
    if listing.row_id(row) != lookup.name:
        raise parsing.broken("another coin than the requested one")
    links, tags = listing.nested(row, "links"), row.get("tags")
    extended = _objects(row.get("links_extended"))
    return Details(
        id=lookup.name,
        symbol=listing.name_or_id(row, "symbol"),
        name=listing.name_or_id(row, "name"),
        description=listing.text(row, "description", 2_000),
        image=articles.image_url(row.get("logo")),
        categories=articles.tags(tag.get("name") for tag in _objects(tags)),
        homepage=listing.urls(links.get("website")),
        blockchain_site=listing.urls(links.get("explorer")),
        twitter=_link(extended, "twitter"),
        telegram=_link(extended, "telegram"),
    )


def _objects(values: object) -> list[Row]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _link(links: list[Row], kind: str) -> str | None:
    urls = (articles.canonical_url(link.get("url")) for link in links if link.get("type") == kind)
    return next((url for url in urls if url), None)


def _exchanges(lookup: Lookup[Any], body: object) -> Exchanges:
    rows = [row for row in listing.filled_rows(body, "exchanges") if listing.flag(row, "active") is not False]
    times = [parsing.from_iso(row.get("last_updated")) for row in rows]
    return Exchanges(tuple(_exchange(row) for row in rows), listing.oldest(times))


def _exchange(row: Row) -> ExchangeRow:
    """Read an exchange with its reported and its adjusted volume, both in BTC."""
    quoted = listing.nested(listing.nested(row, "quotes"), "BTC")
    site = listing.urls(listing.nested(row, "links").get("website"))
    return ExchangeRow(
        id=listing.row_id(row),
        name=listing.name_or_id(row, "name"),
        url=site[0] if site else None,
        rank=listing.positive_integer(row.get("adjusted_rank")),
        volume_btc=parsing.amount(quoted.get("reported_volume_24h")),
        normalized_btc=parsing.amount(quoted.get("adjusted_volume_24h")),
    )


def _global(lookup: Lookup[Any], body: object) -> Global:
    """Read global figures; of the shares only Bitcoin's is given, the time is in seconds."""
    row = parsing.mapping(body, "the market")
    return listing.global_figures(
        parsing.field(row, "market_cap_usd"),
        volume_24h=parsing.amount(row.get("volume_24h_usd")),
        market_cap_change_24h=parsing.percent(row.get("market_cap_change_24h")),
        bitcoin_share=listing.percent_share(row.get("bitcoin_dominance_percentage")),
        coins=listing.positive_integer(row.get("cryptocurrencies_number")),
        as_of=parsing.from_seconds(row.get("last_updated")),
    )


def _coins(lookup: Lookup[Any], body: object) -> CoinList:
    rows = [row for row in listing.filled_rows(body, "coins") if listing.flag(row, "is_active") is not False]
    return CoinList(tuple(_coin(row) for row in rows))


def _coin(row: Row) -> ListedCoin:
    """Read a listed coin; contracts would need one request per coin."""
    kind = listing.raw_text(row, "type")
    is_token = {"token": True, "coin": False}.get(kind)
    name = (listing.raw_text(row, "name").strip() or listing.row_id(row))[:200]
    return ListedCoin(
        listing.row_id(row), (listing.raw_text(row, "symbol") or listing.row_id(row))[:60], name, None, is_token
    )
