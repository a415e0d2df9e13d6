"""The body of GET /api/prices. Time is an argument.

A body depends on the rows alone, so that its bytes and ETag stay the same while it is served from memory: ages are
those of the moment the body was built.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from drf_spectacular.utils import OpenApiExample

from markets.api.params.symbols import symbol
from markets.api.schemas.common import meta, not_given
from markets.feeds import queries
from markets.feeds.queries import Missing, PriceRow
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money, UnknownReasons
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, money, number, seconds

UNKNOWN_ASSET = "no coin of this name is known here"


class Price(Body):
    """A price and its source."""

    id: Annotated[str, Doc(description="The coin's id, which never changes.")]
    symbol: str
    price: Money
    currency: Annotated[str, Doc(description="The quote currency: USD, USDT and USDC are different currencies.")]
    change_24h: Annotated[float | None, Doc(description="Percent over a rolling 24 hours.")]
    volume_24h: Annotated[Money | None, Doc(description="In `currency`.")]
    volume_scope: Annotated[str | None, Doc(description="venue: one exchange; market: all of them.")]
    as_of: Annotated[Moment | None, Doc(description="The source's own time.")]
    source: Annotated[str, Doc(description="The provider that answered.")]
    stale: Annotated[bool, Doc(description="True for the last known good, where no fresh price is available.")]
    stale_reason: str | None
    verified: Annotated[bool, Doc(description="True if another, independent source recently agreed.")]
    age_s: Annotated[float, Doc(description="Age when the answer was built; see also the Age header.")]
    unknown: UnknownReasons


class MissingPrice(Body):
    """A coin without a price."""

    symbol: Annotated[str, Doc(description="As requested.")]
    reason: str
    code: Annotated[str, Doc(description="unknown_asset, not_available, unavailable or deadline.")]


class Prices(Answer):
    """Prices in the requested order, and what is missing with its reason."""

    prices: list[Price]
    missing: list[MissingPrice]
    meta: Meta


def prices(requested: Mapping[str, Instrument | None], result: queries.Prices, now: datetime) -> Prices:
    """The body for the requested names, each with its instrument or None if no coin has that name."""
    rows = [_price(item, row, now) for item, row in result.rows.items()]
    missing = [
        _missing(name, result.missing[item] if item else None)
        for name, item in requested.items()
        if item is None or item in result.missing
    ]
    assets = {name: item.asset for name, item in requested.items() if item is not None}
    return Prices(prices=rows, missing=missing, meta=meta(result.meta, max(row.age_s for row in rows), assets))


def _price(item: Instrument, row: PriceRow, now: datetime) -> Price:
    quote = row.quote
    price = Price(
        id=item.asset,
        symbol=symbol(item),
        price=money(quote.price),
        currency=quote.currency,
        change_24h=number(quote.change_24h),
        volume_24h=money(quote.volume_24h),
        volume_scope=quote.volume_scope if quote.volume_24h is not None else None,
        as_of=moment(quote.as_of),
        source=row.source,
        stale=row.stale,
        stale_reason=row.stale_reason,
        verified=row.verified,
        age_s=seconds(age_when_built(row, now)),
        unknown={},
    )
    return not_given(price, row.source, volume_scope="", stale_reason="")


def _missing(name: str, missing: Missing | None) -> MissingPrice:
    if missing is None:
        return MissingPrice(symbol=name, reason=UNKNOWN_ASSET, code="unknown_asset")
    return MissingPrice(symbol=name, reason=missing.reason, code=missing.code)


def age_when_built(row: PriceRow, now: datetime) -> float:
    """Age in seconds of the value when the body was built, by its source's own time where it gives one.

    Stale rows are aged to the whole second: often enough for a reader, seldom enough for an ETag.
    """
    built = now.replace(microsecond=0) if row.stale else row.fetched_at
    return max(0.0, (built - (row.quote.as_of or row.fetched_at)).total_seconds())


EXAMPLE = OpenApiExample(
    "One price, one unknown name",
    value={
        "success": True,
        "prices": [
            {
                "id": "bitcoin",
                "symbol": "BTC",
                "price": "64123.45000000",
                "currency": "USDT",
                "change_24h": 1.284,
                "volume_24h": "1482345678.12345678",
                "volume_scope": "venue",
                "as_of": "2026-01-01T12:00:00.123Z",
                "source": "binance",
                "stale": False,
                "stale_reason": None,
                "verified": True,
                "age_s": 0.082,
                "unknown": {},
            }
        ],
        "missing": [{"symbol": "NOPE", "reason": UNKNOWN_ASSET, "code": "unknown_asset"}],
        "meta": {
            "source": "binance",
            "endpoint": "api.binance.com",
            "as_of": "2026-01-01T12:00:00.123Z",
            "fetched_at": "2026-01-01T12:00:00.205Z",
            "age_s": 0.082,
            "stale": False,
            "stale_reason": None,
            "verified": True,
            "cache": "miss",
            "chain": "MARKET_PRICE",
            "attempts": 1,
            "decision": "0f3a9c2e41d7",
            "asset": {"BTC": "bitcoin"},
        },
    },
    response_only=True,
    status_codes=["200"],
)
