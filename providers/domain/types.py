"""The words the hub is built from: categories, outcomes, requests, answers. Pure values, no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

ANY_DOLLAR = "*"
"""A quote currency left open: the source's own US dollar or dollar stablecoin, named in the answer."""

DOLLARS = ("USD", "USDT", "USDC")
"""What ANY_DOLLAR may be answered in. They are different currencies: an answer names its own."""


class Category(StrEnum):
    """What a chain is for."""

    MARKET_PRICE = "MARKET_PRICE"
    MARKET_OHLCV = "MARKET_OHLCV"
    MARKET_VOLUME = "MARKET_VOLUME"
    MARKET_ORDERBOOK = "MARKET_ORDERBOOK"
    MARKET_METADATA = "MARKET_METADATA"
    NEWS = "NEWS"
    SENTIMENT = "SENTIMENT"
    AI_PREDICTION = "AI_PREDICTION"
    TECHNICAL = "TECHNICAL"
    SOCIAL = "SOCIAL"


class Strategy(StrEnum):
    """How a chain orders its healthy links."""

    PRIORITY = "priority"
    WEIGHTED = "weighted"
    FASTEST = "fastest"


class FailureScope(StrEnum):
    """The narrowest thing that explains an outcome, and so what it counts against."""

    NOBODY = "nobody"
    ENDPOINT = "endpoint"
    ENDPOINT_CATEGORY = "endpoint+category"
    PROVIDER = "provider"
    PROVIDER_CATEGORY = "provider+category"
    QUOTA_GROUP = "quota group"


class Outcome(StrEnum):
    """How one attempt ended. Callers act on these and on nothing finer."""

    OK = "ok"
    NOT_SUPPORTED = "not_supported"
    UNKNOWN_ASSET = "unknown_asset"
    BAD_REQUEST = "bad_request"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    GEO_BLOCKED = "geo_blocked"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    LOST_HEDGE = "lost_hedge"
    BROKEN = "broken"
    IMPLAUSIBLE = "implausible"

    @property
    def scope(self) -> FailureScope:
        """What this outcome counts against."""
        return _SCOPES[self]

    @property
    def parks(self) -> bool:
        """Whether its scope is left alone until a time, instead of feeding a breaker."""
        return self in _PARKING

    @property
    def trips(self) -> bool:
        """Whether it counts as a failure for its scope's breaker."""
        return self in _TRIPPING


_SCOPES = {
    Outcome.OK: FailureScope.NOBODY,
    Outcome.NOT_SUPPORTED: FailureScope.NOBODY,
    Outcome.UNKNOWN_ASSET: FailureScope.NOBODY,
    Outcome.BAD_REQUEST: FailureScope.NOBODY,
    Outcome.RATE_LIMITED: FailureScope.QUOTA_GROUP,
    Outcome.BANNED: FailureScope.QUOTA_GROUP,
    Outcome.GEO_BLOCKED: FailureScope.ENDPOINT,
    Outcome.UNAUTHORIZED: FailureScope.PROVIDER,
    Outcome.REFUSED: FailureScope.ENDPOINT,
    Outcome.RESET: FailureScope.ENDPOINT,
    Outcome.TIMEOUT: FailureScope.ENDPOINT,
    Outcome.LOST_HEDGE: FailureScope.ENDPOINT,
    Outcome.BROKEN: FailureScope.ENDPOINT_CATEGORY,
    Outcome.IMPLAUSIBLE: FailureScope.PROVIDER_CATEGORY,
}
_PARKING = frozenset({Outcome.RATE_LIMITED, Outcome.BANNED, Outcome.GEO_BLOCKED, Outcome.UNAUTHORIZED})
_TRIPPING = frozenset(
    {Outcome.REFUSED, Outcome.RESET, Outcome.TIMEOUT, Outcome.LOST_HEDGE, Outcome.BROKEN, Outcome.IMPLAUSIBLE}
)


class Failure(Exception):  # noqa: N818 - the field's word; an Error would be a bug of ours
    """An attempt that gave no answer.

    ``detail`` is for operators: short, and free of URLs, keys and exception text of other libraries.
    ``retry_at`` is the time the provider named (Retry-After, "banned until"), aware UTC, if it named one.
    """

    def __init__(self, outcome: Outcome, detail: str, retry_at: datetime | None = None) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_at = retry_at
        self.status: int | None = None
        """The HTTP status, where there was one; noted by whoever made the call."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, relative to an endpoint's base URL.

    ``path`` begins with a slash and is appended to the base URL; ``params`` keep their order.
    """

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whole: header names in lower case, the body undecoded, the time it was complete (aware UTC)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Item(Protocol):
    """One thing a query asks about; hashable. ``asset`` is our slug, or "" where no coin is meant."""

    @property
    def asset(self) -> str: ...

    @property
    def key(self) -> str:
        """Names the item in caches and records; unique within its category."""
        ...


I = TypeVar("I", bound=Item)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Instrument:
    """An asset priced in a quote currency, or in ANY_DOLLAR."""

    asset: str
    quote: str = ANY_DOLLAR

    @property
    def key(self) -> str:
        return f"{self.asset}/{self.quote}"


@dataclass(frozen=True, slots=True)
class Lookup(Generic[I]):
    """An item as one provider is asked for it: ``name`` is that provider's own name for the asset."""

    item: I
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A price of one asset.

    ``currency`` is what it is quoted in, said by the source, never assumed. ``change_24h`` is a percentage over a
    rolling 24 hours. ``volume_24h`` is in ``currency``; its scope is ``venue`` (one exchange) or ``market``.
    ``as_of`` is the source's own time. None means the source does not say.
    """

    asset: str
    currency: str
    price: Decimal
    change_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    volume_scope: str | None = None
    as_of: datetime | None = None


class Handler(Protocol[I, V]):
    """How one provider answers one category. Pure: builds and reads, never asks.

    ``max_items`` is how many items one request can carry.
    """

    @property
    def max_items(self) -> int: ...

    def accepts(self, lookup: Lookup[I]) -> bool:
        """Whether this provider can be asked for the item at all (its quote currency, its interval)."""
        ...

    def request(self, lookups: Sequence[Lookup[I]]) -> Request: ...

    def parse(self, lookups: Sequence[Lookup[I]], response: Response) -> dict[I, V]:
        """The values by item. An item that is absent is not known there. Raises Failure, and nothing else."""
        ...


INTERVALS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400, "1w": 604_800}
"""Candle lengths in seconds. Days begin at 00:00 UTC, weeks on Monday."""


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """The newest ``limit`` candles of an asset that open before ``end``; None means up to now, the forming one too."""

    asset: str
    quote: str = ANY_DOLLAR
    interval: str = "1h"
    limit: int = 100
    end: datetime | None = None

    @property
    def key(self) -> str:
        until = self.end.isoformat() if self.end else "now"
        return f"{self.asset}/{self.quote}|{self.interval}|{self.limit}|{until}"


@dataclass(frozen=True, slots=True)
class Candle:
    """``opens`` is when it begins. ``volume`` is in the asset, ``quote_volume`` in the currency; None where the source
    has none. ``closed`` is False for one that is still forming.
    """

    opens: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None = None
    quote_volume: Decimal | None = None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles of one asset, oldest first. Intervals without a trade may be missing: nothing is filled in."""

    asset: str
    currency: str
    interval: str
    candles: tuple[Candle, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderBookQuery:
    """The best ``levels`` of an asset's order book on each side."""

    asset: str
    quote: str = ANY_DOLLAR
    levels: int = 20

    @property
    def key(self) -> str:
        return f"{self.asset}/{self.quote}|{self.levels}"


@dataclass(frozen=True, slots=True)
class OrderBook:
    """One venue's book: (price, quantity of the asset), bids highest first, asks lowest first. Never merged."""

    asset: str
    currency: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """What was traded in the last 24 hours: ``base`` in the asset, ``quoted`` in the currency, on one venue or on the
    whole ``market``, as ``scope`` says. ``change_24h`` is the price's in percent, ``volume_change`` the volume's.
    """

    asset: str
    currency: str
    quoted: Decimal | None
    base: Decimal | None
    scope: str
    trades: int | None = None
    change_24h: Decimal | None = None
    as_of: datetime | None = None
    volume_change: Decimal | None = None


class KeyUse(StrEnum):
    """What an API key is to a provider."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Budget:
    """A provider's published limit: ``calls`` (or weight) in ``seconds``."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its limit a provider says was used: a fraction of 1, over a window of ``seconds``."""

    fraction: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What a venue lists: its own ``name`` of the pair, both sides as it is asked for them, and whether it is traded
    now.
    """

    name: str
    base: str
    quote: str
    tradable: bool


class PairList(Protocol):
    """A venue's own list of what it trades."""

    def request(self) -> Request: ...

    def parse(self, response: Response) -> tuple[Pair, ...]:
        """All of it. Raises Failure."""
        ...

    def spelled(self, name: str) -> str:
        """A coin's name at this venue as the list has it: some have two."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider says of one of its limits: ``made`` calls in a window of ``seconds``, and ``left`` to make."""

    seconds: float
    made: int
    left: int

    @property
    def fraction(self) -> float:
        """How much of it is used, of 1. Calls neither made nor left are no limit that could be used up."""
        return self.made / (self.made + self.left) if self.made + self.left else 0.0


class Meter(Protocol):
    """A provider's own route that tells how much of a key's limits is left, where its answers' headers do not."""

    def request(self) -> Request: ...

    def parse(self, response: Response) -> tuple[Allowance, ...]:
        """Every limit, the shortest window first. Raises Failure."""
        ...


def _no_key(request: Request, key: str) -> Request:
    return request


def _no_usage(headers: Mapping[str, str]) -> Usage | None:
    return None


class Authorize(Protocol):
    def __call__(self, request: Request, key: str, /) -> Request: ...


class ReadUsage(Protocol):
    def __call__(self, headers: Mapping[str, str], /) -> Usage | None: ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """A provider's meaning in code: its handlers by category, how it takes a key, how it counts calls."""

    handlers: Mapping[Category, Handler[Any, Any]]
    key_use: KeyUse = KeyUse.NONE
    authorize: Authorize = _no_key
    budget: Budget = field(default=Budget(60, 60.0))
    usage: ReadUsage = _no_usage
    meter: Meter | None = None
    pairs: PairList | None = None
