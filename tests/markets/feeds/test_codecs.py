"""What is kept comes back as it was: no digit is lost, in the database or on the way to another process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from markets.feeds import codecs
from markets.feeds.codecs import decode_quote, encode_quote, pack, unpack
from markets.feeds.provenance import Entry
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

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
prices = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("1e-18"), max_value=10**12)
moments = st.integers(0, 4 * 10**15).map(lambda us: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us))
texts = st.text(min_size=1, max_size=20)

quotes = st.builds(
    Quote,
    asset=texts,
    currency=texts,
    price=prices,
    change_24h=st.none() | numbers,
    volume_24h=st.none() | numbers,
    volume_scope=st.none() | st.sampled_from(["venue", "market"]),
    as_of=st.none() | moments,
)
slugs = st.from_regex(r"\A[a-z0-9-]{1,20}\Z")
instruments = st.builds(Instrument, slugs, st.sampled_from(["*", "USD", "USDT", "EUR"]))
entries = st.builds(
    Entry,
    answer=st.builds(Answered, quotes, slugs, slugs, texts, moments, st.booleans(), st.none() | texts),
    generation=texts,
    decision=texts,
    attempts=st.integers(0, 50),
    cache_status=texts,
)


@given(quotes)
def test_a_quote_comes_back_to_the_last_digit(quote: Quote) -> None:
    back = decode_quote(encode_quote(quote))
    assert back == quote
    assert str(back.price) == str(quote.price)


@settings(max_examples=25)
@given(st.dictionaries(instruments, entries, max_size=3))
def test_entries_for_another_process_come_back_whole(held: dict[Instrument, Entry]) -> None:
    assert unpack(pack(held, codecs.QUOTES), codecs.QUOTES) == held


@given(instruments)
def test_an_instruments_key_names_it(item: Instrument) -> None:
    assert codecs.QUOTES.item(item.key) == item


@given(instruments, st.integers(1, 1000), st.none() | moments.map(lambda at: at.replace(microsecond=0)))
def test_a_spans_key_names_it(pair: Instrument, limit: int, end: datetime | None) -> None:
    span = CandleQuery(pair.asset, pair.quote, "1h", limit, end)
    assert codecs.CANDLES.item(span.key) == span


@given(instruments, st.integers(1, 1000))
def test_a_depths_key_names_it(pair: Instrument, levels: int) -> None:
    depth = OrderBookQuery(pair.asset, pair.quote, levels)
    assert codecs.BOOKS.item(depth.key) == depth


@given(st.lists(st.tuples(moments, prices, st.none() | numbers, st.booleans()), max_size=5), st.none() | moments)
def test_candles_come_back_to_the_last_digit(
    rows: list[tuple[datetime, Decimal, Decimal | None, bool]], as_of: datetime | None
) -> None:
    candles = tuple(
        Candle(at, price, price, price, price, volume, volume, closed) for at, price, volume, closed in rows
    )
    series = Candles("bitcoin", "USDT", "1h", candles, as_of)
    assert codecs.CANDLES.decode(codecs.CANDLES.encode(series)) == series


@settings(max_examples=25)
@given(st.lists(st.tuples(prices, prices), max_size=3), st.none() | moments)
def test_books_come_back_to_the_last_digit(side: list[tuple[Decimal, Decimal]], as_of: datetime | None) -> None:
    book = OrderBook("bitcoin", "USDT", tuple(side), tuple(side), as_of)
    assert codecs.BOOKS.decode(codecs.BOOKS.encode(book)) == book


@given(st.none() | numbers, st.none() | numbers, st.none() | st.integers(0, 10**9))
def test_volumes_come_back_to_the_last_digit(quoted: Decimal | None, base: Decimal | None, trades: int | None) -> None:
    volume = Volume("bitcoin", "USDT", quoted, base, "venue", trades, quoted, datetime.now(UTC))
    assert codecs.VOLUMES.decode(codecs.VOLUMES.encode(volume)) == volume


def test_an_entrys_age_counts_from_when_it_was_fetched() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    entry = Entry(Answered(Quote("a", "USD", Decimal(1)), "p", "p", "h", at, True), "g", "d", 1, "miss")
    assert entry.age((at + timedelta(seconds=5)).timestamp()) == 5
    assert entry.age((at - timedelta(seconds=5)).timestamp()) == 0
