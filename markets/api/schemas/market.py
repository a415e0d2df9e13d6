"""The bodies about categories of coins, the whole market and exchanges, as one source lists them."""

from __future__ import annotations

from typing import Annotated

from markets.analysis import rankings
from markets.analysis.rankings import Ids
from markets.api.schemas.common import not_given
from markets.api.schemas.listings import CURRENCY, OwnId, Percent
from providers.api.structs import Answer, Body, Doc, Meta, Money, UnknownReasons
from providers.domain import listings
from providers.domain.wire_format import money, number

TOP_EXCHANGES = 5


class MarketCategory(Body):
    """A kind of coins."""

    id: OwnId
    name: str
    market_cap: Money | None
    market_cap_change_24h: float | None
    volume_24h: Money | None
    top_3_coins: list[str | None] | None
    source: str
    currency: str = CURRENCY
    volume_scope: str = "market"
    unknown: UnknownReasons

    @classmethod
    def of(cls, row: listings.CategoryRow, ids: Ids) -> MarketCategory:
        """The row of a source's list of categories."""
        category = cls(
            id=row.id,
            name=row.name,
            market_cap=money(row.market_cap),
            market_cap_change_24h=number(row.change_24h),
            volume_24h=money(row.volume_24h),
            top_3_coins=None if row.top_coins is None else [ids.of(own) for own in row.top_coins],
            source=ids.source,
            unknown={},
        )
        return not_given(category, ids.source)


class Categories(Answer):
    """All kinds of coins that a source has."""

    count: int
    categories: list[MarketCategory]
    meta: Meta


class Global(Answer):
    """The whole market as one source counts it."""

    market_cap: Annotated[Money, Doc(description="Of all coins the source follows.")]
    volume_24h: Money | None
    market_cap_change_24h: Percent
    bitcoin_share_percent: Annotated[float | None, Doc(description="Of the market capitalisation.")]
    ethereum_share_percent: float | None
    coins: Annotated[int | None, Doc(description="Number of coins the source follows.")]
    source: str
    currency: str = CURRENCY
    volume_scope: str = "market"
    unknown: UnknownReasons
    meta: Meta


def global_market(figures: listings.Global, source: str, meta: Meta) -> Global:
    """The body with these figures."""
    body = Global(
        market_cap=money(figures.market_cap),
        volume_24h=money(figures.volume_24h),
        market_cap_change_24h=number(figures.market_cap_change_24h),
        bitcoin_share_percent=number(figures.bitcoin_share),
        ethereum_share_percent=number(figures.ethereum_share),
        coins=figures.coins,
        source=source,
        unknown={},
        meta=meta,
    )
    return not_given(body, source)


class Exchange(Body):
    """A venue where coins are traded."""

    id: OwnId
    name: str
    year_established: int | None
    country: str | None
    url: str | None
    trust_score: int | None
    trust_score_rank: int | None
    trade_volume_24h_btc: Money | None
    trade_volume_24h_btc_normalized: Money | None
    centralized: bool | None
    image: str | None
    source: str
    currency: str = "BTC"
    volume_scope: str = "venue"
    unknown: UnknownReasons

    @classmethod
    def of(cls, row: listings.ExchangeRow, source: str) -> Exchange:
        """The row of a source's list of exchanges."""
        exchange = cls(
            id=row.id,
            name=row.name,
            year_established=row.year,
            country=row.country,
            url=row.url,
            trust_score=row.trust_score,
            trust_score_rank=row.rank,
            trade_volume_24h_btc=money(row.volume_btc),
            trade_volume_24h_btc_normalized=money(row.normalized_btc),
            centralized=row.centralized,
            image=row.image,
            source=source,
            unknown={},
        )
        return not_given(exchange, source)


class ExchangeStatistics(Body):
    """Counts over all exchanges of the source."""

    total: int
    verified: int
    centralized: int
    decentralized: int
    unknown: int
    total_volume_24h_btc: Money | None
    volume_unknown: Annotated[int, Doc(description="Exchanges that are not in the sum.")]


class Exchanges(Answer):
    """Exchanges in the source's order."""

    count: int
    exchanges: list[Exchange]
    reason: Annotated[str | None, Doc(description="Why none is verified.")]
    statistics: ExchangeStatistics
    top_by_volume: list[Exchange]
    meta: Meta


def exchanges(listed: listings.Exchanges, source: str, maximum: int, verified_only: bool, meta: Meta) -> Exchanges:
    """The body with the first ``maximum`` exchanges."""
    every = listed.rows
    trusted = set(rankings.trusted_positions(listed))
    shown = [row for position, row in enumerate(every) if not verified_only or position in trusted][:maximum]
    rows = [Exchange.of(row, source) for row in shown]
    no_scores = verified_only and not any(row.trust_score for row in every)
    return Exchanges(
        count=len(rows),
        exchanges=rows,
        reason=f"{source} gives no trust scores" if no_scores else None,
        statistics=ExchangeStatistics(
            total=len(every),
            verified=len(trusted),
            centralized=sum(row.centralized is True for row in every),
            decentralized=sum(row.centralized is False for row in every),
            unknown=sum(row.centralized is None for row in every),
            total_volume_24h_btc=money(rankings.sum_known(row.volume_btc for row in every)),
            volume_unknown=sum(row.volume_btc is None for row in every),
        ),
        top_by_volume=rankings.largest(rows, [row.volume_btc for row in shown], TOP_EXCHANGES),
        meta=meta,
    )
