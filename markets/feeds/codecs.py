"""Prices as they are kept: in a process, in the database, and handed to another process. Pure; no digit is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.domain.market_data import (
    Candle,
    CandleQuery,
    Candles,
    Instrument,
    OrderBook,
    OrderBookQuery,
    Quote,
    Volume,
)
from providers.engine.query import Answered


@dataclass(frozen=True, slots=True)
class Entry:
    """An item's newest valid value, the chain's generation it was fetched under, and how it was made."""

    answer: Answered
    generation: str
    decision: str
    attempts: int
    cache_status: str

    def age(self, now: float) -> float:
        """Seconds since it was fetched; ``now`` in unix seconds."""
        return max(0.0, now - self.answer.fetched_at.timestamp())


def encode_quote(quote: Quote) -> str:
    return json.dumps(
        {
            "asset": quote.asset,
            "currency": quote.currency,
            "price": str(quote.price),
            "change_24h": _text(quote.change_24h),
            "volume_24h": _text(quote.volume_24h),
            "volume_scope": quote.volume_scope,
            "as_of": quote.as_of.isoformat() if quote.as_of else None,
        }
    )


def decode_quote(text: str) -> Quote:
    said = json.loads(text)
    return Quote(
        said["asset"],
        said["currency"],
        Decimal(said["price"]),
        _number(said["change_24h"]),
        _number(said["volume_24h"]),
        said["volume_scope"],
        datetime.fromisoformat(said["as_of"]) if said["as_of"] else None,
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True, slots=True)
class Codec:
    """How a category's values and items become text and come back."""

    encode: Callable[[Any], str]
    decode: Callable[[str], Any]
    item: Callable[[str], Any]


def instrument(key: str) -> Instrument:
    """The instrument with this key."""
    asset, _, quote = key.partition("/")
    return Instrument(asset, quote)


QUOTES = Codec(encode_quote, decode_quote, instrument)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _encode_candles(series: Candles) -> str:
    rows = [
        [c.opens.isoformat(), *map(str, _ohlc(c)), _text(c.volume), _text(c.quote_volume), c.closed]
        for c in series.candles
    ]
    return json.dumps([series.asset, series.currency, series.interval, _iso(series.as_of), rows])


def _ohlc(candle: Candle) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return candle.open, candle.high, candle.low, candle.close


def _decode_candles(text: str) -> Candles:
    asset, currency, interval, as_of, rows = json.loads(text)
    return Candles(asset, currency, interval, tuple(_candle(row) for row in rows), _moment(as_of))


def _candle(row: list[Any]) -> Candle:
    opens, *prices, volume, quoted, closed = row
    first, high, low, close = map(Decimal, prices)
    return Candle(datetime.fromisoformat(opens), first, high, low, close, _number(volume), _number(quoted), closed)


def _span(key: str) -> CandleQuery:
    pair, interval, limit, end = key.split("|")
    held = instrument(pair)
    return CandleQuery(held.asset, held.quote, interval, int(limit), None if end == "now" else _moment(end))


CANDLES = Codec(_encode_candles, _decode_candles, _span)


def _encode_book(book: OrderBook) -> str:
    sides = [[[str(price), str(quantity)] for price, quantity in side] for side in (book.bids, book.asks)]
    return json.dumps([book.asset, book.currency, *sides, _iso(book.as_of)])


def _decode_book(text: str) -> OrderBook:
    asset, currency, bids, asks, as_of = json.loads(text)
    return OrderBook(asset, currency, _side(bids), _side(asks), _moment(as_of))


def _side(rows: list[list[str]]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(price), Decimal(quantity)) for price, quantity in rows)


def _depth(key: str) -> OrderBookQuery:
    pair, levels = key.split("|")
    held = instrument(pair)
    return OrderBookQuery(held.asset, held.quote, int(levels))


BOOKS = Codec(_encode_book, _decode_book, _depth)


def _encode_volume(volume: Volume) -> str:
    numbers = [_text(volume.quoted), _text(volume.base), volume.scope, volume.trades, _text(volume.change_24h)]
    return json.dumps([volume.asset, volume.currency, *numbers, _iso(volume.as_of), _text(volume.volume_change)])


def _decode_volume(text: str) -> Volume:
    asset, currency, quoted, base, scope, trades, change, as_of, *more = json.loads(text)
    numbers = _number(quoted), _number(base)
    volume_change = _number(more[0]) if more else None  # what an earlier release kept does not say it
    return Volume(asset, currency, *numbers, scope, trades, _number(change), _moment(as_of), volume_change)


VOLUMES = Codec(_encode_volume, _decode_volume, instrument)


def pack(entries: Mapping[Any, Entry], codec: Codec) -> bytes:
    """Entries as bytes, for another process of the same release."""
    return json.dumps([_packed(item, entry, codec) for item, entry in entries.items()]).encode()


def unpack(packed: bytes, codec: Codec) -> dict[Any, Entry]:
    return dict(_unpacked(said, codec) for said in json.loads(packed))


def _packed(item: Any, entry: Entry, codec: Codec) -> list[object]:
    answer = entry.answer
    whence = [answer.provider, answer.lineage, answer.host, answer.fetched_at.isoformat()]
    made = [entry.generation, entry.decision, entry.attempts, entry.cache_status]
    return [item.key, codec.encode(answer.value), *whence, answer.verified, answer.stale_reason, *made]


def _unpacked(said: list[Any], codec: Codec) -> tuple[Any, Entry]:
    key, value, provider, lineage, host, fetched_at, verified, stale_reason, *made = said
    moment = datetime.fromisoformat(fetched_at)
    answer = Answered(codec.decode(value), provider, lineage, host, moment, verified, stale_reason)
    return codec.item(key), Entry(answer, *made)
