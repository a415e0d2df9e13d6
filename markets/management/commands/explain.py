"""`manage.py explain CATEGORY COIN ...`: print the candidates for a query in order, with reasons. Makes no call."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from markets.assets import registry
from markets.feeds import model_selection
from providers.domain.categories import Category
from providers.domain.listings import DetailsQuery
from providers.domain.market_data import CandleQuery, Instrument, OrderBookQuery
from providers.domain.news import CommunityQuery, MoodQuery, NewsQuery
from providers.engine.decide import engine
from providers.engine.explain import Step, explain
from providers.engine.query import Query

QUERIES: dict[Category, Callable[[Instrument], Any]] = {
    Category.MARKET_PRICE: lambda coin: coin,
    Category.MARKET_VOLUME: lambda coin: coin,
    Category.MARKET_OHLCV: lambda coin: CandleQuery(coin.asset, coin.quote),
    Category.MARKET_ORDERBOOK: lambda coin: OrderBookQuery(coin.asset, coin.quote),
    Category.MARKET_METADATA: lambda coin: DetailsQuery(coin.asset),
    Category.NEWS: lambda _coin: NewsQuery(),
    Category.SENTIMENT: lambda _coin: MoodQuery(),
    Category.SOCIAL: lambda coin: CommunityQuery(coin.asset),
}
"""The query of each category about a coin; news and moods are of the whole market."""


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Show which providers would be asked now, in what order, and why, without calling any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the category and the coins."""
        parser.add_argument("category", choices=[category.value for category in Category])
        parser.add_argument(
            "coins", nargs="+", metavar="COIN", help="A symbol, an id or a pair: BTC, bitcoin, BTCUSDT."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per candidate. Raises CommandError for an unknown coin."""
        items = [self._item(coin) for coin in options["coins"]]
        category = Category(options["category"])
        engine().state.refresh()
        query_for = QUERIES.get(category)
        lines = self._local(category) if query_for is None else _candidates(category, [query_for(i) for i in items])
        for line in lines or ["None: the chain is empty."]:
            self.stdout.write(line)

    @staticmethod
    def _local(category: Category) -> list[str]:
        """Return the lines of a category that is computed here."""
        models = model_selection.models() if category is Category.AI_PREDICTION else ()
        return [
            "None: it is computed here, from candles (MARKET_OHLCV).",
            *(f"{position:>2}. {model:<14} local" for position, model in enumerate(models, 1)),
        ]

    @staticmethod
    def _item(coin: str) -> Any:
        item = registry.find(coin)
        if item is None:
            raise CommandError(f"No coin is known as {coin!r}.")
        return item


def _candidates(category: Category, items: Sequence[Any]) -> list[str]:
    return [
        _line(step) for step in explain(engine(), Query(category, tuple(dict.fromkeys(items)), registry.provider_names))
    ]


def _line(step: Step) -> str:
    place = f"{step.place:>2}." if step.place is not None else " –"
    host = step.host or "all endpoints"
    until = f" until {datetime.fromtimestamp(step.until, UTC):%Y-%m-%d %H:%M:%SZ}" if step.until else ""
    return f"{place} {step.provider:<14} {host:<32} {step.why}{until}"
