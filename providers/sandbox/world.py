"""The running sandbox's state: the market, the faults that are set, the meters and the log; no sockets."""

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
    """One endpoint of a provider."""

    provider: str
    n: int


@dataclass(slots=True)
class Verdict:
    """What becomes of a call: the answer (None for none at all), what the faults say, and its entry in the log."""

    reply: Reply | None
    plan: Plan = field(default_factory=Plan)
    entry: Entry | None = None


ADDRESSES = tuple(Address(slug, n) for slug, fake in FAKES.items() for n in range(fake.endpoints))


class World:
    """Everything the sandbox knows. One thread uses it."""

    def __init__(self, seed: int, coins: tuple[Coin, ...]) -> None:
        self.seed = seed
        self.market = Market(seed, coins)
        self.names: dict[str, Names] = {slug: fake.listing(coins) for slug, fake in FAKES.items()}
        self.journal = Journal()
        self._faults: dict[tuple[str, int | None], list[Armed]] = {}
        self._meters: dict[str, tuple[int, int]] = {}

    # Faults

    def arm(self, slug: str, n: int | None, described: list[Fault]) -> list[Armed]:
        """Set the faults of a provider, of one endpoint, or of everyone, in place of those set there before."""
        scope = slug if n is None else f"{slug}/{n}"
        self._faults[slug, n] = [Armed(fault, scope) for fault in described]
        return self._faults[slug, n]

    def disarm(self, slug: str | None = None, n: int | None = None) -> None:
        """Lift the faults of an endpoint, of a provider with all its endpoints, or all."""
        gone = [key for key in self._faults if slug in (None, key[0]) and n in (None, key[1])]
        for key in gone:
            del self._faults[key]

    def armed(self) -> list[Armed]:
        return [one for those in self._faults.values() for one in those]

    def faults_of(self, address: Address) -> Iterator[Armed]:
        """The faults that concern an endpoint, the narrowest first."""
        for key in ((address.provider, address.n), (address.provider, None), (EVERYONE, None)):
            yield from self._faults.get(key, ())

    def listener(self, address: Address, now: float) -> str:
        """How an endpoint's port is to be: "open", "refuse" or "connect" (connecting hangs)."""
        for one in self.faults_of(address):
            if one.fault.listener and one.fault.active(now):
                return "refuse" if one.fault.kind is Kind.REFUSE else "connect"
        return "open"

    def next_change(self, now: float) -> float:
        """When an endpoint's port may have to change next by itself."""
        times = (one.fault.next_change(now) for one in self.armed() if one.fault.listener)
        return min(times, default=math.inf)

    # Calls

    def greet(self, address: Address, now: float) -> Verdict | None:
        """What becomes of a connection before anything was read; None when it is welcome."""
        for one in self.faults_of(address):
            if one.fault.at == "accept" and one.fires(now, one.fault.path):
                entry = self.journal.add(now, address.provider, address.n, "", "")
                entry.outcome = one.fault.kind.value
                return Verdict(None, Plan(ending=one.fault), entry)
        return None

    def answer(self, address: Address, call: Call, now: float) -> Verdict:
        """What becomes of a call: written to the log, struck by the faults, answered by the provider's fake."""
        fake = FAKES[address.provider]
        entry = self.journal.add(now, address.provider, address.n, call.method, call.target)
        entry.caller = call.headers.get("user-agent", "")
        weight = fake.weigh(call)
        plan = faults.plan(list(self.faults_of(address)), now, call.path, weight)
        view = self._view(address.provider, fake, plan, self._meter(address.provider, fake, plan, weight, now), now)
        reply = self._reply(fake, call, view, plan, now)
        entry.outcome = plan.outcome
        entry.status = reply.status if reply else None
        return Verdict(reply, plan, entry)

    def _meter(self, slug: str, fake: Fake, plan: Plan, weight: int, now: float) -> Meter:
        """What the provider has counted: by a quota that is set, else by the clock's own windows."""
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
        said = now if plan.time_moves else at
        if fake.refresh:
            at, said = at - at % fake.refresh, said - said % fake.refresh
        return View(self.market, fake.lineage or slug, self.names[slug], said, at, plan.factor, plan.wrong, meter)

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
    """What is answered in place of the provider's normal answer."""
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
