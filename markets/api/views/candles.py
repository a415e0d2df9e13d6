"""GET /api/ohlcv/{coin}, /api/coins/{coin}/history and /api/coins/{coin}/chart: stored and newest candles together."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import resampling
from markets.api.params import symbols, words
from markets.api.problems import FAILURES, require_candles
from markets.api.schemas import candles
from markets.feeds import candle_history, queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.market_data import INTERVALS, Instrument

CHARTS = {"1h": ("1m", 60), "24h": ("15m", 96), "7d": ("1h", 168), "30d": ("4h", 180), "1y": ("1d", 365)}
"""Each timeframe's candle length and count."""
HOURS_A_DAY = 24
MAX_CANDLES = 1000
"""The most that one request to the feed returns."""


class OhlcvView(PublicView):
    """Candles of a coin."""

    @extend_schema(
        operation_id="ohlcv",
        summary="Candles of a coin",
        description="The newest `limit` candles that open before `end`, oldest first, in one currency; each names its "
        "source, a venue or CoinGecko; its volume is that source's, null where it gives none. The one that is "
        "still forming, or may not be over by its source's word, has `closed: false`. Intervals without a trade "
        "may be missing: nothing is filled in.",
        parameters=[candles.COIN, candles.INTERVAL, candles.LIMIT, candles.END],
        responses={200: candles.Ohlcv} | FAILURES,
        tags=["markets"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with candles."""
        query = request.query_params
        parameters.reject_unknown(query, "interval", "limit", "end", "explain")
        interval = words.word(query, "interval", list(INTERVALS), "1h")
        limit = parameters.integer(query, "limit", 100, 1, MAX_CANDLES)
        item = symbols.instrument(coin)
        series = _candles(item, interval, limit, words.time(query, "end"))
        return _answer(candles.ohlcv(coin, item, series), series)


class HistoryView(PublicView):
    """A coin's past."""

    @extend_schema(
        operation_id="coin_history",
        summary="A coin's past, day by day or hour by hour",
        parameters=[candles.COIN_ID, candles.DAYS, candles.STEP],
        responses={200: candles.History} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with one row per day or hour."""
        query = request.query_params
        parameters.reject_unknown(query, "days", "interval", "explain")
        days = parameters.integer(query, "days", 30, 1, 365)
        step = words.word(query, "interval", ["hourly", "daily"], "daily")
        item = symbols.instrument(coin)
        interval, limit = ("1d", days) if step == "daily" else ("1h", days * HOURS_A_DAY)
        series = _candles(item, interval, limit) if limit <= MAX_CANDLES else _many_candles(item, interval, limit)
        begins = candles.latest_begin(interval, limit, datetime.now(UTC))
        return _answer(candles.history(coin, item, series, days, step, begins), series)


class ChartView(PublicView):
    """A coin's prices to draw."""

    @extend_schema(
        operation_id="coin_chart",
        summary="A coin's prices to draw",
        parameters=[candles.COIN_ID, candles.TIMEFRAME],
        responses={200: candles.Chart} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with the closes of a timeframe."""
        parameters.reject_unknown(request.query_params, "timeframe", "explain")
        timeframe = words.word(request.query_params, "timeframe", list(CHARTS), "24h")
        item = symbols.instrument(coin)
        series = _candles(item, *CHARTS[timeframe])
        return _answer(candles.chart(coin, item, series, timeframe), series)


def _answer(body: candles.Ohlcv | candles.History | candles.Chart, series: CandleSeries) -> Answer:
    return responses.build(body, series.meta.fetched_at, series.dependencies)


def _candles(item: Instrument, interval: str, limit: int, end: datetime | None = None) -> CandleSeries:
    """The candles. Raises ``candles_problem`` if there are none."""
    return require_candles(queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit, end=end))


def _many_candles(item: Instrument, interval: str, limit: int) -> CandleSeries:
    """The newest candles, more than one answer of the feed holds. Raises ``candles_problem`` if there are none."""
    now = datetime.now(UTC)
    start = resampling.grid(interval, limit, None, now)[0]
    return require_candles(candle_history.candles_in_range(item, interval, start, now, now))
