"""`manage.py forecast COIN`: print the local models' forecast, its measured skill, and the time it takes."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from markets.analysis.forecasts import LEVEL, Forecast
from markets.analysis.outlook import HISTORY, Outlook, outlook
from markets.assets import registry
from markets.feeds import model_selection, queries
from providers.state.runtime import runtime

MAX_DAYS = 30
TIMED = 20


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Forecast a coin with the local models, and show their measured skill and how long a forecast takes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the coin and the number of days."""
        parser.add_argument("coin", metavar="COIN", help="A symbol, an id or a pair: BTC, bitcoin, BTCUSDT.")
        parser.add_argument("--days", type=int, default=7, choices=range(1, MAX_DAYS + 1), metavar="DAYS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the forecast. Raises CommandError if there is none."""
        item = registry.find(options["coin"])
        if item is None:
            raise CommandError(f"No coin is known as {options['coin']!r}.")
        runtime().refresh()
        series = queries.candles(item.asset, quote=item.quote, interval="1d", limit=HISTORY)
        models = model_selection.models()
        if series.missing is not None:
            raise CommandError(f"There are no daily candles: {series.missing.reason}.")
        if not models:
            raise CommandError("Every local model is switched off in the chain of AI_PREDICTION.")
        result, took = _timed(series, options["days"], models)
        if result.forecast is None:
            raise CommandError(f"There is no forecast: {result.reason}.")
        self.stdout.write(f"{len(series.computable)} closed days from {series.meta.source}, in {series.currency}")
        for line in _lines(result, result.forecast):
            self.stdout.write(line)
        self.stdout.write(f"took {took:.1f} ms, the median of {TIMED}")


def _timed(series: queries.CandleSeries, days: int, models: tuple[str, ...]) -> tuple[Outlook, float]:
    """Return the outlook, and the median time it takes in milliseconds."""
    taken = []
    for _ in range(TIMED):
        began = time.perf_counter()
        result = outlook(series.contiguous, days, models)
        taken.append((time.perf_counter() - began) * 1000)
    return result, median(taken)


def _lines(result: Outlook, forecast: Forecast) -> list[str]:
    skill = forecast.skill
    return [
        *(f"{day.date:%Y-%m-%d}  {day.price:>16}  {day.lower:>16} to {day.upper}" for day in result.days),
        f"model {forecast.model}; error over a random walk's, of all models: "
        + ", ".join(f"{name} {ratio:.3f}" for name, ratio in forecast.rivals.items()),
        f"skill at day {skill.horizon}: {skill.mae_ratio:.3f} of a random walk's error, "
        + ("beyond chance" if skill.proven else "none that can be told from chance"),
        f"intervals of {LEVEL:.0%} held in {skill.coverage:.1%} of {skill.windows} windows, {skill.independent} apart",
    ]
