"""An operator's test: a definition, saved or not, asks its provider once, and what came and what was read are told.

The call goes through the one door, like any other: deadline, size and addresses are guarded, cooldown, breakers and the
budget respected. What the answer is worth counts against nobody: it may be the definition that is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from providers.adapters.generic import adapter as generic
from providers.adapters.generic import templates
from providers.adapters.generic.codec import ResponseCodec
from providers.adapters.generic.definitions import DefinitionConf, RequestFormatConf
from providers.domain.adapter import Handler, Lookup, Request, Response
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.market_data import ANY_DOLLAR, CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote
from providers.domain.news import News, NewsQuery
from providers.domain.outcomes import Failure, Outcome
from providers.engine import attempt
from providers.engine.client import NOBODY, Client
from providers.engine.decide import Engine, engine
from providers.operations.response_preview import outline, short
from providers.resilience.quota import STOP_AT
from providers.resilience.selection import Skip, candidates

DEADLINE_S = 10.0
FEW = 5
"""Candles and levels asked for: enough to see whether they are read right."""
NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test. ``facts`` and ``table`` are what was read; ``outcome`` is OK only where it may be served."""

    outcome: Outcome
    why: str = ""
    request: str = ""
    host: str = ""
    status: int | None = None
    ms: float | None = None
    size: int | None = None
    came: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    """What each expression found, where the whole could not be served."""

    @property
    def ok(self) -> bool:
        return self.outcome is Outcome.OK


def lookup_of(definition: DefinitionConf, name: str, quote: str) -> Lookup[Any]:
    """A small question of the definition's category, about what the provider calls ``name``."""
    category, few = Category(definition.category), min(FEW, definition.most)
    if category is Category.MARKET_OHLCV:
        interval = next(iter(templates.parse_spellings(definition.intervals)))
        return Lookup(CandleQuery(name, quote, interval, few), name)
    if category is Category.MARKET_ORDERBOOK:
        return Lookup(OrderBookQuery(name, quote, few), name)
    return Lookup(NewsQuery(), "") if category is Category.NEWS else Lookup(Instrument(name, quote), name)


def try_out(
    slug: str, request_format: RequestFormatConf, definition: DefinitionConf, name: str = "BTC", quote: str = ANY_DOLLAR
) -> Trial:
    """Ask once; never raises for what an upstream does, nor for what a definition says."""
    held, category = engine(), Category(definition.category)
    held.state.refresh()
    try:
        handlers = generic.build_handlers(slug, slug, request_format, definition)
    except generic.InvalidDefinition as wrong:
        return Trial(Outcome.BAD_REQUEST, str(wrong))
    ask, handler = lookup_of(definition, name, quote), handlers[category]
    refusal = _refused_before(held, slug, handler, ask)
    if refusal is not None:
        return refusal
    request = handler.request([ask])
    began = time.perf_counter()
    try:
        endpoint, response = Client(slug, category).once(request, deadline_s=DEADLINE_S)
    except Failure as failure:
        return Trial(failure.outcome, failure.detail + _why_nobody(held, slug, handlers, failure), _shown(request))
    ms = (time.perf_counter() - began) * 1000
    provider = held.state.current().providers[slug]
    trial = _read(held, provider, (endpoint, request, response, ms), handler, ask)
    return (
        trial
        if trial.ok
        else replace(trial, found=_found(ResponseCodec(request_format, definition), response, provider.key))
    )


def _refused_before(held: Engine, slug: str, handler: Handler[Any, Any], lookup: Lookup[Any]) -> Trial | None:
    """What the hub would not ask: a question its definition has no words for, or one call too many.

    By our own count too: tests are pressed again and again, and the provider may tell nobody how near its limit is.
    """
    if not handler.accepts(lookup):
        return Trial(Outcome.NOT_SUPPORTED, "it does not quote in this currency, or the coin's name cannot be sent")
    provider = held.state.current().providers.get(slug)
    if provider is None:
        return Trial(Outcome.NOT_SUPPORTED, "there is no such provider")
    used = held.state.book.used(provider, attempt.adapter_of(provider).budget, time.time())
    if max(used.reported, used.estimated) < STOP_AT:
        return None
    return Trial(Outcome.RATE_LIMITED, "not asked: its published limit is nearly used up; try again a little later")


Exchange = tuple[EndpointConf, Request, Response, float]


def _read(
    held: Engine, provider: ProviderConf, exchange: Exchange, handler: Handler[Any, Any], lookup: Lookup[Any]
) -> Trial:
    endpoint, request, response, ms = exchange
    came = outline(response.body, provider.key)
    trial = Trial(Outcome.OK, "", _shown(request), endpoint.host, response.status, ms, len(response.body), came)
    try:
        value = handler.parse([lookup], response).get(lookup.item)
        if value is None:
            return replace(
                trial, outcome=Outcome.UNKNOWN_ASSET, why="there is nothing in the answer for what was asked"
            )
        _check(held, Category(_category_of(value)), value, response)
    except Failure as failure:
        return replace(trial, outcome=failure.outcome, why=failure.detail)
    return replace(trial, **_told(value, provider.key))


def _found(speech: ResponseCodec, response: Response, key: str) -> tuple[tuple[str, str], ...]:
    """Which expression is the one to mend; nothing where there is no answer to look at."""
    try:
        return tuple((name, short(said, key)) for name, said in speech.describe_fields(response))
    except Failure:
        return ()


def _category_of(value: object) -> Category:
    return {
        Quote: Category.MARKET_PRICE,
        Candles: Category.MARKET_OHLCV,
        OrderBook: Category.MARKET_ORDERBOOK,
        News: Category.NEWS,
    }[type(value)]


def _check(held: Engine, category: Category, value: Any, response: Response) -> None:
    """What the engine demands of every answer before it counts."""
    checks = held.checks_for(category)
    checks.possible(value)
    old = checks.old(value, response.received_at)
    if old is not None:
        raise Failure(Outcome.IMPLAUSIBLE, old)


def _why_nobody(held: Engine, slug: str, handlers: Mapping[Category, Handler[Any, Any]], failure: Failure) -> str:
    """What keeps everybody out, where nobody could be asked."""
    provider = held.state.current().providers.get(slug)
    if failure.detail != NOBODY or provider is None:
        return ""
    category, adapter = next(iter(handlers)), attempt.adapter_of(provider)
    link = LinkConf(0, replace(provider, generic_adapter=replace(adapter, handlers=handlers)), slug, 1, 0, 1)
    chain = ChainConf(category, Strategy.PRIORITY, 1.0, 0.0, 0.0, (link,), "test")
    reasons = [_skipped(step) for step in candidates(chain, held.view(category)) if isinstance(step, Skip)]
    return f" ({'; '.join(dict.fromkeys(reasons))})" if reasons else " (it has no endpoint)"


def _skipped(skip: Skip) -> str:
    until = f" until {datetime.fromtimestamp(skip.until, UTC):%H:%M:%S} UTC" if skip.until else ""
    return f"{skip.host + ': ' if skip.host else ''}{skip.reason}{until}"


def _shown(request: Request) -> str:
    """The request as it was before a key was put into it."""
    return f"{request.method} {request.path}" + (f"?{urlencode(request.params)}" if request.params else "")


def _told(value: Any, key: str) -> dict[str, Any]:
    if isinstance(value, Quote):
        return {"facts": tuple(_of_quote(value))}
    if isinstance(value, Candles):
        head = ("opens", "open", "high", "low", "close", "volume", "in the currency", "closed")
        return {
            "facts": (("currency", value.currency), ("interval", value.interval), ("candles", str(len(value.candles)))),
            "head": head,
            "table": tuple(
                (
                    f"{candle.opens:%Y-%m-%d %H:%M}Z",
                    *map(_number, (candle.open, candle.high, candle.low, candle.close)),
                    *map(_number, (candle.volume, candle.quote_volume)),
                    "yes" if candle.closed else "forming",
                )
                for candle in value.candles
            ),
        }
    if isinstance(value, OrderBook):
        sides = zip(value.bids, value.asks, strict=False)
        return {
            "facts": (("currency", value.currency), ("time", _moment(value.as_of))),
            "head": ("bid", "quantity", "ask", "quantity"),
            "table": tuple(tuple(map(_number, (*bid, *ask))) for bid, ask in sides),
        }
    newest = value.articles[:FEW]
    told = [(_moment(one.published_at), short(one.title, key), short(one.url, key)) for one in newest]
    return {
        "facts": (("articles", str(len(value.articles))),),
        "head": ("published", "title", "address"),
        "table": tuple(told),
    }


def _of_quote(quote: Quote) -> Iterator[tuple[str, str]]:
    yield "price", f"{_number(quote.price)} {quote.currency}"
    yield "change in 24 hours", NOT_SAID if quote.change_24h is None else f"{_number(quote.change_24h)} %"
    scope = f"{quote.currency}, {quote.volume_scope}"
    yield "volume in 24 hours", NOT_SAID if quote.volume_24h is None else f"{_number(quote.volume_24h)} {scope}"
    yield "time", _moment(quote.as_of)


def _number(value: Decimal | None) -> str:
    return NOT_SAID if value is None else f"{value:f}"


def _moment(at: datetime | None) -> str:
    return NOT_SAID if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
