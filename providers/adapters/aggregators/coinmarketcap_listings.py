"""CoinMarketCap listings without a key: market table, coin details without figures, categories, all coins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from providers.adapters.shared import articles, parsing
from providers.adapters.shared import listings as listing
from providers.adapters.shared.listings import Listings, Route, fixed_request
from providers.adapters.shared.rows import Row, index_rows
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.listings import (
    Categories,
    CategoriesQuery,
    CategoryRow,
    CoinList,
    CoinListQuery,
    CoinRow,
    Details,
    DetailsQuery,
    Global,
    GlobalQuery,
    ListedCoin,
    SearchQuery,
    Table,
    TableQuery,
)

TOP, MAX_ROWS = "250", "5000"


def listings(answer: Callable[[Response], object]) -> Listings:
    """Build the metadata handler; ``answer`` reads ``data``. No keyless route searches, so the map is filtered."""
    table_params = (("start", "1"), ("limit", TOP), ("convert", "USD"))
    map_params = (("listing_status", "active"), ("limit", MAX_ROWS))
    base = "/public-api"
    return Listings(
        answer,
        {
            TableQuery: Route(fixed_request(f"{base}/v3/cryptocurrency/listings/latest", *table_params), _table),
            DetailsQuery: Route(_details_request, _details),
            CategoriesQuery: Route(
                fixed_request(f"{base}/v1/cryptocurrency/categories", ("limit", MAX_ROWS)), _categories
            ),
            GlobalQuery: Route(fixed_request(f"{base}/v1/global-metrics/quotes/latest", ("convert", "USD")), _global),
            SearchQuery: Route(fixed_request(f"{base}/v1/cryptocurrency/map", *map_params), _search),
            CoinListQuery: Route(fixed_request(f"{base}/v1/cryptocurrency/map", *map_params), _coins),
        },
    )


def _table(lookup: Lookup[Any], body: object) -> Table:
    return listing.table([_listing(row) for row in listing.filled_rows(body, "coins")])


def _listing(row: Row) -> CoinRow:
    quoted = _dollars(row.get("quote"))
    return CoinRow(
        id=listing.row_id(row),
        symbol=listing.name_or_id(row, "symbol"),
        name=listing.name_or_id(row, "name"),
        rank=listing.positive_integer(row.get("cmc_rank")),
        price=listing.price_or_none(quoted.get("price")),
        change_24h=parsing.percent(quoted.get("percent_change_24h")),
        market_cap=parsing.amount(quoted.get("market_cap")) or None,
        volume_24h=parsing.amount(quoted.get("volume_24h")),
        as_of=parsing.from_iso(quoted.get("last_updated")),
    )


def _dollars(quotes: object) -> Row:
    """Return the dollar quote; v3 has a list of quotes, v1 a map by currency."""
    if isinstance(quotes, Mapping):
        return parsing.mapping(quotes.get("USD"), "a quote")
    return parsing.mapping(index_rows(quotes, "symbol", ("USD",)).get("USD"), "a quote")


def _details_request(lookup: Lookup[DetailsQuery]) -> Request:
    return Request("/public-api/v2/cryptocurrency/info", (("id", lookup.name),))


def _details(lookup: Lookup[Any], body: object) -> Details | None:
    """Read the details, keyed by id or in a list; figures are only in the market table."""
    rows = list(body.values()) if isinstance(body, Mapping) else body
    row = index_rows(rows, "id", (lookup.name,)).get(lookup.name)
    if row is None:
        return None
    urls = listing.nested(row, "urls")
    return Details(
        id=lookup.name,
        symbol=listing.name_or_id(row, "symbol"),
        name=listing.name_or_id(row, "name"),
        description=listing.text(row, "description", 2_000),
        image=articles.image_url(row.get("logo")),
        categories=listing.text_list(row, "tag-names"),
        homepage=listing.urls(urls.get("website")),
        blockchain_site=listing.urls(urls.get("explorer")),
        twitter=next(iter(listing.urls(urls.get("twitter"))), None),
        telegram=next((url for url in listing.urls(urls.get("chat")) if "//t.me/" in url), None),
    )


def _categories(lookup: Lookup[Any], body: object) -> Categories:
    rows = listing.filled_rows(body, "categories")
    times = [parsing.from_iso(row.get("last_updated")) for row in rows]
    return Categories(tuple(_category(row) for row in rows), listing.oldest(times))


def _category(row: Row) -> CategoryRow:
    """Read a category; its largest coins would need one request per category."""
    return CategoryRow(
        id=listing.row_id(row),
        name=listing.name_or_id(row, "name"),
        market_cap=parsing.amount(row.get("market_cap")) or None,
        change_24h=parsing.percent(row.get("market_cap_change")),
        volume_24h=parsing.amount(row.get("volume")),
    )


def _global(lookup: Lookup[Any], body: object) -> Global:
    row = parsing.mapping(body, "the market")
    quoted = _dollars(row.get("quote"))
    return listing.global_figures(
        parsing.field(quoted, "total_market_cap"),
        volume_24h=parsing.amount(quoted.get("total_volume_24h")),
        market_cap_change_24h=parsing.percent(quoted.get("total_market_cap_yesterday_percentage_change")),
        bitcoin_share=listing.percent_share(row.get("btc_dominance")),
        ethereum_share=listing.percent_share(row.get("eth_dominance")),
        coins=listing.positive_integer(row.get("active_cryptocurrencies")),
        as_of=parsing.from_iso(quoted.get("last_updated")),
    )


def _search(lookup: Lookup[SearchQuery], body: object) -> Table:
    """Return the coins of the map whose name or symbol contains the text, without figures."""
    return listing.table(
        [_search_row(row) for row in listing.filled_rows(body, "coins") if _matches(row, lookup.item.text)],
        priced=False,
    )


def _matches(row: Row, text: str) -> bool:
    return any(text in listing.raw_text(row, name).casefold() for name in ("name", "symbol"))


def _search_row(row: Row) -> CoinRow:
    rank = listing.positive_integer(row.get("rank"))
    return CoinRow(listing.row_id(row), listing.name_or_id(row, "symbol"), listing.name_or_id(row, "name"), rank)


def _coins(lookup: Lookup[Any], body: object) -> CoinList:
    return CoinList(tuple(_coin(row) for row in listing.filled_rows(body, "coins")))


def _coin(row: Row) -> ListedCoin:
    """Read a listed coin; ``platform`` is the first platform of a token and null for a coin with its own chain."""
    name = (listing.raw_text(row, "name").strip() or listing.row_id(row))[:200]
    symbol = (listing.raw_text(row, "symbol") or listing.row_id(row))[:60]
    if "platform" not in row:
        return ListedCoin(listing.row_id(row), symbol, name)
    platform = listing.nested(row, "platform")
    chain, address = listing.raw_text(platform, "slug"), listing.raw_text(platform, "token_address")
    return ListedCoin(
        listing.row_id(row), symbol, name, ((chain, address),) if chain and address else (), bool(platform)
    )
