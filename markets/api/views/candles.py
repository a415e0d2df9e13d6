"""Candles, a coin's history and its chart: what was traded, from venues, stored and newest parts together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from markets.analysis import resampling
from markets.api.presenters import prices
from markets.api.problems import require_candles
from markets.api.schemas import candles as shapes_candles
from markets.assets import registry
from markets.feeds import candle_history, queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.domain.market_data import INTERVALS, Candle, Instrument
from providers.domain.wire_format import moment, money, number

EPOCH_MS = timedelta(milliseconds=1)
NO_MARKET_CAP = "candles are of one source each: none says a market capitalisation"

FAILURES = problems(
    s400="A parameter is unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known, or no source in the chain has candles of it.",
    s503="No source could answer and nothing was kept. Retry-After says when to ask again.",
    s504="No source answered within the deadline and nothing was kept.",
)

CHARTS = {"1h": ("1m", 60), "24h": ("15m", 96), "7d": ("1h", 168), "30d": ("4h", 180), "1y": ("1d", 365)}
"""Each timeframe's candle length and count."""
HOURS_A_DAY = 24
MOST = 1000


class OhlcvView(PublicView):
    @extend_schema(
        operation_id="ohlcv",
        summary="Candles of a coin",
        description="The newest `limit` candles that open before `end`, oldest first, in one currency; each names the "
        "source it is of, a venue or CoinGecko; its volume is that source's, null where it says none. The one that is "
        "still forming, or not surely over by its source's word, has `closed: false`. Intervals without a trade "
        "may be missing: nothing is filled in.",
        parameters=[shapes_candles.COIN, shapes_candles.INTERVAL, shapes_candles.LIMIT, shapes_candles.END],
        responses={200: shapes_candles.Ohlcv} | FAILURES,
        tags=["markets"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "interval", "limit", "end", "explain")
        interval = one_of(query, "interval", list(INTERVALS), "1h")
        limit = parameters.integer(query, "limit", 100, 1, MOST)
        item = named(coin)
        series = answered(item, interval, limit, ending(query))
        body = {
            "success": True,
            "symbol": symbol(item),
            "interval": interval,
            "currency": series.currency,
            "built_from": series.built_from,
            "candles": [candle_row(candle) | {"source": source} for candle, source in told(series)],
            "unknown": silent(series),
            "meta": meta(series, {coin: item.asset}),
        }
        return responses.build(body, series.meta.fetched_at, series.dependencies)


class HistoryView(PublicView):
    @extend_schema(
        operation_id="coin_history",
        summary="A coin's past, day by day or hour by hour",
        parameters=[shapes_candles.COIN_ID, shapes_candles.DAYS, shapes_candles.STEP],
        responses={200: shapes_candles.History} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "days", "interval", "explain")
        days = parameters.integer(query, "days", 30, 1, 365)
        step = one_of(query, "interval", ["hourly", "daily"], "daily")
        item = named(coin)
        interval, limit = ("1d", days) if step == "daily" else ("1h", days * HOURS_A_DAY)
        series = answered(item, interval, limit, None) if limit <= MOST else long_answered(item, interval, limit)
        body = {
            "success": True,
            "coin_id": item.asset,
            "days": days,
            "interval": step,
            "currency": series.currency,
            "count": len(series.candles),
            "note": note(series, limit),
            "data": [_history_row(candle) | {"source": source} for candle, source in told(series)],
            "unknown": {"market_cap": NO_MARKET_CAP} | silent(series),
            "meta": meta(series, {coin: item.asset}),
        }
        return responses.build(body, series.meta.fetched_at, series.dependencies)


class ChartView(PublicView):
    @extend_schema(
        operation_id="coin_chart",
        summary="A coin's prices to draw",
        parameters=[shapes_candles.COIN_ID, shapes_candles.TIMEFRAME],
        responses={200: shapes_candles.Chart} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        parameters.reject_unknown(request.query_params, "timeframe", "explain")
        timeframe = one_of(request.query_params, "timeframe", list(CHARTS), "24h")
        item = named(coin)
        series = answered(item, *CHARTS[timeframe], None)
        body = {
            "success": True,
            "coin_id": item.asset,
            "timeframe": timeframe,
            "currency": series.currency,
            "chart": {
                "labels": [moment(candle.opens) for candle in series.candles],
                "prices": [money(candle.close) for candle in series.candles],
            },
            "stats": stats(series.candles),
            "meta": meta(series, {coin: item.asset}),
        }
        return responses.build(body, series.meta.fetched_at, series.dependencies)


def one_of(query: QueryDict, name: str, allowed: Sequence[str], default: str) -> str:
    """One of a few words as they are written, or the default."""
    given = query.get(name, default)
    if given not in allowed:
        raise ValidationError({name: f"Allowed: {', '.join(allowed)}."})
    return given


def ending(query: QueryDict) -> datetime | None:
    """The ``end`` parameter: unix milliseconds or ISO 8601 with its offset."""
    given = query.get("end")
    if given is None:
        return None
    try:
        found = (
            datetime.fromtimestamp(int(given) / 1000, UTC) if _MS.fullmatch(given) else datetime.fromisoformat(given)
        )
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None or not 2009 <= found.year <= 2200:
        raise ValidationError(
            {"end": "Allowed: unix milliseconds, or ISO 8601 with an offset, as 2026-01-31T12:00:00Z."}
        )
    return found.astimezone(UTC)


_MS = re.compile(r"[0-9]{1,14}")


def named(coin: str) -> Instrument:
    """The coin a path names. Raises NotFound."""
    found = registry.find(coin)
    if found is None:
        raise NotFound("No coin of this name is known here.")
    return found


def symbol(item: Instrument) -> str:
    asset = registry.get(item.asset)
    return asset.symbol if asset else item.asset


def answered(item: Instrument, interval: str, limit: int, end: datetime | None) -> CandleSeries:
    """The candles, or the problem that there are none."""
    return require_candles(queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit, end=end))


def long_answered(item: Instrument, interval: str, limit: int) -> CandleSeries:
    """The newest candles, more than one answer of the feed holds."""
    now = datetime.now(UTC)
    start = resampling.grid(interval, limit, None, now)[0]
    return require_candles(candle_history.candles_in_range(item, interval, start, now, now))


def note(series: CandleSeries, limit: int) -> str | None:
    """That the sources have less of the past than was asked for."""
    begins = resampling.grid(series.interval, limit, None, datetime.now(UTC))[1 if limit > 1 else 0]
    return "the sources' candles begin later than asked" if series.candles[0].opens > begins else None


def told(series: CandleSeries) -> Iterator[tuple[Candle, str]]:
    """The candles, each with its source."""
    return zip(series.candles, series.sources, strict=True)


def silent(series: CandleSeries) -> dict[str, str]:
    """Why a volume is null, where one is."""
    venues = sorted({source for candle, source in told(series) if candle.volume is None})
    return {"volume": f"{', '.join(venues)} does not say it of every candle"} if venues else {}


def candle_row(candle: Candle) -> dict[str, Any]:
    """A candle; ``volume`` in the coin. ``t`` is the opening in unix ms."""
    return {
        "t": (candle.opens - datetime(1970, 1, 1, tzinfo=UTC)) // EPOCH_MS,
        "time": moment(candle.opens),
        "open": money(candle.open),
        "high": money(candle.high),
        "low": money(candle.low),
        "close": money(candle.close),
        "volume": money(candle.volume),
        "closed": candle.closed,
    }


def _history_row(candle: Candle) -> dict[str, Any]:
    row = candle_row(candle)
    return {
        "timestamp": row["t"],
        "date": row["time"],
        "price": row["close"],
        **{name: row[name] for name in ("open", "high", "low", "close", "volume", "closed")},
        "market_cap": None,
    }


def stats(candles: Sequence[Candle]) -> dict[str, Any]:
    """High and low over the whole, the mean of the closes, and the change from the first opening in percent."""
    closes = [candle.close for candle in candles]
    change = (closes[-1] / candles[0].open - 1) * 100
    mean = (sum(closes, Decimal(0)) / len(closes)).quantize(closes[-1]) if closes else None
    return {
        "high": money(max(candle.high for candle in candles)),
        "low": money(min(candle.low for candle in candles)),
        "avg": money(mean),
        "change": number(change.quantize(Decimal("0.0001"))),
    }


def meta(series: CandleSeries, taken: dict[str, str]) -> dict[str, Any]:
    return prices.meta(series.meta, [series.meta.age_s] if series.meta.age_s is not None else [], taken)
