"""What answers computed from candles have in common: how coins are named, what the provenance says, what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import NotFound, ValidationError

from markets.api.params import symbols
from markets.api.presenters import prices
from markets.assets import registry
from markets.feeds import cache_dependencies, provenance
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api.schemas import problems
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment

DEFAULT_COINS = "BTC,ETH,BNB,SOL,ADA"
NOT_ADVICE = (
    "Computed from past prices alone. The past does not bind the future, and this is no recommendation of any kind."
)

BODY_FAILURES = problems(s415="The body is not JSON.")
"""Besides FAILURES, where there is a body."""

FAILURES = problems(
    s400="A parameter is missing, unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known, or no source in the chain has candles of it.",
    s503="No source could answer and nothing was kept. Retry-After says when to ask again.",
    s504="No source answered within the deadline and nothing was kept.",
)


def coin(name: str) -> Instrument:
    """The coin of this name. Raises NotFound."""
    found = registry.find(name)
    if found is None:
        raise NotFound("No coin of this name is known here.")
    return found


def symbol(item: Instrument) -> str:
    asset = registry.get(item.asset)
    return asset.symbol if asset else item.asset


def coins(query: QueryDict, least: int, most: int) -> dict[str, Instrument]:
    """The ``symbols`` of a request, the usual ones where it has none, each coin once. All must be known."""
    if "symbols" not in query:
        usual = {name: found for name in DEFAULT_COINS.split(",") if (found := registry.find(name)) is not None}
        if len(usual) < least:
            raise NotFound("Of the coins that are usually taken too few are known here: name some.")
        return usual
    named = symbols.read(query, most=most)
    if named.unknown:
        raise NotFound(f"No such coins: {', '.join(named.unknown[:5])}.")
    by_item = {item: name for name, item in named.by_name.items() if item is not None}
    if len(by_item) < least:
        raise ValidationError({"symbols": f"Name {least} to {most} different coins, as in BTC,ETH,solana."})
    return {name: item for item, name in by_item.items()}


def answer(inputs: Sequence[CandleSeries], body: dict[str, Any]) -> Answer:
    """What is made of these candles, as old as the oldest of their newest parts."""
    fetched = [series.meta.fetched_at for series in inputs if series.meta.fetched_at is not None]
    return responses.build(
        body, min(fetched, default=None), cache_dependencies.combine(series.dependencies for series in inputs)
    )


def meta(
    model: str, category: Category, inputs: Sequence[CandleSeries], taken: Mapping[str, Instrument]
) -> dict[str, Any]:
    """The provenance of something computed here: the model, and the candles it was computed from."""
    whole = provenance.combine_meta([series.meta for series in inputs])
    ages = [whole.age_s] if whole.age_s is not None else []
    said = prices.meta(whole, ages, {name: item.asset for name, item in taken.items()})
    own = {"source": f"local:{model}", "endpoint": None, "chain": category.value}
    return said | own | {"inputs": [_input(series) for series in inputs]}


def _input(series: CandleSeries) -> dict[str, Any]:
    candles = series.candles
    return {
        "asset": series.asset,
        "source": series.meta.source,
        "endpoint": series.meta.endpoint,
        "currency": series.currency,
        "interval": series.interval,
        "built_from": series.built_from,
        "candles": len(candles),
        "first": moment(candles[0].opens) if candles else None,
        "last": moment(candles[-1].opens) if candles else None,
        "stale": series.meta.stale,
        "reason": series.missing.reason if series.missing else None,
    }


def chosen(query: QueryDict, name: str, allowed: Sequence[str], default: str) -> str:
    """One of a few words as they are written, or the default."""
    given = query.get(name, default)
    if given not in allowed:
        raise ValidationError({name: f"Allowed: {', '.join(allowed)}."})
    return given
