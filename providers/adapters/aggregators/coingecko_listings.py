"""CoinGecko listings: market table, search, coin details, exchanges, categories, all coins with their contracts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from providers.adapters.shared import articles, parsing
from providers.adapters.shared import listings as listing
from providers.adapters.shared.listings import Listings, Route, fixed_request
from providers.adapters.shared.quoting import path_segment
from providers.adapters.shared.rows import Row
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
from providers.domain.outcomes import Failure, Outcome

TOP = "250"
BY_CURRENCY = ("current_price", "market_cap", "total_volume", "high_24h", "low_24h", "ath", "atl")
PLAIN = ("circulating_supply", "total_supply", "max_supply")
PERCENT = ("price_change_percentage_24h", "price_change_percentage_7d", "price_change_percentage_30d")
DESCRIPTION = 2_000
HIGHEST_TRUST = 10


def listings(answer: Callable[[Response], object]) -> Listings:
    """Build the metadata handler; ``answer`` reads the body of a successful response."""
    markets = (("vs_currency", "usd"), ("order", "market_cap_desc"), ("per_page", TOP), ("page", "1"))
    return Listings(
        answer,
        {
            TableQuery: Route(fixed_request("/api/v3/coins/markets", *markets), _table),
            SearchQuery: Route(_search_request, _search),
            DetailsQuery: Route(_details_request, _details),
            ExchangesQuery: Route(fixed_request("/api/v3/exchanges", ("per_page", TOP)), _exchanges),
            CategoriesQuery: Route(fixed_request("/api/v3/coins/categories"), _categories),
            GlobalQuery: Route(fixed_request("/api/v3/global"), _global),
            CoinListQuery: Route(fixed_request("/api/v3/coins/list", ("include_platform", "true")), _coins),
        },
    )


def _table(lookup: Lookup[Any], body: object) -> Table:
    return listing.table([_market_row(row) for row in listing.filled_rows(body, "coins")])


def _market_row(row: Row) -> CoinRow:
    return CoinRow(
        id=listing.row_id(row),
        symbol=listing.name_or_id(row, "symbol").upper(),
        name=listing.name_or_id(row, "name"),
        rank=listing.positive_integer(row.get("market_cap_rank")),
        price=listing.price_or_none(parsing.field(row, "current_price")),
        change_24h=parsing.percent(row.get("price_change_percentage_24h")),
        market_cap=_nonzero(row.get("market_cap")),
        volume_24h=parsing.amount(row.get("total_volume")),
        image=articles.image_url(row.get("image")),
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _nonzero(value: object) -> Decimal | None:
    """Read a market capitalisation or a supply; CoinGecko gives 0 for an unknown one."""
    return parsing.amount(value) or None


def _search_request(lookup: Lookup[SearchQuery]) -> Request:
    return Request("/api/v3/search", (("query", lookup.item.text),))


def _search(lookup: Lookup[Any], body: object) -> Table:
    coins = parsing.sequence(parsing.field(parsing.mapping(body), "coins"), "a list of coins")
    return listing.table([_search_row(parsing.mapping(row, "a coin")) for row in coins], priced=False)


def _search_row(row: Row) -> CoinRow:
    """Read a search result, which has no price."""
    return CoinRow(
        id=listing.row_id(row),
        symbol=listing.name_or_id(row, "symbol").upper(),
        name=listing.name_or_id(row, "name"),
        rank=listing.positive_integer(row.get("market_cap_rank")),
        image=articles.image_url(row.get("large")),
    )


def _details_request(lookup: Lookup[DetailsQuery]) -> Request:
    excluded = tuple((name, "false") for name in ("localization", "tickers", "community_data", "developer_data"))
    return Request(f"/api/v3/coins/{path_segment(lookup.name)}", excluded)


def _details(lookup: Lookup[Any], body: object) -> Details:
    row = parsing.mapping(body, "a coin")
    if listing.row_id(row) != lookup.name:
        raise parsing.broken("another coin than the requested one")
    links, data = listing.nested(row, "links"), listing.nested(row, "market_data")
    handle, channel = listing.text(links, "twitter_screen_name"), listing.text(links, "telegram_channel_identifier")
    return Details(
        id=lookup.name,
        symbol=listing.name_or_id(row, "symbol").upper(),
        name=listing.name_or_id(row, "name"),
        description=listing.text(listing.nested(row, "description"), "en", DESCRIPTION),
        image=articles.image_url(listing.nested(row, "image").get("large")),
        categories=listing.text_list(row, "categories"),
        homepage=listing.urls(links.get("homepage")),
        blockchain_site=listing.urls(links.get("blockchain_site")),
        twitter=articles.canonical_url(f"https://twitter.com/{handle}") if handle else None,
        telegram=articles.canonical_url(f"https://t.me/{channel}") if channel else None,
        market=_figures(row, data),
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _figures(row: Row, data: Row) -> tuple[tuple[str, Decimal | None], ...]:
    """Read the figures; amounts are maps by currency, supplies and percentages plain numbers."""
    money = {name: _nonzero(listing.nested(data, name).get("usd")) for name in BY_CURRENCY}
    if data and money["current_price"] is None:
        raise Failure(Outcome.IMPLAUSIBLE, "a coin with market data but without a plausible price")
    rank = listing.positive_integer(row.get("market_cap_rank"))
    figures = {
        **money,
        "market_cap_rank": None if rank is None else Decimal(rank),
        **{name: _nonzero(data.get(name)) for name in PLAIN},
        **{name: parsing.percent(data.get(name)) for name in PERCENT},
    }
    return tuple(figures.items()) if data else ()


def _exchanges(lookup: Lookup[Any], body: object) -> Exchanges:
    return Exchanges(tuple(_exchange(row) for row in listing.filled_rows(body, "exchanges")))


def _exchange(row: Row) -> ExchangeRow:
    return ExchangeRow(
        id=listing.row_id(row),
        name=listing.name_or_id(row, "name"),
        year=listing.positive_integer(row.get("year_established"), 2100),
        country=listing.text(row, "country"),
        url=articles.canonical_url(row.get("url")),
        trust_score=listing.positive_integer(row.get("trust_score"), HIGHEST_TRUST),
        rank=listing.positive_integer(row.get("trust_score_rank")),
        volume_btc=parsing.amount(row.get("trade_volume_24h_btc")),
        normalized_btc=parsing.amount(row.get("trade_volume_24h_btc_normalized")),
        centralized=listing.flag(row, "centralized"),
        image=articles.image_url(row.get("image")),
    )


def _categories(lookup: Lookup[Any], body: object) -> Categories:
    rows = listing.filled_rows(body, "categories")
    times = [parsing.from_iso(row.get("updated_at")) for row in rows]
    return Categories(tuple(_category(row) for row in rows), listing.oldest(times))


def _category(row: Row) -> CategoryRow:
    top = row.get("top_3_coins_id")
    return CategoryRow(
        id=listing.row_id(row),
        name=listing.name_or_id(row, "name"),
        market_cap=_nonzero(row.get("market_cap")),
        change_24h=parsing.percent(row.get("market_cap_change_24h")),
        volume_24h=parsing.amount(row.get("volume_24h")),
        top_coins=articles.tags(top) if isinstance(top, list) else None,
    )


def _global(lookup: Lookup[Any], body: object) -> Global:
    """Read global figures: amounts by currency, shares in percent, the time in seconds."""
    data = parsing.mapping(parsing.field(parsing.mapping(body), "data"), "the market")
    shares = listing.nested(data, "market_cap_percentage")
    return listing.global_figures(
        listing.nested(data, "total_market_cap").get("usd"),
        volume_24h=parsing.amount(listing.nested(data, "total_volume").get("usd")),
        market_cap_change_24h=parsing.percent(data.get("market_cap_change_percentage_24h_usd")),
        bitcoin_share=listing.percent_share(shares.get("btc")),
        ethereum_share=listing.percent_share(shares.get("eth")),
        coins=listing.positive_integer(data.get("active_cryptocurrencies")),
        as_of=parsing.from_seconds(data.get("updated_at")),
    )


def _coins(lookup: Lookup[Any], body: object) -> CoinList:
    return CoinList(tuple(_coin(row) for row in listing.filled_rows(body, "coins")))


def _coin(row: Row) -> ListedCoin:
    """Read a listed coin; one with a chain of its own has no platform, or one with an empty name."""
    platforms = row.get("platforms")
    if not isinstance(platforms, dict):
        contracts = None
    else:
        contracts = tuple(
            (chain, address) for chain, address in platforms.items() if chain and isinstance(address, str) and address
        )
    is_token = None if contracts is None else bool(contracts)
    return ListedCoin(listing.row_id(row), _symbol(row), _name(row), contracts, is_token)


def _symbol(row: Row) -> str:
    return (listing.raw_text(row, "symbol").strip() or listing.row_id(row))[:60].upper()


def _name(row: Row) -> str:
    return (listing.raw_text(row, "name").strip() or listing.row_id(row))[:200]
