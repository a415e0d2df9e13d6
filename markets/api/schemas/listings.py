"""The bodies about coins, categories, exchanges and the whole market, as one source lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from markets.analysis import rankings
from markets.analysis.rankings import Ids
from markets.api.schemas.common import not_given
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money, UnknownReasons
from providers.domain import listings
from providers.domain.listings import CoinRow, Details
from providers.domain.wire_format import moment, money, number

CURRENCY = "USD"
NO_FIGURES = "the source that describes it gives no figures, and it is not among the largest coins"
NOT_LARGEST = "it is not among the largest coins that are priced here"
OWN_CHAIN = "it has a chain of its own"
COUNTS = frozenset({"market_cap_rank"})

COIN = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="A coin by symbol, id or pair.")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 100}
Q = OpenApiParameter("q", _TEXT, required=True, description="A part of a name or a symbol.")
SEARCH = OpenApiParameter("search", _TEXT, description="A part of an id, a symbol or a name.")
PLATFORM = OpenApiParameter("platform", _TEXT, description="As the source calls it: ethereum.")
VERIFIED = OpenApiParameter(
    "verified_only", {"type": "string", "enum": ["1", "0", "true", "false"], "default": "0"}, description="A switch."
)

OwnId = Annotated[str, Doc(description="The source's own id.")]
Percent = Annotated[float | None, Doc(description="Percent.")]


def limit(maximum: int, default: int) -> OpenApiParameter:
    """The parameter ``limit``."""
    shape = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return OpenApiParameter("limit", shape, description="Maximum number of rows.")


class Mover(Body):
    """A coin that rose or fell."""

    id: Annotated[str | None, Doc(description="Our id; null for a coin that is not listed here.")]
    symbol: str
    name: str
    image: str | None
    current_price: Money | None
    price_change_24h: Percent
    market_cap: Money | None
    market_cap_rank: int | None
    volume_24h: Money | None
    as_of: Moment | None
    source_id: OwnId
    source: str
    currency: str = CURRENCY
    volume_scope: str = "market"
    unknown: UnknownReasons

    @classmethod
    def of(cls, row: CoinRow, ids: Ids) -> Mover:
        """The row of a market table."""
        mover = cls(
            id=ids.of(row.id),
            symbol=row.symbol,
            name=row.name,
            image=row.image,
            current_price=money(row.price),
            price_change_24h=number(row.change_24h),
            market_cap=money(row.market_cap),
            market_cap_rank=row.rank,
            volume_24h=money(row.volume_24h),
            as_of=moment(row.as_of),
            source_id=row.id,
            source=ids.source,
            unknown={},
        )
        return not_given(mover, ids.source, id=_not_listed(ids.source, row.id))


def _not_listed(source: str, own: str) -> str:
    return f"{source}'s {own} is not listed here"


class Hit(Body):
    """A search result. Its figures are those of the market table, which names its own source."""

    id: Annotated[str | None, Doc(description="Our id; null for a coin that is not listed here.")]
    symbol: str
    name: str
    image: str | None
    market_cap_rank: int | None
    current_price: Money | None
    market_cap: Money | None
    price_change_24h: Percent
    total_volume: Money | None
    as_of: Moment | None
    source_id: OwnId
    source: str
    currency: str = CURRENCY
    volume_scope: str = "market"
    unknown: UnknownReasons
    figures_source: Annotated[str | None, Doc(description="The source of the figures.")]

    @classmethod
    def of(cls, row: CoinRow, ids: Ids, figures: CoinRow | None, source: str | None) -> Hit:
        """The search result ``row`` with the ``figures`` that ``source`` gives for the coin."""
        hit = cls(
            id=ids.of(row.id),
            symbol=row.symbol,
            name=row.name,
            image=row.image or (figures.image if figures else None),
            market_cap_rank=row.rank,
            current_price=money(figures.price) if figures else None,
            market_cap=money(figures.market_cap) if figures else None,
            price_change_24h=number(figures.change_24h) if figures else None,
            total_volume=money(figures.volume_24h) if figures else None,
            as_of=moment(figures.as_of) if figures else None,
            source_id=row.id,
            source=ids.source,
            unknown={},
            figures_source=source if figures else None,
        )
        figures_of = ("current_price", "market_cap", "price_change_24h", "total_volume", "as_of")
        reasons = {} if figures else dict.fromkeys(figures_of, NOT_LARGEST)
        return not_given(hit, ids.source, id=_not_listed(ids.source, row.id), figures_source="", **reasons)


class SearchResults(Answer):
    """Coins found by a part of their name or symbol."""

    query: str
    count: int
    total: Annotated[int, Doc(description="Number of coins the source found.")]
    results: list[Hit]
    meta: Meta


class Gainers(Answer):
    """The coins that rose most."""

    count: int
    gainers: list[Mover]
    universe: Annotated[int, Doc(description="Number of coins compared.")]
    change_unknown: Annotated[int, Doc(description="Of these, without a known change.")]
    meta: Meta


class Losers(Answer):
    """The coins that fell most."""

    count: int
    losers: list[Mover]
    universe: Annotated[int, Doc(description="Number of coins compared.")]
    change_unknown: Annotated[int, Doc(description="Of these, without a known change.")]
    meta: Meta


class MarketData(Body):
    """A coin's figures."""

    current_price: Money | None
    market_cap: Money | None
    market_cap_rank: int | None
    total_volume: Money | None
    high_24h: Money | None
    low_24h: Money | None
    price_change_percentage_24h: float | None
    price_change_percentage_7d: float | None
    price_change_percentage_30d: float | None
    circulating_supply: Money | None
    total_supply: Money | None
    max_supply: Money | None
    ath: Money | None
    atl: Money | None
    currency: str = CURRENCY
    source: str | None
    unknown: UnknownReasons

    @classmethod
    def of(cls, figures: dict[str, Any], source: str | None) -> MarketData:
        """These figures; those that are not given are null. Without a source there are none."""
        members = {name: _figure(name, figures.get(name)) for name in FIGURES}
        data = cls(**members, source=source, unknown={})
        reasons = {} if source else dict.fromkeys(FIGURES, NO_FIGURES)
        return not_given(data, source or "", **{"source": "", **reasons})


FIGURES = MarketData.__struct_fields__[:-3]


def _figure(name: str, value: Any) -> Any:
    if value is not None and name in COUNTS:
        return int(value)
    return number(value) if "percentage" in name else money(value)


def _of_table(row: CoinRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "current_price": row.price,
        "market_cap": row.market_cap,
        "market_cap_rank": row.rank,
        "total_volume": row.volume_24h,
        "price_change_percentage_24h": row.change_24h,
    }


class Links(Body):
    """Pages about a coin."""

    homepage: list[str]
    blockchain_site: list[str]
    twitter: str | None
    telegram: str | None


class CoinDetails(Answer):
    """A coin in full."""

    id: str
    symbol: str
    name: str
    description: str | None
    image: str | None
    categories: list[str]
    market_data: MarketData
    links: Links
    unknown: UnknownReasons
    meta: Meta


def coin_details(
    details: Details, asset: str, source: str, figures: CoinRow | None, figures_source: str | None, meta: Meta
) -> CoinDetails:
    """The body about an asset. If ``source`` gives no figures, those of the market table are used and name theirs."""
    links = Links(
        homepage=list(details.homepage),
        blockchain_site=list(details.blockchain_site),
        twitter=details.twitter,
        telegram=details.telegram,
    )
    if details.market:
        market = MarketData.of(dict(details.market), source)
    else:
        market = MarketData.of(_of_table(figures), figures_source if figures else None)
    body = CoinDetails(
        id=asset,
        symbol=details.symbol,
        name=details.name,
        description=details.description,
        image=details.image,
        categories=list(details.categories),
        market_data=market,
        links=links,
        unknown={},
        meta=meta,
    )
    absent = {"twitter": links.twitter, "telegram": links.telegram}
    not_given(body, source)
    body.unknown.update({name: f"not given by {source}" for name, value in absent.items() if value is None})
    return body


class ListedCoin(Body):
    """A coin and where its token lives; the first platform listed is its native one."""

    id: str | None
    symbol: str
    name: str
    platforms: list[str] | None
    contract_addresses: dict[str, str] | None
    is_token: bool | None
    native_platform: str | None
    source_id: str
    source: str
    unknown: UnknownReasons

    @classmethod
    def of(cls, coin: listings.ListedCoin, ids: Ids) -> ListedCoin:
        """The row of a source's list of coins."""
        contracts = coin.contracts
        listed = cls(
            id=ids.of(coin.id),
            symbol=coin.symbol,
            name=coin.name,
            platforms=None if contracts is None else [chain for chain, _ in contracts],
            contract_addresses=None if contracts is None else dict(contracts),
            is_token=coin.is_token,
            native_platform=contracts[0][0] if contracts else None,
            source_id=coin.id,
            source=ids.source,
            unknown={},
        )
        return not_given(listed, ids.source, **({"native_platform": OWN_CHAIN} if contracts == () else {}))


class ListFilters(Body):
    """The filters of the request."""

    search: str | None
    platform: str | None
    limit: int


class ListStatistics(Body):
    """Counts over all coins of the source."""

    total: int
    matched: int
    tokens: int
    coins_of_their_own_chain: int
    unknown: int


class ListedCoins(Answer):
    """Coins that match the filters."""

    count: int
    filters: ListFilters
    coins: list[ListedCoin]
    reason: Annotated[str | None, Doc(description="Why a filter matches nothing.")]
    statistics: ListStatistics
    meta: Meta


def listed_coins(listed: listings.CoinList, ids: Ids, filters: ListFilters, meta: Meta) -> ListedCoins:
    """The body with the coins that match."""
    every: Sequence[listings.ListedCoin] = listed.rows
    matched = rankings.filter_coins(listed, filters.search, filters.platform)
    no_platforms = filters.platform and all(coin.contracts is None for coin in every)
    return ListedCoins(
        count=min(filters.limit, len(matched)),
        filters=filters,
        coins=[ListedCoin.of(coin, ids) for coin in matched[: filters.limit]],
        reason=f"{ids.source} gives no platforms" if no_platforms else None,
        statistics=ListStatistics(
            total=len(every),
            matched=len(matched),
            tokens=sum(coin.is_token is True for coin in every),
            coins_of_their_own_chain=sum(coin.is_token is False for coin in every),
            unknown=sum(coin.is_token is None for coin in every),
        ),
        meta=meta,
    )
