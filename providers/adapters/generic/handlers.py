"""Handlers of a definition: prices, volumes, candles, order books, news. Pure.

They apply the same checks as adapters in code: plausible prices, candles on their interval, books that are not crossed.
An expression without a result for a required field is BROKEN.
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
from providers.domain.outcomes import InactiveMarket

MAX_UNNAMED_MARKETS = 500
"""Most markets in one answer to a request that names no market."""
CANDLE_VALUES = ("open", "high", "low", "close", "volume", "quote_volume")
"""Fields of a candle other than its time."""


def _as_datetime(value: object) -> datetime | None:
    """Return a time that was already read in the definition's unit."""
    return value if isinstance(value, datetime) else None


CANDLE = candles.Columns(
    time=_as_datetime,
    opens="time",
    open="open",
    high="high",
    low="low",
    close="close",
    volume="volume",
    quote_volume="quote_volume",
)


class _Markets:
    """Common base of prices and volumes, which read the same rows of one market or of several."""

    def __init__(self, codec: ResponseCodec) -> None:
        self._codec = codec
        named = codec.placeholders & {"symbol", "base", "base_lower"}
        self.max_items = (
            1 if named else codec.definition.most if "symbols" in codec.placeholders else MAX_UNNAMED_MARKETS
        )

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the definition can answer this lookup."""
        return self._codec.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        markets = [self._codec.market_values(lookup) for lookup in lookups]
        symbols = ",".join(dict.fromkeys(market["symbol"] for market in markets))
        return self._codec.request({**markets[0], "symbols": symbols})

    def _read(
        self,
        lookups: Sequence[Lookup[Instrument]],
        response: Response,
        read: Callable[[Lookup[Instrument], Any], V | None],
    ) -> dict[Instrument, V]:
        """Read a value for each market.

        Rows without any value do not match the definition (BROKEN), unless a market of them is inactive.
        """
        rows_by_name = self._rows(lookups, response)
        inactive: list[Lookup[Instrument]] = []

        def read_active(lookup: Lookup[Instrument], row: Any) -> V | None:
            try:
                return read(lookup, row)
            except InactiveMarket:
                inactive.append(lookup)
                raise

        values = rows.read_values(lookups, lambda lookup: rows_by_name.get(self._row_name(lookup)), read_active)
        if rows_by_name and not values and not inactive:
            raise parsing.broken("rows without any value")
        return values

    def _rows(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[str, Any]:
        """Return the rows of the requested markets by their names in the response."""
        codec, names = self._codec, {self._row_name(lookup) for lookup in lookups}
        body = codec.rows(response)
        if codec.definition.shape == KEYED:
            table = parsing.mapping(body, "an object of rows")
            return {name: table[name] for name in names if table.get(name) is not None}
        if codec.definition.shape == SINGLE:
            if body is None:
                raise parsing.broken("the row is missing")
            return {self._row_name(lookups[0]): self._of_market(body, names)}
        return self._listed(body, names)

    def _of_market(self, row: object, names: set[str]) -> object:
        """Return a single row; if it names its market, that must be a requested one."""
        if self._codec.definition.name and self._name(row) not in names:
            raise parsing.broken("a row of another market")
        return row

    def _listed(self, body: object, names: set[str]) -> dict[str, Any]:
        rows_by_name: dict[str, Any] = {}
        for row in parsing.sequence(body, "a list of rows"):
            name = self._name(row)
            if name in names and rows_by_name.setdefault(name, row) != row:
                raise parsing.broken("two rows disagree about one market")
        return rows_by_name

    def _name(self, row: object) -> str:
        name = self._codec.value("name", row)
        if not isinstance(name, str) or not name:
            raise parsing.broken("a row without the name of its market")
        return name

    def _row_name(self, lookup: Lookup[Instrument]) -> str:
        market = self._codec.market_values(lookup)
        template = self._codec.definition.name_is
        return templates.fill(template, market) if template else market["symbol"]

    def _change(self, row: object, last: Decimal | None) -> Decimal | None:
        change, unit = self._codec.value("change", row), self._codec.definition.change_unit
        if unit == "opening":
            return parsing.change(last, change)
        return parsing.fraction(change) if unit == "fraction" else parsing.percent(change)


class Prices(_Markets):
    """Prices, with change and volume if the definition has them."""

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        return self._read(lookups, response, self._quote)

    def _quote(self, lookup: Lookup[Instrument], row: Any) -> Quote | None:
        codec = self._codec
        price = parsing.price(codec.value("price", row))
        return rows.build_quote(
            lookup,
            codec.quoting.currency(lookup.item),
            price,
            change=self._change(row, price),
            volume=self._quote_volume(row),
            scope=codec.definition.volume_scope,
            as_of=codec.time(row),
        )

    def _quote_volume(self, row: object) -> Decimal | None:
        """Return the volume in the quote currency: as given, or base volume times average price."""
        volume = self._codec.value("volume", row)
        if self._codec.definition.volume_unit == "quote":
            return parsing.amount(volume)
        return parsing.product(volume, self._codec.value("average", row))


class Volumes(_Markets):
    """24-hour volumes, from a definition of prices that has them."""

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Volume]:
        """Read the values by item."""
        return self._read(lookups, response, self._volume)

    def _volume(self, lookup: Lookup[Instrument], row: Any) -> Volume | None:
        codec = self._codec
        traded, last = codec.value("volume", row), codec.value("price", row)
        in_coin = codec.definition.volume_unit == "base"
        volume = venue_volume(
            lookup,
            codec.quoting.currency(lookup.item),
            base=parsing.strict_amount(traded) if in_coin else None,
            quoted=parsing.strict_product(traded, codec.value("average", row))
            if in_coin
            else parsing.strict_amount(traded),
            last=last,
            change=self._change(row, parsing.price(last)),
            as_of=codec.time(row),
        )
        return volume and replace(volume, scope=codec.definition.volume_scope)


class CandleSeries:
    """Candles in any order; the result is sorted."""

    max_items = 1

    def __init__(self, codec: ResponseCodec) -> None:
        self._codec = codec
        self._has_range = bool(codec.placeholders & set(RANGE_PLACEHOLDERS))

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the definition has the interval, the count, and parameters for a past range if needed."""
        if lookup.item.end is not None and not self._has_range:
            return False
        codec = self._codec
        return codec.accepts(lookup) and candles.fits(lookup.item, codec.intervals, codec.definition.most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the lookups."""
        query = lookups[0].item
        values = {"interval": self._codec.intervals[query.interval], "limit": str(query.limit)}
        return self._codec.request({**self._codec.market_values(lookups[0]), **values, **_range_values(query)})

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the values by item."""
        query, codec = lookups[0].item, self._codec
        body = codec.rows(response)
        candle_rows = self._from_columns(body) if codec.definition.shape == COLUMNS else self._from_rows(body)
        return candles.read_candles(query, codec.quoting.currency(query), candle_rows, CANDLE, response)

    def _from_rows(self, body: object) -> list[dict[str, object]]:
        return [self._row(row) for row in parsing.sequence(body, "the candles")]

    def _row(self, row: object) -> dict[str, object]:
        values = {name: self._codec.value(name, row) for name in CANDLE_VALUES}
        return {**values, "time": self._codec.time(row)}

    def _from_columns(self, body: object) -> list[dict[str, object]]:
        """Build one row per position of parallel lists, which must have equal lengths."""
        codec = self._codec
        names = [name for name in ("time", *CANDLE_VALUES) if codec.expressions[name].text]
        lists = {name: parsing.sequence(codec.expressions[name].evaluate(body), "parallel lists") for name in names}
        if len({len(values) for values in lists.values()}) != 1:
            raise parsing.broken("lists of different lengths")
        return [self._row_at(lists, position) for position in range(len(lists["time"]))]

    def _row_at(self, lists: Mapping[str, Sequence[object]], position: int) -> dict[str, object]:
        row = {name: expressions.as_numeral(values[position]) for name, values in lists.items()}
        empty = dict.fromkeys(CANDLE_VALUES)
        return {**empty, **row, "time": self._codec.read_time(row["time"])}


class OrderBooks:
    """Order books."""

    max_items = 1

    def __init__(self, codec: ResponseCodec) -> None:
        self._codec = codec

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        """Return whether the definition can answer this lookup."""
        return self._codec.accepts(lookup) and order_books.fits(lookup.item, self._codec.definition.most)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        """Build the request for the lookups."""
        return self._codec.request({**self._codec.market_values(lookups[0]), "levels": str(lookups[0].item.levels)})

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        """Read the values by item."""
        depth, codec = lookups[0].item, self._codec
        book = codec.rows(response)
        sides = order_books.Sides(self._side("bids", book), self._side("asks", book), codec.time(book))
        return order_books.read_book(depth, codec.quoting.currency(depth), sides)

    def _side(self, name: str, book: object) -> list[list[object]]:
        levels = parsing.sequence(self._codec.expressions[name].evaluate(book), "a book's side")
        return [[self._codec.value("price", level), self._codec.value("quantity", level)] for level in levels]


class NewsArticles:
    """Articles of the provider as one outlet."""

    max_items = 1

    def __init__(self, codec: ResponseCodec, outlet: str, publisher: str) -> None:
        self._codec = codec
        self._outlet = outlet
        self._publisher = publisher

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        """Return whether the definition can answer this lookup."""
        return lookup.item.outlet in ("", self._outlet)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        """Build the request for the lookups."""
        return self._codec.request({})

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        """Read the values by item."""
        parsed = [self._article(row) for row in parsing.sequence(self._codec.rows(response), "the articles")]
        complete = tuple(article for article in parsed if article is not None)
        if not complete:
            raise parsing.broken("a list without articles")
        return {lookups[0].item: News(complete)}

    def _article(self, row: object) -> Article | None:
        """Read one row; None if it has no title or no URL."""
        codec = self._codec
        title = articles.plain_text(codec.value("title", row), articles.LONGEST_TITLE)
        url = articles.canonical_url(codec.value("url", row))
        if title is None or url is None:
            return None
        tags = codec.value("tags", row)
        return Article(
            title=title,
            url=url,
            publisher=self._publisher,
            summary=articles.plain_text(codec.value("summary", row)),
            published_at=codec.time(row),
            tags=articles.tags(tags if isinstance(tags, list) else [tags]),
        )


def _range_values(query: CandleQuery) -> dict[str, str]:
    """Return the placeholders of a past range, which ends one second after its last candle opens.

    So the end is right whether the provider includes it or not.
    """
    bounds = candles.bounds(query)
    if bounds is None:
        return {}
    values: dict[str, str] = {}
    for name, seconds in (("start", bounds[0]), ("end", bounds[1] + 1)):
        iso = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        values |= {name: str(seconds), f"{name}_ms": str(seconds * 1000), f"{name}_iso": iso}
    return values
