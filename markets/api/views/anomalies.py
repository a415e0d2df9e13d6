"""GET /api/alerts/prices: what is out of the ordinary in coins' candles, each with its evidence."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import support_resistance
from markets.analysis.series import columns, price
from markets.analysis.support_resistance import KINDS, MIN_CANDLES, PriceNote
from markets.api import analysis_response
from markets.api.problems import candles_problem
from markets.api.schemas import analysis
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
MOST_COINS = 20
NO_TARGET = "a movement has no level"


class PriceAlertsView(PublicView):
    @extend_schema(
        operation_id="price_alerts",
        summary="Breakouts, support, resistance and volatility",
        description="Found in up to 300 closed candles of four hours, each with the evidence it rests on. Nothing out "
        "of the ordinary is an empty list.",
        parameters=[analysis.ALERT_SYMBOLS, analysis.ALERT_TYPE],
        responses={200: analysis.PriceAlerts} | analysis_response.FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "symbols", "type", "explain")
        kind = analysis_response.chosen(query, "type", [*KINDS, "all"], "all")
        named = analysis_response.coins(query, 1, MOST_COINS)
        found = candle_history.candles_of_many(list(named.values()), INTERVAL, CANDLES)
        if all(series.missing is not None for series in found.values()):
            raise candles_problem(found.values())
        return analysis_response.answer(list(found.values()), _body(named, found, KINDS if kind == "all" else (kind,)))


def _body(
    named: dict[str, Instrument], found: dict[Instrument, CandleSeries], kinds: tuple[str, ...]
) -> dict[str, Any]:
    silent = {item: why for item, series in found.items() if (why := _silent(series))}
    rows = [row for item, series in found.items() if item not in silent for row in _rows(item, series, kinds)]
    return {
        "success": True,
        "count": len(rows),
        "alerts": rows,
        "summary": {
            "coins": len(found),
            "by_type": dict(Counter(row["type"] for row in rows)),
            "by_priority": dict(Counter(row["priority"] for row in rows)),
            "interval": INTERVAL,
        },
        "missing": [{"symbol": analysis_response.symbol(item), "reason": why} for item, why in silent.items()],
        "meta": analysis_response.meta("levels", Category.TECHNICAL, list(found.values()), named),
    }


def _silent(series: CandleSeries) -> str | None:
    """Why nothing can be said of a coin."""
    if series.missing is not None:
        return series.missing.reason
    known = len(series.computable)
    return f"{MIN_CANDLES} closed candles are needed, and {known} are known" if known < MIN_CANDLES else None


def _rows(item: Instrument, series: CandleSeries, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    whole = series.computable
    table, current = columns(whole), series.candles[-1].close
    closes_at = whole[-1].opens + timedelta(seconds=INTERVALS[series.interval])
    symbol = analysis_response.symbol(item)
    return [
        _row(symbol, series, finding, closes_at)
        for finding in support_resistance.price_notes(table, float(current), kinds)
    ]


def _row(symbol: str, series: CandleSeries, finding: PriceNote, at: datetime) -> dict[str, Any]:
    """``created_at`` is the close of the last closed candle, on which it rests."""
    current = series.candles[-1].close
    target = None if finding.target is None else price(finding.target)
    return {
        "symbol": symbol,
        "type": finding.kind,
        "priority": finding.priority,
        "current_price": money(current),
        "currency": series.currency,
        "target_price": money(target),
        "distance_percent": None if target is None else float((target / current - 1) * 100),
        "unknown": {} if target is not None else dict.fromkeys(("target_price", "distance_percent"), NO_TARGET),
        "message": f"{symbol}: {finding.message}",
        "created_at": moment(at),
        "evidence": _said(finding.evidence) | {"interval": series.interval, "source": series.meta.source},
    }


def _said(evidence: dict[str, Any]) -> dict[str, Any]:
    """Evidence as programs are told it: prices as decimal strings, times as ISO 8601."""
    said = dict(evidence)
    if "close" in said:
        said["close"] = money(price(said["close"]))
    if "touches" in said:
        said["touches"] = [
            {"time": unix(touch["t"]), "price": money(price(touch["price"]))} for touch in said["touches"]
        ]
    return said
