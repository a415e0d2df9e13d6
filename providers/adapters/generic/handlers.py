"""What a definition's answers come to: prices, volumes, candles, books, news. Pure.

They pass the same readers as those of written adapters: prices must be possible, candles on their grid, books
uncrossed. An expression that finds nothing where something is needed is BROKEN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from providers.adapters.generic import expressions, templates
from providers.adapters.generic.codec import ResponseCodec
from providers.adapters.generic.definitions import COLUMNS, KEYED, RANGE_PLACEHOLDERS, SINGLE
from providers.adapters.shared import articles, candles, order_books, parsing, rows
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Lookup, Request, Response, V
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.news import Article, News, NewsQuery

MAX_UNNAMED_MARKETS = 500
"""How many markets one call answers where it names none."""
CANDLE_VALUES = ("open", "high", "low", "close", "volume", "quote_volume")
"""What a candle has beside its time."""


def _as_read(value: object) -> datetime | None:
    """A time that was read already, in the definition's unit."""
    return value if isinstance(value, datetime) else None


CANDLE = candles.Columns(
    time=_as_read,
    opens="time",
    open="open",
    high="high",
    low="low",
    close="close",
    volume="volume",
    quote_volume="quote_volume",
)


class _Markets:
    """Prices and volumes: the same rows, of one market or of many."""

    def __init__(self, speech: ResponseCodec) -> None:
        self._speech = speech
        named = speech.placeholders & {"symbol", "base", "base_lower"}
        self.max_items = (
            1 if named else speech.definition.most if "symbols" in speech.placeholders else MAX_UNNAMED_MARKETS
        )

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return self._speech.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        markets = [self._speech.market_values(ask) for ask in lookups]
        symbols = ",".join(dict.fromkeys(market["symbol"] for market in markets))
        return self._speech.request({**markets[0], "symbols": symbols})

    def _read(
        self,
        lookups: Sequence[Lookup[Instrument]],
        response: Response,
        read: Callable[[Lookup[Instrument], Any], V | None],
    ) -> dict[Instrument, V]:
        """A value for each market. Rows in which no value is found at all are not what the definition says."""
        found = self._rows(lookups, response)
        values = rows.read_values(lookups, lambda ask: found.get(self._named(ask)), read)
        if found and not values:
            raise parsing.broken("rows in which nothing is found")
        return values

    def _rows(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[str, Any]:
        """The rows of the markets that were asked for, by their names in the answer."""
        speech, wanted = self._speech, {self._named(ask) for ask in lookups}
        found = speech.rows(response)
        if speech.definition.shape == KEYED:
            table = parsing.mapping(found, "an object of rows")
            return {name: table[name] for name in wanted if table.get(name) is not None}
        if speech.definition.shape == SINGLE:
            if found is None:
                raise parsing.broken("the row is missing")
            return {self._named(lookups[0]): self._of_market(found, wanted)}
        return self._listed(found, wanted)

    def _of_market(self, row: object, wanted: set[str]) -> object:
        """One row; if it says which market it is of, it must be the one that was asked for."""
        if self._speech.definition.name and self._name(row) not in wanted:
            raise parsing.broken("a row of another market")
        return row

    def _listed(self, found: object, wanted: set[str]) -> dict[str, Any]:
        listed: dict[str, Any] = {}
        for row in parsing.sequence(found, "a list of rows"):
            name = self._name(row)
            if name in wanted and listed.setdefault(name, row) != row:
                raise parsing.broken("two rows disagree about one market")
        return listed

    def _name(self, row: object) -> str:
        name = self._speech.value("name", row)
        if not isinstance(name, str) or not name:
            raise parsing.broken("a row without its market's name")
        return name

    def _named(self, lookup: Lookup[Instrument]) -> str:
        market = self._speech.market_values(lookup)
        template = self._speech.definition.name_is
        return templates.fill(template, market) if template else market["symbol"]

    def _change(self, row: object, last: Decimal | None) -> Decimal | None:
        said, unit = self._speech.value("change", row), self._speech.definition.change_unit
        if unit == "opening":
            return parsing.change(last, said)
        return parsing.fraction(said) if unit == "fraction" else parsing.percent(said)


class Prices(_Markets):
    """Prices, with the change and the volume where the definition finds them."""

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        return self._read(lookups, response, self._quote)

    def _quote(self, lookup: Lookup[Instrument], row: Any) -> Quote | None:
        speech = self._speech
        price = parsing.price(speech.value("price", row))
        return rows.build_quote(
            lookup,
            speech.quoting.currency(lookup.item),
            price,
            change=self._change(row, price),
            volume=self._quote_volume(row),
            scope=speech.definition.volume_scope,
            as_of=speech.time(row),
        )

    def _quote_volume(self, row: object) -> Decimal | None:
        """The volume in the currency: as said, or that of the coin times its average price; never a guess."""
        said = self._speech.value("volume", row)
        if self._speech.definition.volume_unit == "quote":
            return parsing.amount(said)
        return parsing.product(said, self._speech.value("average", row))


class Volumes(_Markets):
    """What was traded in 24 hours, of a definition of prices that finds it."""

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Volume]:
        return self._read(lookups, response, self._volume)

    def _volume(self, lookup: Lookup[Instrument], row: Any) -> Volume | None:
        speech = self._speech
        said, last = speech.value("volume", row), speech.value("price", row)
        in_coin = speech.definition.volume_unit == "base"
        volume = venue_volume(
            lookup,
            speech.quoting.currency(lookup.item),
            base=parsing.strict_amount(said) if in_coin else None,
            quoted=parsing.strict_product(said, speech.value("average", row))
            if in_coin
            else parsing.strict_amount(said),
            last=last,
            change=self._change(row, parsing.price(last)),
            as_of=speech.time(row),
        )
        return volume and replace(volume, scope=speech.definition.volume_scope)


class CandleSeries:
    """Candles, newest or oldest first: they are put in order here."""

    max_items = 1

    def __init__(self, speech: ResponseCodec) -> None:
        self._speech = speech
        self._ranged = bool(speech.placeholders & set(RANGE_PLACEHOLDERS))

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """A past range only where the definition says how one is asked for."""
        if lookup.item.end is not None and not self._ranged:
            return False
        speech = self._speech
        return speech.accepts(lookup) and candles.fits(lookup.item, speech.intervals, speech.definition.most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span = lookups[0].item
        own = {"interval": self._speech.intervals[span.interval], "limit": str(span.limit)}
        return self._speech.request({**self._speech.market_values(lookups[0]), **own, **_range_values(span)})

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span, speech = lookups[0].item, self._speech
        found = speech.rows(response)
        listed = self._side_by_side(found) if speech.definition.shape == COLUMNS else self._listed(found)
        return candles.read_candles(span, speech.quoting.currency(span), listed, CANDLE, response)

    def _listed(self, found: object) -> list[dict[str, object]]:
        return [self._row(row) for row in parsing.sequence(found, "the candles")]

    def _row(self, row: object) -> dict[str, object]:
        values = {name: self._speech.value(name, row) for name in CANDLE_VALUES}
        return {**values, "time": self._speech.time(row)}

    def _side_by_side(self, found: object) -> list[dict[str, object]]:
        """One row for each place of lists that are equally long."""
        speech = self._speech
        said = [name for name in ("time", *CANDLE_VALUES) if speech.expressions[name].text]
        lists = {
            name: parsing.sequence(speech.expressions[name].evaluate(found), "lists side by side") for name in said
        }
        if len({len(values) for values in lists.values()}) != 1:
            raise parsing.broken("lists of different lengths")
        return [self._of_place(lists, place) for place in range(len(lists["time"]))]

    def _of_place(self, lists: Mapping[str, Sequence[object]], place: int) -> dict[str, object]:
        row = {name: expressions.as_numeral(values[place]) for name, values in lists.items()}
        empty = dict.fromkeys(CANDLE_VALUES)
        return {**empty, **row, "time": self._speech.read_time(row["time"])}


class OrderBooks:
    """One venue's order book."""

    max_items = 1

    def __init__(self, speech: ResponseCodec) -> None:
        self._speech = speech

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return self._speech.accepts(lookup) and order_books.fits(lookup.item, self._speech.definition.most)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        return self._speech.request({**self._speech.market_values(lookups[0]), "levels": str(lookups[0].item.levels)})

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, speech = lookups[0].item, self._speech
        book = speech.rows(response)
        sides = order_books.Sides(self._side("bids", book), self._side("asks", book), speech.time(book))
        return order_books.read_book(depth, speech.quoting.currency(depth), sides)

    def _side(self, name: str, book: object) -> list[list[object]]:
        levels = parsing.sequence(self._speech.expressions[name].evaluate(book), "a book's side")
        return [[self._speech.value("price", level), self._speech.value("quantity", level)] for level in levels]


class NewsArticles:
    """One outlet's articles."""

    max_items = 1

    def __init__(self, speech: ResponseCodec, outlet: str, publisher: str) -> None:
        self._speech = speech
        self._outlet = outlet
        self._publisher = publisher

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        return lookup.item.outlet in ("", self._outlet)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        return self._speech.request({})

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        read = [self._article(row) for row in parsing.sequence(self._speech.rows(response), "the articles")]
        found = tuple(article for article in read if article is not None)
        if not found:
            raise parsing.broken("a list without articles")
        return {lookups[0].item: News(found)}

    def _article(self, row: object) -> Article | None:
        """One row; None for one without a title or an address."""
        speech = self._speech
        title = articles.plain_text(speech.value("title", row), articles.LONGEST_TITLE)
        url = articles.canonical_url(speech.value("url", row))
        if title is None or url is None:
            return None
        tags = speech.value("tags", row)
        return Article(
            title=title,
            url=url,
            publisher=self._publisher,
            summary=articles.plain_text(speech.value("summary", row)),
            published_at=speech.time(row),
            tags=articles.tags(tags if isinstance(tags, list) else [tags]),
        )


def _range_values(span: CandleQuery) -> dict[str, str]:
    """When a past range begins and ends. A second past the last opening is right whether an end is included or not."""
    asked_for = candles.bounds(span)
    if asked_for is None:
        return {}
    found: dict[str, str] = {}
    for name, seconds in (("start", asked_for[0]), ("end", asked_for[1] + 1)):
        iso = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found |= {name: str(seconds), f"{name}_ms": str(seconds * 1000), f"{name}_iso": iso}
    return found
