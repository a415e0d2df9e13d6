"""Contract between the engine and an adapter: requests, responses, lookups, handlers, limits. Pure.

An adapter builds requests and reads responses; the engine does all I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from providers.domain.categories import Category


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, relative to an endpoint's base URL.

    ``path`` begins with a slash and is appended to the base URL; ``params`` keep their order.
    """

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """Complete HTTP response: header names in lower case, body undecoded, ``received_at`` in aware UTC."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Item(Protocol):
    """A hashable unit of a query, e.g. an Instrument. ``asset`` is our slug, or "" where no coin is meant."""

    @property
    def asset(self) -> str:
        """Slug of the coin, or ""."""
        ...

    @property
    def key(self) -> str:
        """Identifier in caches and records; unique within its category."""
        ...


I = TypeVar("I", bound=Item)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Lookup(Generic[I]):
    """An item with one provider's own name for its asset."""

    item: I
    name: str


class Handler(Protocol[I, V]):
    """A provider's way to answer one category: builds the request and reads the response, without I/O.

    ``max_items`` is the number of items one request can carry.
    """

    @property
    def max_items(self) -> int:
        """Most items that one request can carry."""
        ...

    def accepts(self, lookup: Lookup[I]) -> bool:
        """Return True if the provider can answer the item at all (its quote currency, its interval)."""
        ...

    def request(self, lookups: Sequence[Lookup[I]]) -> Request:
        """Build the request for these lookups, at most ``max_items``."""
        ...

    def parse(self, lookups: Sequence[Lookup[I]], response: Response) -> dict[I, V]:
        """Read the values by item; an absent item is unknown to the provider. Raises Failure, and nothing else."""
        ...


class KeyUse(StrEnum):
    """Role of an API key at a provider."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Budget:
    """A provider's published rate limit: ``calls`` (or weight) per ``seconds``."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Used fraction (0 to 1) of a limit as the provider reports it, over a window of ``seconds``."""

    fraction: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A trading pair listed by a venue: its own ``name``, its names of both sides, and if it is traded now."""

    name: str
    base: str
    quote: str
    tradable: bool


class PairList(Protocol):
    """A venue's own list of trading pairs."""

    def request(self) -> Request:
        """Build the request for the list."""
        ...

    def parse(self, response: Response) -> tuple[Pair, ...]:
        """Read all pairs. Raises Failure."""
        ...

    def spelled(self, name: str) -> str:
        """Return the name that the list uses for a coin; some venues have two."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """State of one limit as the provider reports it: calls ``made`` and ``left`` in a window of ``seconds``."""

    seconds: float
    used: int
    remaining: int

    @property
    def fraction(self) -> float:
        """Used fraction, 0 to 1. A report of neither made nor remaining calls is no limit and counts as unused."""
        return self.used / (self.used + self.remaining) if self.used + self.remaining else 0.0


class Meter(Protocol):
    """A provider's route that reports a key's remaining limits, where its response headers do not."""

    def request(self) -> Request:
        """Build the request for the report."""
        ...

    def parse(self, response: Response) -> tuple[Allowance, ...]:
        """Read every limit, the shortest window first. Raises Failure."""
        ...


def _no_key(request: Request, key: str) -> Request:
    return request


def _no_usage(headers: Mapping[str, str]) -> Usage | None:
    return None


class Authorize(Protocol):
    """Function that adds an API key to a request."""

    def __call__(self, request: Request, key: str, /) -> Request:
        """Return the request with the key added."""
        ...


class ReadUsage(Protocol):
    """Function that reads the used share of the limit from response headers (names in lower case)."""

    def __call__(self, headers: Mapping[str, str], /) -> Usage | None:
        """Return the used share, or None if the headers have none."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """Code for one upstream API: handlers by category, key handling, rate limit and its reporting, pair list."""

    handlers: Mapping[Category, Handler[Any, Any]]
    key_use: KeyUse = KeyUse.NONE
    authorize: Authorize = _no_key
    budget: Budget = field(default=Budget(60, 60.0))
    usage: ReadUsage = _no_usage
    meter: Meter | None = None
    pairs: PairList | None = None
