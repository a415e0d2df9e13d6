"""Every handler of the registry with every kind of question it accepts, and what its fake answers to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import Handler, Lookup, Response
from providers.domain.categories import Category
from providers.domain.listings import (
    CategoriesQuery,
    CoinListQuery,
    DetailsQuery,
    ExchangesQuery,
    GlobalQuery,
    SearchQuery,
    TableQuery,
)
from providers.domain.market_data import CandleQuery, Instrument, OrderBookQuery
from providers.domain.news import BuzzQuery, CommunityQuery, MoodQuery, NewsQuery, Topic
from providers.sandbox.fakes import FAKES
from providers.sandbox.world import Address
from tests.providers.adapters.mutations import render
from tests.providers.sandbox.wire import COINS, NOW, call, world

AT = datetime.fromtimestamp(NOW, UTC)
NAMED = {coin.slug: coin for coin in COINS}
BATCHED = (Category.MARKET_PRICE, Category.MARKET_VOLUME)
NO_HOURS = {"coingecko"}
"""Who has candles, but none of an hour."""
ROWS = 2
"""As many of a list's rows as are looked at one by one: the others are read as these are."""


@dataclass(frozen=True)
class Case:
    """One question to one handler, and a right answer to it."""

    slug: str
    category: Category
    lookup_list: Sequence[Lookup[Any]]
    body: bytes = field(repr=False)
    at: datetime = AT

    def __str__(self) -> str:
        kind = type(self.lookup_list[0].item).__name__
        return f"{self.slug}-{self.category.value.removeprefix('MARKET_')}-{kind}-{len(self.lookup_list)}"

    @property
    def handler(self) -> Handler[Any, Any]:
        return ADAPTERS[self.slug].handlers[self.category]

    def read(self, body: bytes, status: int = 200) -> dict[Any, Any]:
        """The values by item. Raises Failure, and nothing else."""
        return self.handler.parse(self.lookup_list, Response(status, {}, body, self.at))


def questions(slug: str, category: Category) -> Iterator[Sequence[Lookup[Any]]]:
    """What this provider may be asked in this category: one of each kind, and a batch where it takes one."""
    items: dict[Category, Sequence[Any]] = {
        Category.MARKET_PRICE: [Instrument("bitcoin")],
        Category.MARKET_VOLUME: [Instrument("bitcoin")],
        Category.MARKET_OHLCV: [CandleQuery("bitcoin", interval="4h" if slug in NO_HOURS else "1h", limit=4)],
        Category.MARKET_ORDERBOOK: [OrderBookQuery("bitcoin", levels=5)],
        Category.MARKET_METADATA: [
            *(TableQuery(), SearchQuery("bit"), DetailsQuery("bitcoin")),
            *(ExchangesQuery(), CategoriesQuery(), GlobalQuery(), CoinListQuery()),
        ],
        Category.NEWS: [NewsQuery("cointelegraph" if slug == "render" else slug)],
        Category.SENTIMENT: [MoodQuery()],
        Category.SOCIAL: [BuzzQuery(slug), CommunityQuery("bitcoin")],
    }
    handler = ADAPTERS[slug].handlers[category]
    for item in items[category]:
        ask = asked(slug, item)
        if handler.accepts(ask):
            yield [ask]
    if handler.max_items > 1 and category in BATCHED:
        yield [
            ask for coin in ("bitcoin", "ethereum", "litecoin") if handler.accepts(ask := asked(slug, Instrument(coin)))
        ]


def asked(slug: str, item: Any) -> Lookup[Any]:
    return Lookup(item, NAMED[item.asset].name_at(slug) if item.asset else "")


@cache
def cases() -> tuple[Case, ...]:
    """One for each question that each handler accepts."""
    here = world()
    return tuple(
        trimmed(Case(slug, category, lookup_list, answer(here, slug, category, lookup_list)))
        for slug, adapter in ADAPTERS.items()
        if slug in FAKES
        for category in adapter.handlers
        for lookup_list in questions(slug, category)
    )


def answer(here: Any, slug: str, category: Category, lookups: Sequence[Lookup[Any]]) -> bytes:
    """What the fake says, without a socket."""
    adapter = ADAPTERS[slug]
    request = adapter.authorize(adapter.handlers[category].request(lookups), "any-key")
    target = f"{request.path}?{urlencode(request.params)}" if request.params else request.path
    reply = here.answer(Address(slug, 0), call(target, **dict(request.headers)), NOW).reply
    assert reply.status == 200, reply
    body: bytes = reply.body
    return body


MOST = 8


def trimmed(case: Case) -> Case:
    """The case without what is not asked about: of long lists the rows that name what is, or both ends."""
    if case.body[:1] not in b"[{":
        return case
    names = [ask.name for ask in case.lookup_list if ask.name]
    tree = _trimmed(parsing.decode(case.body), [name for name in names if case.category in BATCHED])
    short = replace(case, body=render(tree).encode())
    return short if short.read(short.body).keys() == case.read(case.body).keys() else case


def _trimmed(value: Any, names: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _trimmed(one, names) for key, one in value.items()}
    if not isinstance(value, list) or len(value) <= MOST:
        return value
    stored = [row for name in names for row in [row for row in value if name in render(row)][:3]]
    return stored or value[: MOST // 2] + value[-MOST // 2 :]


WHOLE = 1000
"""So many candles or levels are all that a fake tells."""


def right(case: Case) -> dict[Any, Any]:
    """What may be read, by item: all of it, whatever number was asked for."""
    result = case.read(case.body)
    item = case.lookup_list[0].item
    if isinstance(item, CandleQuery | OrderBookQuery):
        wide = replace(item, limit=WHOLE) if isinstance(item, CandleQuery) else replace(item, levels=WHOLE)
        (value,) = replace(case, lookup_list=[Lookup(wide, case.lookup_list[0].name)]).read(case.body).values()
        return {item: value}
    return result


def is_within(found: Any, right: Any) -> bool:
    """Whether what was read says nothing but what is right: less, perhaps, and nothing else."""
    if found is None or found == right:
        return True
    if is_dataclass(found) and type(found) is type(right):
        return all(
            is_within(getattr(found, one.name), getattr(right, one.name)) or _stands_in(one.name, found, right)
            for one in fields(found)
        )
    if isinstance(found, tuple) and isinstance(right, tuple):
        return all(any(is_within(one, other) for other in right) for one in found)
    return False


def _stands_in(name: str, found: Any, right: Any) -> bool:
    """What may be said in place of a member that is not there, by the rules of its kind."""
    value = getattr(found, name)
    if name in ("name", "symbol"):  # a row without one is called by its id
        return value.lower() == found.id.lower()
    if name in ("contracts", "is_token"):  # a coin that is on no platform has a chain of its own
        return (found.contracts, found.is_token) == ((), False)
    if name == "publisher":  # an article whose writer has no name is told by the writer's id
        return value.lower() == getattr(right, name).lower()
    if name == "rank" and isinstance(found, Topic):  # a place in the list as it came
        return 1 <= value <= right.rank
    if name == "as_of":  # whole seconds where the finer time is missing, the oldest row's of a list
        return right.as_of is not None and timedelta(0) <= right.as_of - value < timedelta(seconds=1)
    return False
