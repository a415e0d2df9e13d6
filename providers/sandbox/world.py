"""State of the running sandbox: market, faults, usage counters and log, without sockets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from providers.sandbox import faults
from providers.sandbox.coins import Coin
from providers.sandbox.fakes import FAKES
from providers.sandbox.fakes.base import Fake, Names
from providers.sandbox.faults import Armed, Fault, Kind, Plan
from providers.sandbox.http1 import HTML, Call, Reply
from providers.sandbox.journal import Entry, Journal
from providers.sandbox.market import Market
from providers.sandbox.view import Meter, View

EVERYONE = "*"
HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>\n"
    b"<body><h1>Checking your browser</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint of a provider."""

    provider: str
    n: int


@dataclass(slots=True)
class CallResult:
    """Result of a call: the answer (None if there is none), the faults applied, and the log entry."""

    reply: Reply | None
    plan: Plan = field(default_factory=Plan)
    entry: Entry | None = None


ADDRESSES = tuple(Address(slug, n) for slug, fake in FAKES.items() for n in range(fake.endpoints))


class SandboxState:
    """State of the sandbox, used by one thread."""

    def __init__(self, seed: int, coins: tuple[Coin, ...]) -> None:
        self.seed = seed
        self.market = Market(seed, coins)
        self.names: dict[str, Names] = {slug: fake.listing(coins) for slug, fake in FAKES.items()}
        self.journal = Journal()
        self._faults: dict[tuple[str, int | None], list[Armed]] = {}
        self._meters: dict[str, tuple[int, int]] = {}

    # Faults

    def arm(self, slug: str, n: int | None, described: list[Fault]) -> list[Armed]:
        """Set the faults of a provider, an endpoint, or all, replacing those set before."""
        scope = slug if n is None else f"{slug}/{n}"
        self._faults[slug, n] = [Armed(fault, scope) for fault in described]
        return self._faults[slug, n]

    def disarm(self, slug: str | None = None, n: int | None = None) -> None:
        """Remove the faults of an endpoint, of a provider with all its endpoints, or all."""
        gone = [key for key in self._faults if slug in (None, key[0]) and n in (None, key[1])]
        for key in gone:
            del self._faults[key]

    def armed(self) -> list[Armed]:
        """Faults that are set."""
        return [armed_fault for those in self._faults.values() for armed_fault in those]

    def faults_of(self, address: Address) -> Iterator[Armed]:
        """Faults of an endpoint, narrowest scope first."""
        for key in ((address.provider, address.n), (address.provider, None), (EVERYONE, None)):
            yield from self._faults.get(key, ())

    def listener(self, address: Address, now: float) -> str:
        """State of an endpoint's port: "open", "refuse" or "connect" (connecting hangs)."""
        for armed_fault in self.faults_of(address):
            if armed_fault.fault.listener and armed_fault.fault.active(now):
                return "refuse" if armed_fault.fault.kind is Kind.REFUSE else "connect"
        return "open"

    def next_change(self, now: float) -> float:
        """Time of the next scheduled change of a port."""
        times = (armed_fault.fault.next_change(now) for armed_fault in self.armed() if armed_fault.fault.listener)
        return min(times, default=math.inf)

    # Calls

    def on_connect(self, address: Address, now: float) -> CallResult | None:
        """Apply faults at accept; None if the connection may proceed."""
        for armed_fault in self.faults_of(address):
            if armed_fault.fault.at == "accept" and armed_fault.fires(now, armed_fault.fault.path):
                entry = self.journal.add(now, address.provider, address.n, "", "")
                entry.outcome = armed_fault.fault.kind.value
                return CallResult(None, Plan(ending=armed_fault.fault), entry)
        return None

    def answer(self, address: Address, call: Call, now: float) -> CallResult:
        """Answer a call: log it, apply the faults, and call the provider's fake."""
        fake = FAKES[address.provider]
        entry = self.journal.add(now, address.provider, address.n, call.method, call.target)
        entry.caller = call.headers.get("user-agent", "")
        weight = fake.weigh(call)
        plan = faults.plan(list(self.faults_of(address)), now, call.path, weight)
        view = self._view(address.provider, fake, plan, self._meter(address.provider, fake, plan, weight, now), now)
        reply = self._reply(fake, call, view, plan, now)
        entry.outcome = plan.outcome
        entry.status = reply.status if reply else None
        return CallResult(reply, plan, entry)

    def _meter(self, slug: str, fake: Fake, plan: Plan, weight: int, now: float) -> Meter:
        """Usage that the provider counts: of a quota fault if set, else of its own window."""
        if plan.quota:
            fault = plan.quota.fault
            return Meter(plan.quota.window_used, fault.calls, fault.window_s, plan.quota.left(now))
        window = int(now // fake.window)
        seen, used = self._meters.get(slug, (window, 0))
        used = weight + (used if seen == window else 0)
        self._meters[slug] = window, used
        return Meter(used, fake.limit, fake.window, (window + 1) * fake.window - now)

    def _view(self, slug: str, fake: Fake, plan: Plan, meter: Meter, now: float) -> View:
        at = now if plan.frozen_at is None else min(now, plan.frozen_at)
        stated_at = now if plan.time_moves else at
        if fake.refresh:
            at, stated_at = at - at % fake.refresh, stated_at - stated_at % fake.refresh
        return View(self.market, fake.lineage or slug, self.names[slug], stated_at, at, plan.factor, plan.wrong, meter)

    def _reply(self, fake: Fake, call: Call, view: View, plan: Plan, now: float) -> Reply | None:
        if plan.exceeded:
            wait = max(1, math.ceil(view.meter.left))
            return fake.mistake("rate_limited", view) if fake.limited == 200 else fake.refuse(429, view, wait)
        ending = plan.ending
        if ending is None or ending.kind in (Kind.DRIP, Kind.TRUNCATED):
            return fake.answer(call, view)
        if ending.kind is Kind.RESET:
            return fake.answer(call, view) if ending.at == "body" else None
        return _instead(ending, fake, call, view, now)


def _instead(ending: Fault, fake: Fake, call: Call, view: View, now: float) -> Reply | None:
    """Answer that a fault puts in place of the normal one."""
    match ending.kind:
        case Kind.STATUS:
            reply = fake.refuse(ending.status, replace(view, now=now), ending.retry_after)
            return reply if ending.body is None else replace(reply, body=ending.body.encode())
        case Kind.HTML200:
            return Reply(200, HTML_PAGE, HTML)
        case Kind.ERROR200:
            return fake.mistake(ending.error, view)
        case Kind.EMPTY:
            return replace(fake.answer(call, view), body=b"")
        case _:
            return None
