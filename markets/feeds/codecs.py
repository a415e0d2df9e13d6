"""Values as text, for the database and for other processes; no digit is lost.

The text formats are those of rows already stored, so they must stay readable.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from markets.feeds.provenance import Entry
from providers.domain import listings
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
from providers.domain.news import (
    Article,
    Buzz,
    BuzzQuery,
    Community,
    CommunityQuery,
    FearGreed,
    MoodQuery,
    News,
    NewsQuery,
    Topic,
)
from providers.engine.query import Answered


@dataclass(frozen=True, slots=True)
class Codec:
    """The text form of a category's values, and the item that a stored key names."""

    encode: Callable[[Any], str]
    decode: Callable[[str], Any]
    item: Callable[[str], Any]


def pack(entries: Mapping[Any, Entry], codec: Codec) -> bytes:
    """Encode entries for another process of the same release."""
    return json.dumps([_packed(item, entry, codec) for item, entry in entries.items()]).encode()


def unpack(packed: bytes, codec: Codec) -> dict[Any, Entry]:
    """Decode entries of another process, by item."""
    return dict(_unpacked(row, codec) for row in json.loads(packed))


def _packed(item: Any, entry: Entry, codec: Codec) -> list[object]:
    answer = entry.answer
    source = [answer.provider, answer.lineage, answer.host, answer.fetched_at.isoformat()]
    decision = [entry.generation, entry.decision, entry.attempts, entry.cache_status]
    return [item.key, codec.encode(answer.value), *source, answer.verified, answer.stale_reason, *decision]


def _unpacked(row: list[Any], codec: Codec) -> tuple[Any, Entry]:
    key, value, provider, lineage, host, fetched_at, verified, stale_reason, *decision = row
    moment = datetime.fromisoformat(fetched_at)
    answer = Answered(codec.decode(value), provider, lineage, host, moment, verified, stale_reason)
    return codec.item(key), Entry(answer, *decision)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# -- prices ----------------------------------------------------------------------------------------------------------


def encode_quote(quote: Quote) -> str:
    """Encode a quote."""
    return json.dumps(
        {
            "asset": quote.asset,
            "currency": quote.currency,
            "price": str(quote.price),
            "change_24h": _text(quote.change_24h),
            "volume_24h": _text(quote.volume_24h),
            "volume_scope": quote.volume_scope,
            "as_of": _iso(quote.as_of),
        }
    )


def decode_quote(text: str) -> Quote:
    """Decode a quote. Raises ValueError, LookupError, TypeError or ArithmeticError for other text."""
    row = json.loads(text)
    return Quote(
        row["asset"],
        row["currency"],
        Decimal(row["price"]),
        _number(row["change_24h"]),
        _number(row["volume_24h"]),
        row["volume_scope"],
        _moment(row["as_of"]),
    )


def instrument(key: str) -> Instrument:
    """Return the instrument with this key."""
    asset, _, quote = key.partition("/")
    return Instrument(asset, quote)


QUOTES = Codec(encode_quote, decode_quote, instrument)


# -- candles ---------------------------------------------------------------------------------------------------------


def _encode_candles(series: Candles) -> str:
    rows = [_candle_row(candle) for candle in series.candles]
    return json.dumps([series.asset, series.currency, series.interval, _iso(series.as_of), rows])


def _candle_row(candle: Candle) -> list[object]:
    prices = map(str, (candle.open, candle.high, candle.low, candle.close))
    volumes = map(_text, (candle.volume, candle.quote_volume))
    return [candle.opens.isoformat(), *prices, *volumes, candle.closed]


def _decode_candles(text: str) -> Candles:
    asset, currency, interval, as_of, rows = json.loads(text)
    return Candles(asset, currency, interval, tuple(_candle(row) for row in rows), _moment(as_of))


def _candle(row: list[Any]) -> Candle:
    opens, *prices, volume, quote_volume, closed = row
    open_, high, low, close = map(Decimal, prices)
    opening = datetime.fromisoformat(opens)
    return Candle(opening, open_, high, low, close, _number(volume), _number(quote_volume), closed)


def _candle_query(key: str) -> CandleQuery:
    pair, interval, limit, end = key.split("|")
    item = instrument(pair)
    return CandleQuery(item.asset, item.quote, interval, int(limit), None if end == "now" else _moment(end))


CANDLES = Codec(_encode_candles, _decode_candles, _candle_query)


# -- order books -----------------------------------------------------------------------------------------------------


def _encode_book(book: OrderBook) -> str:
    bids, asks = ([[str(price), str(quantity)] for price, quantity in side] for side in (book.bids, book.asks))
    return json.dumps([book.asset, book.currency, bids, asks, _iso(book.as_of)])


def _decode_book(text: str) -> OrderBook:
    asset, currency, bids, asks, as_of = json.loads(text)
    return OrderBook(asset, currency, _side(bids), _side(asks), _moment(as_of))


def _side(rows: list[list[str]]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(price), Decimal(quantity)) for price, quantity in rows)


def _order_book_query(key: str) -> OrderBookQuery:
    pair, levels = key.split("|")
    item = instrument(pair)
    return OrderBookQuery(item.asset, item.quote, int(levels))


BOOKS = Codec(_encode_book, _decode_book, _order_book_query)


# -- volumes ---------------------------------------------------------------------------------------------------------


def _encode_volume(volume: Volume) -> str:
    numbers = [_text(volume.quoted), _text(volume.base), volume.scope, volume.trades, _text(volume.change_24h)]
    return json.dumps([volume.asset, volume.currency, *numbers, _iso(volume.as_of), _text(volume.volume_change)])


def _decode_volume(text: str) -> Volume:
    asset, currency, quoted, base, scope, trades, change, as_of, *rest = json.loads(text)
    volume_change = _number(rest[0]) if rest else None  # rows stored by an early release do not have it
    numbers = _number(quoted), _number(base)
    return Volume(asset, currency, *numbers, scope, trades, _number(change), _moment(as_of), volume_change)


VOLUMES = Codec(_encode_volume, _decode_volume, instrument)


# -- news and moods --------------------------------------------------------------------------------------------------


def _encode_news(news: News) -> str:
    return json.dumps([_iso(news.as_of), [_article_row(article) for article in news.articles]], ensure_ascii=False)


def _article_row(article: Article) -> list[Any]:
    texts = [article.title, article.url, article.publisher, article.summary, article.image]
    return [*texts, _iso(article.published_at), article.authors, article.categories, article.tags]


def _decode_news(text: str) -> News:
    as_of, rows = json.loads(text)
    return News(tuple(_article(row) for row in rows), _moment(as_of))


def _article(row: list[Any]) -> Article:
    title, url, publisher, summary, image, published_at, *lists = row
    authors, categories, tags = map(tuple, lists)
    return Article(title, url, publisher, summary, image, _moment(published_at), authors, categories, tags)


NEWS = Codec(_encode_news, _decode_news, NewsQuery)


def _encode_mood(mood: FearGreed) -> str:
    return json.dumps([mood.index, mood.value, mood.label, _iso(mood.as_of)])


def _decode_mood(text: str) -> FearGreed:
    index, value, label, as_of = json.loads(text)
    return FearGreed(index, value, label, _moment(as_of))


MOODS = Codec(_encode_mood, _decode_mood, lambda _: MoodQuery())


# -- lists and posts: any dataclass below, as {"v": [class, members...]} -----------------------------------------------

_VALUE_TYPES: dict[str, type] = {
    value.__name__: value
    for value in (
        *(listings.Categories, listings.CategoryRow, listings.CoinList, listings.CoinRow, listings.Details),
        *(listings.ExchangeRow, listings.Exchanges, listings.Global, listings.ListedCoin, listings.Table),
        *(Article, Buzz, Community, Topic),
    )
}
_QUERY_TYPES: dict[str, type] = {
    query.__name__: query
    for query in (
        *(listings.CategoriesQuery, listings.CoinListQuery, listings.DetailsQuery, listings.ExchangesQuery),
        *(listings.GlobalQuery, listings.SearchQuery, listings.TableQuery, BuzzQuery, CommunityQuery),
    )
}


def encode_value(value: Any) -> str:
    """Encode one of the dataclasses of ``providers.domain.listings``, or a platform's posts, topics or votes."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def decode_value(text: str) -> Any:
    """Decode what ``encode_value`` wrote."""
    return _from_plain(json.loads(text))


def _plain(value: Any) -> Any:
    """Return a value as JSON data; decimals are marked ``n`` and times ``t``."""
    if dataclasses.is_dataclass(value):
        members = [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {"v": [type(value).__name__, *members]}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _from_plain(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_from_plain(part) for part in data)
    if not isinstance(data, dict):
        return data
    ((mark, content),) = data.items()
    if mark == "v":
        name, *members = content
        return _VALUE_TYPES[name](*(_from_plain(member) for member in members))
    return Decimal(content) if mark == "n" else datetime.fromisoformat(content)


def _listing_query(key: str) -> Any:
    name, _, subject = key.partition("|")
    return _QUERY_TYPES[name](subject) if subject else _QUERY_TYPES[name]()


LISTINGS = Codec(encode_value, decode_value, _listing_query)
