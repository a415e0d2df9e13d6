"""The bodies of /api/ohlcv/{coin}, /api/coins/{coin}/history and /api/coins/{coin}/chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from markets.analysis import resampling
from markets.analysis.series import unix_millis
from markets.api.params.symbols import symbol
from markets.api.schemas.common import meta
from markets.feeds.queries import CandleSeries
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money
from providers.domain.market_data import INTERVALS, Candle, Instrument
from providers.domain.wire_format import moment, money, number

NO_MARKET_CAP = "candles come without a market capitalisation"
BEGINS_LATER = "the sources' candles begin later than requested"

COIN = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="A symbol, an id or a pair.")
COIN_ID = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="The coin's id, or a symbol.")
INTERVAL = OpenApiParameter("interval", {"type": "string", "enum": list(INTERVALS), "default": "1h"})
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
END = OpenApiParameter(
    "end", OpenApiTypes.STR, description="Only candles that open before: unix ms, or ISO 8601 with an offset."
)
DAYS = OpenApiParameter("days", {"type": "integer", "minimum": 1, "maximum": 365, "default": 30})
STEP = OpenApiParameter(
    "interval",
    {"type": "string", "enum": ["hourly", "daily"], "default": "daily"},
)
TIMEFRAME = OpenApiParameter(
    "timeframe", {"type": "string", "enum": ["1h", "24h", "7d", "30d", "1y"], "default": "24h"}
)

CandleSource = Annotated[str, Doc(description="The venue whose candle it is, or CoinGecko.")]
Reasons = Annotated[dict[str, str], Doc(description="The reason for each member that is null in some rows.")]


class CandleRow(Body):
    """A candle."""

    t: Annotated[int, Doc(description="Its opening, in unix milliseconds.")]
    time: Annotated[Moment, Doc(description="Its opening.")]
    open: Money
    high: Money
    low: Money
    close: Money
    volume: Annotated[Money | None, Doc(description="In the coin; null where the source gives none.")]
    closed: Annotated[bool, Doc(description="False for the candle that is still forming.")]
    source: CandleSource


class Ohlcv(Answer):
    """Candles, oldest first."""

    symbol: str
    interval: str
    currency: Annotated[str | None, Doc(description="The quote currency of all candles.")]
    built_from: Annotated[
        str | None, Doc(description="The shorter interval they were built from, where no venue has this one.")
    ]
    candles: list[CandleRow]
    unknown: Reasons
    meta: Meta


class HistoryRow(Body):
    """Figures of a day or an hour."""

    timestamp: Annotated[int, Doc(description="Unix milliseconds.")]
    date: Moment
    price: Annotated[Money, Doc(description="The close.")]
    open: Money
    high: Money
    low: Money
    close: Money
    volume: Money | None
    closed: bool
    market_cap: Money | None
    source: CandleSource


class History(Answer):
    """A coin's past, oldest first."""

    coin_id: str
    days: int
    interval: str
    currency: str | None
    count: int
    note: Annotated[str | None, Doc(description="Says if the requested past is not known in full.")]
    data: list[HistoryRow]
    unknown: Reasons
    meta: Meta


class Line(Body):
    """Points to draw."""

    labels: list[Moment]
    prices: list[Money]


class Stats(Body):
    """Figures over the whole chart."""

    high: Money
    low: Money
    avg: Annotated[Money, Doc(description="The mean of the closes.")]
    change: Annotated[float, Doc(description="Percent, from the first candle's open to the last price.")]


class Chart(Answer):
    """A coin's prices to draw."""

    coin_id: str
    timeframe: str
    currency: str | None
    chart: Line
    stats: Stats
    meta: Meta


def ohlcv(name: str, item: Instrument, series: CandleSeries) -> Ohlcv:
    """The body with the candles of an instrument, requested by this name."""
    rows = [
        CandleRow(
            t=unix_millis(candle.opens),
            time=moment(candle.opens),
            open=money(candle.open),
            high=money(candle.high),
            low=money(candle.low),
            close=money(candle.close),
            volume=money(candle.volume),
            closed=candle.closed,
            source=source,
        )
        for candle, source in _with_sources(series)
    ]
    return Ohlcv(
        symbol=symbol(item),
        interval=series.interval,
        currency=series.currency,
        built_from=series.built_from,
        candles=rows,
        unknown=_no_volume(series),
        meta=candles_meta(series, name, item),
    )


def history(name: str, item: Instrument, series: CandleSeries, days: int, step: str, begins: datetime) -> History:
    """The body with the past ``days`` in steps "daily" or "hourly"; ``begins`` is the latest opening of the first."""
    rows = [_history_row(candle, source) for candle, source in _with_sources(series)]
    return History(
        coin_id=item.asset,
        days=days,
        interval=step,
        currency=series.currency,
        count=len(rows),
        note=BEGINS_LATER if series.candles[0].opens > begins else None,
        data=rows,
        unknown={"market_cap": NO_MARKET_CAP} | _no_volume(series),
        meta=candles_meta(series, name, item),
    )


def _history_row(candle: Candle, source: str) -> HistoryRow:
    return HistoryRow(
        timestamp=unix_millis(candle.opens),
        date=moment(candle.opens),
        price=money(candle.close),
        open=money(candle.open),
        high=money(candle.high),
        low=money(candle.low),
        close=money(candle.close),
        volume=money(candle.volume),
        closed=candle.closed,
        market_cap=None,
        source=source,
    )


def chart(name: str, item: Instrument, series: CandleSeries, timeframe: str) -> Chart:
    """The body with the closes of these candles."""
    labels, prices = zip(*((moment(_close_time(c, series)), money(c.close)) for c in series.candles), strict=True)
    return Chart(
        coin_id=item.asset,
        timeframe=timeframe,
        currency=series.currency,
        chart=Line(labels=list(labels), prices=list(prices)),
        stats=_stats(series.candles),
        meta=candles_meta(series, name, item),
    )


def _stats(candles: Sequence[Candle]) -> Stats:
    """High and low over the whole, the mean of the closes, and the change from the first opening in percent."""
    closes = [candle.close for candle in candles]
    change = (closes[-1] / candles[0].open - 1) * 100
    return Stats(
        high=money(max(candle.high for candle in candles)),
        low=money(min(candle.low for candle in candles)),
        avg=money(_mean(closes)),
        change=number(change.quantize(Decimal("0.0001"))),
    )


def _close_time(candle: Candle, series: CandleSeries) -> datetime:
    """Return when the candle's close was the price: its end, or the fetch of one that is still forming."""
    ends = candle.opens + timedelta(seconds=INTERVALS[series.interval])
    if candle.closed or series.meta.fetched_at is None:
        return ends
    return max(candle.opens, min(ends, series.meta.fetched_at))


def _mean(values: Sequence[Decimal]) -> Decimal:
    """Return the mean with two digits more than the finest of the values, whichever of them came last."""
    exponents = [int(value.as_tuple().exponent) for value in values]
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal(1).scaleb(min(exponents) - 2)).normalize()


def _with_sources(series: CandleSeries) -> Iterator[tuple[Candle, str]]:
    return zip(series.candles, series.sources, strict=True)


def _no_volume(series: CandleSeries) -> dict[str, str]:
    """The reason for null volumes, if there are any."""
    venues = sorted({source for candle, source in _with_sources(series) if candle.volume is None})
    return {"volume": f"not given by {', '.join(venues)} for every candle"} if venues else {}


def candles_meta(series: CandleSeries, name: str, item: Instrument) -> Meta:
    """The provenance of the candles of an instrument, requested by this name."""
    return meta(series.meta, series.meta.age_s, {name: item.asset})


def latest_begin(interval: str, limit: int, now: datetime) -> datetime:
    """The latest time at which the first of the newest ``limit`` candles opens if the past is known in full."""
    return resampling.grid(interval, limit, None, now)[1 if limit > 1 else 0]
