"""Prices as the API says them: plain data for JSON. Pure: time is an argument.

A body depends on the answer alone, so that its bytes and ETag stay the same while it is served from memory: ages are
those of the moment the answer was made. An old value served for want of a newer one is an answer made now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from providers.domain.market_data import Instrument, Quote
from providers.domain.wire_format import moment, money, number, seconds

if TYPE_CHECKING:  # feeds is only named here, so that this module stays pure
    from markets.feeds.queries import Meta, Missing, PriceRow

UNKNOWN_ASSET = "no coin of this name is known here"


def price_row(instrument: Instrument, symbol: str, row: PriceRow, now: datetime) -> dict[str, Any]:
    """One price with where it comes from. ``volume_24h`` is in ``currency``; null comes with its reason."""
    quote = row.quote
    return {
        "id": instrument.asset,
        "symbol": symbol,
        "price": money(quote.price),
        "currency": quote.currency,
        "change_24h": number(quote.change_24h),
        "volume_24h": money(quote.volume_24h),
        "volume_scope": quote.volume_scope if quote.volume_24h is not None else None,
        "as_of": moment(quote.as_of),
        "source": row.source,
        "stale": row.stale,
        "stale_reason": row.stale_reason,
        "verified": row.verified,
        "age_s": seconds(age_when_made(row, now)),
        "unknown": unknown(quote, row.source),
    }


def unknown(quote: Quote, source: str) -> dict[str, str]:
    """Why each member that is null is."""
    absent = {"change_24h": quote.change_24h, "volume_24h": quote.volume_24h, "as_of": quote.as_of}
    return {name: f"{source} does not say it" for name, value in absent.items() if value is None}


def age_when_made(row: PriceRow, now: datetime) -> float:
    """How old the value was when the answer was made, by its source's own time where it gives one.

    Stale rows are aged to the whole second: often enough for a reader, seldom enough for an ETag.
    """
    made = now.replace(microsecond=0) if row.stale else row.fetched_at
    return max(0.0, (made - (row.quote.as_of or row.fetched_at)).total_seconds())


def missing_row(symbol: str, missing: Missing | None) -> dict[str, Any]:
    """A coin without a price, and why; ``code`` is the reason for programs."""
    if missing is None:
        return {"symbol": symbol, "reason": UNKNOWN_ASSET, "code": "unknown_asset"}
    return {"symbol": symbol, "reason": missing.reason, "code": missing.code}


def meta(meta: Meta, ages: Iterable[float], taken: Mapping[str, str]) -> dict[str, Any]:
    """The whole answer's provenance: the oldest and worst of its rows. ``taken`` maps names asked to coins' ids."""
    return {
        "source": meta.source,
        "endpoint": meta.endpoint,
        "as_of": moment(meta.as_of),
        "fetched_at": moment(meta.fetched_at),
        "age_s": seconds(max(ages, default=None)),
        "stale": meta.stale,
        "stale_reason": meta.stale_reason,
        "verified": meta.verified,
        "cache": meta.cache,
        "chain": meta.chain,
        "attempts": meta.attempts,
        "decision": meta.decision,
        "asset": dict(taken),
    }
