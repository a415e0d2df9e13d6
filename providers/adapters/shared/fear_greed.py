"""Fear and greed indices of CoinMarketCap and alternative.me: two different indices, never mixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from providers.adapters.shared import articles, errors, parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import FearGreed, MoodQuery
from providers.domain.outcomes import Failure, Outcome

ALTERNATIVE, COINMARKETCAP = "alternative.me Crypto Fear & Greed Index", "CoinMarketCap Crypto Fear and Greed Index"
HIGHEST = 100


@dataclass(frozen=True, slots=True)
class FearGreedOfAlternative:
    """Answer mood queries from ``/fng/``: newest first, numbers and times (seconds) as strings, daily at 00:00 UTC."""

    max_items: int = 1

    def accepts(self, lookup: Lookup[MoodQuery]) -> bool:
        """Accept every mood query."""
        return True

    def request(self, lookups: Sequence[Lookup[MoodQuery]]) -> Request:
        """Build the request for the newest value."""
        return Request("/fng/", (("limit", "1"),))

    def parse(self, lookups: Sequence[Lookup[MoodQuery]], response: Response) -> dict[MoodQuery, FearGreed]:
        """Read the newest value. Raises Failure."""
        body = errors.decode_body(response)
        errors.raise_for_outcome(response)
        days = parsing.sequence(parsing.field(parsing.mapping(body), "data"), "the days")
        newest = parsing.mapping(parsing.item(days, 0, "the days"), "a day")
        return {
            lookups[0].item: read_index(ALTERNATIVE, newest, parsing.from_seconds(parsing.field(newest, "timestamp")))
        }


@dataclass(frozen=True, slots=True)
class FearGreedOfCoinMarketCap:
    """Answer mood queries from ``/public-api/v3/fear-and-greed/latest``. ``read_data`` returns a success's ``data``."""

    read_data: Callable[[Response], object]
    max_items: int = 1

    def accepts(self, lookup: Lookup[MoodQuery]) -> bool:
        """Accept every mood query."""
        return True

    def request(self, lookups: Sequence[Lookup[MoodQuery]]) -> Request:
        """Build the request for the newest value."""
        return Request("/public-api/v3/fear-and-greed/latest")

    def parse(self, lookups: Sequence[Lookup[MoodQuery]], response: Response) -> dict[MoodQuery, FearGreed]:
        """Read the newest value. Raises Failure."""
        row = parsing.mapping(self.read_data(response), "the index")
        return {lookups[0].item: read_index(COINMARKETCAP, row, parsing.from_iso(parsing.field(row, "update_time")))}


def read_index(index: str, row: Row, as_of: datetime | None) -> FearGreed:
    """Return the value with the publisher's own label. Raises IMPLAUSIBLE for a value outside 0 to 100."""
    value = parsing.amount(parsing.field(row, "value"))
    label = articles.plain_text(parsing.field(row, "value_classification"), 40)
    if value is None or value > HIGHEST:
        raise Failure(Outcome.IMPLAUSIBLE, "an index outside 0 to 100")
    if label is None:
        raise parsing.broken("an index without its label")
    return FearGreed(index, round(value), label, as_of)
