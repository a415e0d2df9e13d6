"""GET /api/alerts/prices: unusual movements and levels in coins' candles, each with its evidence."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import support_resistance
from markets.analysis.series import columns, price
from markets.analysis.support_resistance import KINDS, MIN_CANDLES, PriceNote
from markets.api.params import symbols, words
from markets.api.problems import FAILURES, candles_problem
from markets.api.schemas import analysis
from markets.api.views.indicators import computed_answer
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Instrument
from providers.domain.wire_format import moment, money, unix

INTERVAL, CANDLES = "4h", 301
MAX_COINS = 20
NO_TARGET = "a movement has no level"


class PriceAlertsView(PublicView):
    """Findings in candles."""

    @extend_schema(
        operation_id="price_alerts",
        summary="Breakouts, support, resistance and volatility",
        description="Found in up to 300 closed candles of four hours, each with the evidence it rests on. Nothing out "
        "of the ordinary is an empty list.",
        parameters=[analysis.ALERT_SYMBOLS, analysis.ALERT_TYPE],
        responses={200: analysis.PriceAlerts} | FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the findings of the requested kind."""
        query = request.query_params
        parameters.reject_unknown(query, "symbols", "type", "explain")
        kind = words.word(query, "type", [*KINDS, "all"], "all")
        requested = symbols.instruments(query, 1, MAX_COINS)
        series = candle_history.candles_of_many(list(requested.values()), INTERVAL, CANDLES)
        inputs = list(series.values())
        if all(each.missing is not None for each in inputs):
            raise candles_problem(inputs)
        meta = analysis.computed_meta("levels", Category.TECHNICAL, inputs, requested)
        return computed_answer(_body(series, KINDS if kind == "all" else (kind,), meta), inputs)


def _body(
    series: dict[Instrument, CandleSeries], kinds: tuple[str, ...], meta: analysis.ComputedMeta
) -> analysis.PriceAlerts:
    too_short = {item: reason for item, each in series.items() if (reason := _too_short(each))}
    rows = [row for item, each in series.items() if item not in too_short for row in _rows(item, each, kinds)]
    return analysis.PriceAlerts(
        count=len(rows),
        alerts=rows,
        summary=analysis.AlertSummary(
            coins=len(series),
            by_type=dict(Counter(row.type for row in rows)),
            by_priority=dict(Counter(row.priority for row in rows)),
            interval=INTERVAL,
        ),
        missing=[
            analysis.MissingCoin(symbol=symbols.symbol(item), reason=reason) for item, reason in too_short.items()
        ],
        meta=meta,
    )


def _too_short(series: CandleSeries) -> str | None:
    """The reason why nothing can be computed, if there is one."""
    if series.missing is not None:
        return series.missing.reason
    known = len(series.computable)
    return f"{MIN_CANDLES} closed candles are needed, and {known} are known" if known < MIN_CANDLES else None


def _rows(item: Instrument, series: CandleSeries, kinds: tuple[str, ...]) -> list[analysis.PriceAlert]:
    closed = series.computable
    closes_at = closed[-1].opens + timedelta(seconds=INTERVALS[series.interval])
    current = float(series.candles[-1].close)
    notes = support_resistance.price_notes(columns(closed), current, kinds)
    return [_row(symbols.symbol(item), series, note, closes_at) for note in notes]


def _row(symbol: str, series: CandleSeries, note: PriceNote, closes_at: datetime) -> analysis.PriceAlert:
    """The row of a finding, created at the close of the last closed candle."""
    current = series.candles[-1].close
    target = None if note.target is None else price(note.target)
    return analysis.PriceAlert(
        symbol=symbol,
        type=note.kind,
        priority=note.priority,
        current_price=money(current),
        currency=series.currency,
        target_price=money(target),
        distance_percent=None if target is None else float((target / current - 1) * 100),
        unknown={} if target is not None else dict.fromkeys(("target_price", "distance_percent"), NO_TARGET),
        message=f"{symbol}: {note.message}",
        created_at=moment(closes_at),
        evidence=_evidence(note.evidence) | {"interval": series.interval, "source": series.meta.source},
    )


def _evidence(evidence: dict[str, Any]) -> dict[str, Any]:
    """The evidence with prices as decimal strings and times as ISO 8601."""
    shown = dict(evidence)
    if "close" in shown:
        shown["close"] = money(price(shown["close"]))
    if "touches" in shown:
        shown["touches"] = [
            {"time": unix(touch["t"]), "price": money(price(touch["price"]))} for touch in shown["touches"]
        ]
    return shown
