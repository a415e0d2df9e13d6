"""Asking an adapter in a test: payloads of our own, one line to ask, one line to be answered or refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Handler, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import (
    ANY_DOLLAR,
    CandleQuery,
    Candles,
    Instrument,
    OrderBook,
    OrderBookQuery,
    Quote,
    Volume,
)
from providers.domain.outcomes import Failure, Outcome

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
PRICED = [slug for slug, adapter in ADAPTERS.items() if Category.MARKET_PRICE in adapter.handlers]
CANDLE_NAMES = {"render": "bitcoin"}
"""What bitcoin is called where candles are asked for by another name than BTC."""


def lookup_of(name: str, quote: str = ANY_DOLLAR) -> Lookup[Instrument]:
    """An ask whose asset is called as the provider calls it."""
    return Lookup(Instrument(name, quote), name)


def lookups_of(*expected: str | Lookup[Instrument]) -> list[Lookup[Instrument]]:
    return [lookup_of(one) if isinstance(one, str) else one for one in expected]


def handler(slug: str) -> Handler[Instrument, Quote]:
    return ADAPTERS[slug].handlers[Category.MARKET_PRICE]


def accepts(slug: str, name: str, quote: str = ANY_DOLLAR) -> bool:
    return handler(slug).accepts(lookup_of(name, quote))


def requested(slug: str, *expected: str | Lookup[Instrument]) -> Request:
    return handler(slug).request(lookups_of(*expected))


def respond(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, at: datetime = NOW) -> Response:
    return Response(status, headers or {}, body, at)


def payload(slug: str, name: str) -> bytes:
    return (FOLDER / slug / "payloads" / name).read_bytes()


def read(
    slug: str,
    body: str | bytes,
    *expected: str | Lookup[Instrument],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> dict[Instrument, Quote]:
    """What the adapter makes of an answer: of a payload by its name, or of bytes."""
    content = payload(slug, body) if isinstance(body, str) else body
    return handler(slug).parse(lookups_of(*expected), respond(content, status, headers))


def one(slug: str, body: str | bytes, expected: str | Lookup[Instrument]) -> Quote:
    """The single quote of an answer."""
    (quote,) = read(slug, body, expected).values()
    return quote


def refused(
    slug: str,
    body: str | bytes,
    *expected: str | Lookup[Instrument],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Failure:
    """The Failure an answer means."""
    with pytest.raises(Failure) as caught:
        read(slug, body, *expected, status=status, headers=headers)
    return caught.value


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day and on: a tuple has no names


def hours(
    name: str = "BTC", limit: int = 100, end: datetime | None = None, interval: str = "1h", quote: str = ANY_DOLLAR
) -> Lookup[CandleQuery]:
    """An ask for candles, of an hour if nothing else is said."""
    return Lookup(CandleQuery(name, quote, interval, limit, end), name)


def candle_handler(slug: str) -> Handler[CandleQuery, Candles]:
    return ADAPTERS[slug].handlers[Category.MARKET_OHLCV]


def candles(
    slug: str, body: str | bytes, expected: Lookup[CandleQuery] | None = None, at: datetime = NOW, status: int = 200
) -> Candles | None:
    """The candles of an answer; None where it has none for what was asked."""
    asked = expected or hours(CANDLE_NAMES.get(slug, "BTC"))
    content = payload(slug, body) if isinstance(body, str) else body
    found = candle_handler(slug).parse([asked], respond(content, status, at=at))
    assert found.keys() <= {asked.item}
    return found.get(asked.item)


def no_candles(
    slug: str, body: str | bytes, expected: Lookup[CandleQuery] | None = None, at: datetime = NOW, status: int = 200
) -> Outcome:
    """The outcome of an answer that is refused."""
    with pytest.raises(Failure) as caught:
        candles(slug, body, expected, at, status)
    return caught.value.outcome


def levels(name: str = "BTC", count: int = 20, quote: str = ANY_DOLLAR) -> Lookup[OrderBookQuery]:
    """An ask for an order book."""
    return Lookup(OrderBookQuery(name, quote, count), name)


def book_handler(slug: str) -> Handler[OrderBookQuery, OrderBook]:
    return ADAPTERS[slug].handlers[Category.MARKET_ORDERBOOK]


def book(
    slug: str, body: str | bytes, expected: Lookup[OrderBookQuery] | None = None, status: int = 200
) -> OrderBook | None:
    """The order book of an answer; None where the pair is not known."""
    asked = expected or levels()
    content = payload(slug, body) if isinstance(body, str) else body
    found = book_handler(slug).parse([asked], respond(content, status))
    assert found.keys() <= {asked.item}
    return found.get(asked.item)


def no_book(slug: str, body: str | bytes, expected: Lookup[OrderBookQuery] | None = None, status: int = 200) -> Outcome:
    """The outcome of an answer that is refused."""
    with pytest.raises(Failure) as caught:
        book(slug, body, expected, status)
    return caught.value.outcome


def volume_handler(slug: str) -> Handler[Instrument, Volume]:
    return ADAPTERS[slug].handlers[Category.MARKET_VOLUME]


def volumes(
    slug: str, body: str | bytes, *expected: str | Lookup[Instrument], status: int = 200
) -> dict[Instrument, Volume]:
    """The volumes of an answer."""
    content = payload(slug, body) if isinstance(body, str) else body
    return volume_handler(slug).parse(lookups_of(*expected), respond(content, status))


def no_volumes(slug: str, body: str | bytes, *expected: str | Lookup[Instrument], status: int = 200) -> Outcome:
    """The outcome of an answer that is refused."""
    with pytest.raises(Failure) as caught:
        volumes(slug, body, *expected, status=status)
    return caught.value.outcome
