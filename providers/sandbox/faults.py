"""Faults as values: their descriptions, and their effect on one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from random import Random
from typing import Any


class Kind(StrEnum):
    """The ways to fail. The first group ends a call, the second changes an answer that is still given."""

    REFUSE = "refuse"
    HANG = "hang"
    DRIP = "drip"
    RESET = "reset"
    STATUS = "status"
    HTML200 = "html200"
    ERROR200 = "error200"
    EMPTY = "empty"
    TRUNCATED = "truncated"

    SLOW = "slow"
    WRONG_PRICE = "wrong_price"
    FROZEN = "frozen"
    QUOTA = "quota"


class BadFaultError(ValueError):
    """A description that makes no fault; the text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault.

    When it applies: from ``since`` to ``until`` (unix times), within that only in the first part of each ``cycle``
    (seconds on, seconds off), to calls whose path begins with ``path``, with ``probability`` (reproducible with
    ``seed``), and ``count`` times at most. What the other options mean is said at ``OPTIONS``.
    """

    kind: Kind
    since: float
    until: float | None = None
    cycle: tuple[float, float] | None = None
    path: str = ""
    probability: float = 1.0
    seed: int = 0
    count: int | None = None
    at: str = ""
    ms: float = 1000.0
    jitter_ms: float = 0.0
    status: int = 500
    retry_after: int | None = None
    body: str | None = None
    error: str = "broken"
    cut: str = "length"
    factor: float = 1.0
    symbols: tuple[str, ...] = ()
    time: str = "stops"
    calls: int = 10
    window_s: float = 60.0
    used: int = 0

    def active(self, now: float) -> bool:
        """Tell if the fault is scheduled now, regardless of count and probability."""
        if now < self.since or (self.until is not None and now >= self.until):
            return False
        return self.cycle is None or (now - self.since) % sum(self.cycle) < self.cycle[0]

    def next_change(self, now: float) -> float:
        """Time at which ``active`` may change next; infinity if never."""
        times = [self.since, self.until or math.inf]
        if self.cycle:
            turns, into = divmod(now - self.since, sum(self.cycle))
            start = self.since + turns * sum(self.cycle)
            times += [start + self.cycle[0] if into < self.cycle[0] else start + sum(self.cycle)]
        return min((time for time in times if time > now), default=math.inf)

    @property
    def listener(self) -> bool:
        """True if the fault acts on the listening socket, before a connection."""
        return self.kind is Kind.REFUSE or (self.kind is Kind.HANG and self.at == "connect")


def _number(low: float = 0.0, high: float = math.inf) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise BadFaultError("is not a number")
        number = float(value)
        if not low <= number <= high:
            raise BadFaultError(f"is not between {low:g} and {high:g}")
        return number

    return read


def _integer(low: int, high: int = 10**9) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadFaultError(f"is not a whole number between {low} and {high}")
        return value

    return read


def _choice(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise BadFaultError(f"is not one of {', '.join(words)}")
        return str(value)

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadFaultError("is not a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BadFaultError("is not a list of texts")
    return tuple(value)


def _cycle(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadFaultError("is not [seconds on, seconds off]")
    return _number(0.01)(value[0]), _number(0.01)(value[1])


def _factor(value: Any) -> float:
    """Read any number, including zero, negatives and NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadFaultError("is not a number")
    return float(value)


Readers = Mapping[str, Callable[[Any], Any]]
TIMING: Readers = {"since": _number(), "until": _number(), "cycle": _cycle}
COMMON: Readers = {
    **TIMING,
    "path": _text,
    "probability": _number(0, 1),
    "seed": _integer(0),
    "count": _integer(1),
}
OPTIONS: Mapping[Kind, Readers] = {
    # The port is closed: connecting is refused by the kernel. No call is seen, so none is in the log.
    Kind.REFUSE: TIMING,
    # at: "request" reads the call and never answers; "accept" takes the connection and reads nothing;
    # "connect" lets the connection itself hang (nothing is seen, nothing is in the log).
    Kind.HANG: {**COMMON, "at": _choice("request", "accept", "connect")},
    # One byte every ms; at: from the "headers" on or only the "body".
    Kind.DRIP: {**COMMON, "at": _choice("body", "headers"), "ms": _number(1)},
    # at: when the connection is reset: at "accept", after the "request" was read, or within the "body".
    Kind.RESET: {**COMMON, "at": _choice("request", "accept", "body")},
    # An HTTP status with the provider's own body for it, or with body.
    Kind.STATUS: {**COMMON, "status": _integer(200, 599), "retry_after": _integer(0), "body": _text},
    Kind.HTML200: COMMON,
    # The provider's own error inside a 200; error: its "broken" or its "rate_limited" one.
    Kind.ERROR200: {**COMMON, "error": _choice("broken", "rate_limited")},
    Kind.EMPTY: COMMON,
    # cut: "length" promises more bytes than come, "json" cuts the text and states the right length.
    Kind.TRUNCATED: {**COMMON, "cut": _choice("length", "json")},
    # Late by ms, and by up to jitter_ms more.
    Kind.SLOW: {**COMMON, "ms": _number(0), "jitter_ms": _number(0)},
    # Every price times factor; of symbols only, where given.
    Kind.WRONG_PRICE: {**COMMON, "factor": _factor, "symbols": _texts},
    # Prices stay as they were at since; time: the stated time "stops" too or "moves" on.
    Kind.FROZEN: {**COMMON, "time": _choice("stops", "moves")},
    # After calls (in the provider's unit: weight for Binance) within window_s, the provider's own "too many
    # requests" with Retry-After to the window's end; used is what was used before. Counted over all the endpoints
    # the fault is set for.
    Kind.QUOTA: {**TIMING, "calls": _integer(0), "window_s": _number(0.1), "used": _integer(0)},
}
DEFAULT_AT = {Kind.HANG: "request", Kind.DRIP: "body", Kind.RESET: "request"}
SHORTHANDS = ("for_s", "after_s")


def read_fault(data: Mapping[str, Any], now: float) -> Fault:
    """Read a fault from JSON; ``after_s`` and ``for_s`` are ``since`` and ``until`` relative to now."""
    try:
        kind = Kind(data.get("kind", ""))
    except ValueError:
        raise BadFaultError(f"kind is not one of {', '.join(Kind)}") from None
    readers = OPTIONS[kind]
    unknown = set(data) - set(readers) - {"kind", *SHORTHANDS}
    if unknown:
        raise BadFaultError(f"{kind} has no option {', '.join(sorted(unknown))}")
    values = {name: _read(readers[name], name, value) for name, value in data.items() if name in readers}
    since = values.pop("since", now + _read(_number(), "after_s", data.get("after_s", 0)))
    if "for_s" in data:
        values.setdefault("until", since + _read(_number(), "for_s", data["for_s"]))
    fault = Fault(kind, since, **{"at": DEFAULT_AT.get(kind, ""), **values})
    if fault.listener and set(data) - set(TIMING) - {"kind", "at", *SHORTHANDS}:
        raise BadFaultError(f"{kind} at the listening socket takes no option but {', '.join((*TIMING, *SHORTHANDS))}")
    return fault


def _read(reader: Callable[[Any], Any], name: str, value: Any) -> Any:
    try:
        return reader(value)
    except ValueError as wrong:
        raise BadFaultError(f"{name} {wrong}") from None


@dataclass(slots=True)
class Armed:
    """A fault that is set, with its counters."""

    fault: Fault
    scope: str
    hits: int = 0
    window_start: float = -math.inf
    window_used: int = 0
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.fault.seed)  # noqa: S311 - reproducible on purpose, protects nothing

    def fires(self, now: float, path: str) -> bool:
        """Tell if the fault applies to a call now, and count the hit."""
        fault = self.fault
        if not fault.active(now) or not path.startswith(fault.path) or self.hits == fault.count:
            return False
        if fault.probability < 1 and self.random.random() >= fault.probability:
            return False
        self.hits += 1
        return True

    def spend(self, now: float, weight: int) -> bool:
        """Count a call against a quota; returns False if it is exceeded."""
        if now >= self.window_start + self.fault.window_s:
            self.window_used = self.fault.used if math.isinf(self.window_start) else 0
            self.window_start = now
        self.window_used += weight
        return self.window_used <= self.fault.calls

    def left(self, now: float) -> float:
        """Seconds until the end of a quota's window."""
        return max(0.0, self.window_start + self.fault.window_s - now)

    def describe(self) -> dict[str, Any]:
        """Description as JSON, with the number of hits."""
        values = {item.name: getattr(self.fault, item.name) for item in fields(self.fault)}
        options = {*OPTIONS[self.fault.kind], "kind", "since"}
        shown = {name: value for name, value in values.items() if name in options and value not in (None, ())}
        return {"scope": self.scope, **shown, "hits": self.hits}


@dataclass(slots=True)
class Plan:
    """Effect of the faults on one call; ``ending`` is the fault that ends it, None for an answer."""

    delay: float = 0.0
    factor: float = 1.0
    wrong: frozenset[str] | None = None
    frozen_at: float | None = None
    time_moves: bool = False
    ending: Fault | None = None
    quota: Armed | None = None
    exceeded: bool = False
    outcome: str = "ok"


def plan(armed: Sequence[Armed], now: float, path: str, weight: int) -> Plan:
    """Apply the faults to a call in order, until one ends it."""
    plan_so_far = Plan()
    for armed_fault in armed:
        if armed_fault.fault.listener and armed_fault.fault.kind is Kind.REFUSE:
            continue
        if not armed_fault.fires(now, path):
            continue
        _apply(armed_fault, plan_so_far, now, weight)
        if plan_so_far.ending or plan_so_far.exceeded:
            break
    return plan_so_far


def _apply(armed_fault: Armed, plan_so_far: Plan, now: float, weight: int) -> None:
    fault = armed_fault.fault
    if fault.kind is Kind.QUOTA:
        plan_so_far.quota = armed_fault
        plan_so_far.exceeded = not armed_fault.spend(now, weight)
        if not plan_so_far.exceeded:
            return
    elif fault.kind is Kind.SLOW:
        plan_so_far.delay += (fault.ms + armed_fault.random.random() * fault.jitter_ms) / 1000
    elif fault.kind is Kind.WRONG_PRICE:
        plan_so_far.factor, plan_so_far.wrong = fault.factor, frozenset(fault.symbols) or None
    elif fault.kind is Kind.FROZEN:
        plan_so_far.frozen_at, plan_so_far.time_moves = fault.since, fault.time == "moves"
    else:
        plan_so_far.ending = fault
    plan_so_far.outcome = fault.kind.value
