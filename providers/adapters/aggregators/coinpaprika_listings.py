"""CoinPaprika's lists: the market table, search, details without figures, exchanges, every coin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from providers.adapters.shared import articles, parsing
from providers.adapters.shared import listings as listing
from providers.adapters.shared.listings import Listings, Question, asking
from providers.adapters.shared.quoting import path_part
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
LAST = 10**9
MOST_HITS = "100"


def listings(answer: Callable[[Response], object]) -> Listings:
    """The handler, over the provider's own reading of a body."""
    return Listings(
        answer,
        {
            TableQuery: Question(asking("/v1/tickers", ("quotes", "USD")), _table),
            SearchQuery: Question(_ask_search, _search),
            DetailsQuery: Question(_ask_details, _details),
            ExchangesQuery: Question(asking("/v1/exchanges", ("quotes", "BTC")), _exchanges),
            GlobalQuery: Question(asking("/v1/global"), _global),
            CoinListQuery: Question(asking("/v1/coins"), _coins),
        },
    )


def _table(lookup: Lookup[Any], body: object) -> Table:
    """All tickers come at once: the best ranked are kept. Rank 0 is no rank."""
    found = [_ticker(row) for row in listing.rows(body, "coins")]
    return listing.table(sorted(found, key=lambda row: row.rank or LAST)[:TOP])


def _ticker(row: Row) -> CoinRow:
    quoted = listing.under(listing.under(row, "quotes"), "USD")
    return CoinRow(
        id=listing.named(row),
        symbol=listing.title(row, "symbol"),
        name=listing.title(row, "name"),
        rank=listing.whole(row.get("rank")),
        price=listing.price(quoted.get("price")),
        change_24h=parsing.percent(quoted.get("percent_change_24h")),
        market_cap=parsing.amount(quoted.get("market_cap")) or None,
        volume_24h=parsing.amount(quoted.get("volume_24h")),
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _ask_search(lookup: Lookup[SearchQuery]) -> Request:
    return Request("/v1/search", (("q", lookup.item.text), ("c", "currencies"), ("limit", MOST_HITS)))


def _search(lookup: Lookup[Any], body: object) -> Table:
    found = parsing.sequence(parsing.field(parsing.mapping(body), "currencies"), "a list of coins")
    known = [parsing.mapping(row, "a coin") for row in found]
    return listing.table([_hit(row) for row in known if listing.flag(row, "is_active") is not False], priced=False)


def _hit(row: Row) -> CoinRow:
    rank = listing.whole(row.get("rank"))
    return CoinRow(listing.named(row), listing.title(row, "symbol"), listing.title(row, "name"), rank)


def _ask_details(lookup: Lookup[DetailsQuery]) -> Request:
    return Request(f"/v1/coins/{path_part(lookup.name)}")


def _details(lookup: Lookup[Any], body: object) -> Details:
    """No figures here: those are in its tickers."""
    row = parsing.mapping(body, "a coin")
    if listing.named(row) != lookup.name:
        raise parsing.broken("another coin than the one asked for")
    links, tags = listing.under(row, "links"), row.get("tags")
    more = _objects(row.get("links_extended"))
    return Details(
        id=lookup.name,
        symbol=listing.title(row, "symbol"),
        name=listing.title(row, "name"),
        description=listing.text(row, "description", 2_000),
        image=articles.image(row.get("logo")),
        categories=articles.words(one.get("name") for one in _objects(tags)),
        homepage=listing.addresses(links.get("website")),
        blockchain_site=listing.addresses(links.get("explorer")),
        twitter=_link(more, "twitter"),
        telegram=_link(more, "telegram"),
    )


def _objects(values: object) -> list[Row]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _link(links: list[Row], kind: str) -> str | None:
    found = (articles.canonical(link.get("url")) for link in links if link.get("type") == kind)
    return next((address for address in found if address), None)


def _exchanges(lookup: Lookup[Any], body: object) -> Exchanges:
    found = [row for row in listing.rows(body, "exchanges") if listing.flag(row, "active") is not False]
    times = [parsing.from_iso(row.get("last_updated")) for row in found]
    return Exchanges(tuple(_exchange(row) for row in found), listing.oldest(times))


def _exchange(row: Row) -> ExchangeRow:
    """Its volumes are asked in bitcoin: what is reported, and what it adjusts that to."""
    quoted = listing.under(listing.under(row, "quotes"), "BTC")
    site = listing.addresses(listing.under(row, "links").get("website"))
    return ExchangeRow(
        id=listing.named(row),
        name=listing.title(row, "name"),
        url=site[0] if site else None,
        rank=listing.whole(row.get("adjusted_rank")),
        volume_btc=parsing.amount(quoted.get("reported_volume_24h")),
        normalized_btc=parsing.amount(quoted.get("adjusted_volume_24h")),
    )


def _global(lookup: Lookup[Any], body: object) -> Global:
    """Bitcoin's share alone, and the time in seconds."""
    row = parsing.mapping(body, "the market")
    return listing.whole_market(
        parsing.field(row, "market_cap_usd"),
        volume_24h=parsing.amount(row.get("volume_24h_usd")),
        market_cap_change_24h=parsing.percent(row.get("market_cap_change_24h")),
        bitcoin_share=listing.share(row.get("bitcoin_dominance_percentage")),
        coins=listing.whole(row.get("cryptocurrencies_number")),
        as_of=parsing.from_seconds(row.get("last_updated")),
    )


def _coins(lookup: Lookup[Any], body: object) -> CoinList:
    found = [row for row in listing.rows(body, "coins") if listing.flag(row, "is_active") is not False]
    return CoinList(tuple(_coin(row) for row in found))


def _coin(row: Row) -> ListedCoin:
    """Where a token lives is in a page of each coin's own, not in the list."""
    kind = listing.said(row, "type")
    is_token = {"token": True, "coin": False}.get(kind)
    name = (listing.said(row, "name").strip() or listing.named(row))[:200]
    return ListedCoin(
        listing.named(row), (listing.said(row, "symbol") or listing.named(row))[:60], name, None, is_token
    )
