"""Where scenarios are played: the sandbox, the fleet, the database, and what was recorded there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill.fleet import Member, Order
from cryptohub.tools.drill.oracle import Truth
from cryptohub.tools.drill.records import PROBER, USERS, Attempt, Call, Evidence, Sample, Scope, Window, calls_from_log
from cryptohub.tools.drill.temp_database import scratch
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import read_coins
from providers.sandbox.market import Move
from providers.sandbox.server import CATALOGUE

BASE_MS = 10
"""What every healthy upstream takes."""
COINS = tuple(
    "bitcoin ethereum ripple solana dogecoin cardano stellar sui chainlink bitcoin-cash hedera-hashgraph "
    "avalanche-2 litecoin uniswap polkadot aave".split()
)
"""Coins that all the large venues know, so that the choice of a provider never depends on the coin."""
RATE = 20.0
SIX = frozenset(("binance", n) for n in range(6))
FIRST: Scope = frozenset({("binance", 0)})
AHEAD_S = 0.1
"""How far ahead a fault is set, so that it begins everywhere at once."""
FOR_EVER = 10**9
SETTLE_S = 0.4
"""After a load, for what is still under way to end and to be reported."""

Faults = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the parts of a scenario are, in seconds, and how many rounds a measurement has.

    ``retry`` is what a Retry-After says, ``dead`` how long everybody is down.
    """

    warm: float
    healthy: float
    fault: float
    after: float
    retry: int
    dead: float
    soak: float
    edits: int
    requests: int
    rounds: int
    simulated: int


FULL = Lengths(2, 5, 12, 8, 8, 20, 600, 100, 5000, 400, 200_000)
SHORT = Lengths(0.8, 1.2, 1.5, 2.2, 3, 3, 20, 5, 400, 60, 20_000)


class Stage:
    """Everything a scenario needs."""

    def __init__(self, sandbox: Sandbox, environment: Mapping[str, str], seed: int, lengths: Lengths) -> None:
        self.sandbox = sandbox
        self.seed = seed
        self.lengths = lengths
        self.truth = Truth(seed, read_coins(CATALOGUE.read_text(encoding="utf-8")))
        self._environment = environment
        self._places = {url.partition("://")[2]: place for place, url in sandbox.endpoints.items()}
        self._samples: list[Sample] = []
        self._attempts: list[Attempt] = []
        self._workers: list[Member] = []
        self.fixture_db = Member("drill fixture_db", environment, self._hear)
        self.prober = Member(PROBER, environment, self._hear)

    def open(self) -> None:
        """Start the processes, and make the database."""
        self.fixture_db.launch()
        self.prober.launch()
        self.start(1)
        urls = [(slug, n, url) for (slug, n), url in self.sandbox.endpoints.items()]
        self.fixture_db.do("prepare", urls=urls)

    def close(self) -> None:
        """End every process."""
        for member in (*self._workers, self.prober, self.fixture_db):
            member.leave()

    # -- people ------------------------------------------------------------------------------------------------------

    def start(self, count: int) -> list[Member]:
        """So many workers; those that are missing are started."""
        while len(self._workers) < count:
            worker = Member(f"{USERS} {len(self._workers) + 1}", self._environment, self._hear)
            self._workers.append(worker)
            worker.launch()
        return self._workers[:count]

    def _hear(self, kind: str, rows: list[dict[str, Any]]) -> None:
        if kind == "samples":
            self._samples += [Sample(**row) for row in rows]
            return
        for row in rows:
            provider, n = self._places[row.pop("host")]
            self._attempts.append(Attempt(provider=provider, n=n, **row))

    # -- acts --------------------------------------------------------------------------------------------------------

    def begin(
        self, workers: int = 1, *, cache_s: int = 0, mirrors: bool = True, probing: bool = True, known_ms: float = 0
    ) -> list[Member]:
        """A hub that has just been started: nothing learned, nothing broken, upstreams at their usual pace.

        ``known_ms``: it remembers that every upstream takes so long.
        """
        everyone = self.start(workers)
        for order in [member.begin("rest") for member in (*self._workers, self.prober)]:
            order.result()
        self.sandbox.reset()
        self.truth.released()
        self.fixture_db.do("restore", cache_s=cache_s, mirrors=mirrors)
        if known_ms:
            self.fixture_db.do("remember", ms=known_ms)
        self.heal(self.everybody())
        self._samples.clear()
        self._attempts.clear()
        for order in [member.begin("wake") for member in everyone]:
            order.result()
        if probing:
            self.prober.do("probe")
        return everyone

    @contextmanager
    def load(
        self, workers: Sequence[Member], rate: float = RATE, count: int = FOR_EVER, *, ending: bool = True
    ) -> Iterator[list[Order]]:
        """Requests at a fixed rate from each worker, until this is left; ``ending``: they live to end it."""
        start = time.time() + AHEAD_S
        orders = [
            worker.begin("load", coins=COINS, rate=rate, count=count, start_at=start + place / rate / len(workers))
            for place, worker in enumerate(workers)
        ]
        yield orders
        if not ending:
            return
        for worker in workers:
            worker.begin("halt")
        for order in orders:
            order.result()

    @staticmethod
    def wait(seconds: float) -> None:
        """Let time pass."""
        time.sleep(max(0.0, seconds))

    def until(self, moment: float) -> None:
        self.wait(moment - time.time())

    @staticmethod
    def until_true(asked: Callable[[], bool], within: float) -> bool:
        """Look again and again; whether it came true in time."""
        end = time.monotonic() + within
        while not asked():
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
        return True

    # -- faults ------------------------------------------------------------------------------------------------------

    def inject(self, scope: Scope, faults: Faults, seconds: float) -> Window:
        """Let endpoints fail for a time, on top of their usual pace: all from the same moment on, by the clock."""
        since = time.time() + AHEAD_S
        timed = [{**fault, "since": since, "until": since + seconds} for fault in faults]
        self._set(scope, timed)
        return Window(since, since + seconds)

    def heal(self, scope: Scope) -> None:
        """The usual pace again."""
        self._set(scope, ())

    def _set(self, scope: Scope, faults: Faults) -> None:
        for slug, n in sorted(scope):
            self.sandbox.faults(slug, [{"kind": "slow", "ms": BASE_MS}, *faults], n)

    def everybody(self) -> Scope:
        return frozenset(self.sandbox.endpoints)

    def steer(self, coin: str, factor: float, seconds: float) -> None:
        """Move a coin's market, and know of it."""
        said = self.sandbox.call("POST", f"/market/{coin}", {"factor": str(factor), "seconds": seconds})
        self.truth.moved(coin, Move(said["at"], None, factor, seconds))

    # -- evidence ----------------------------------------------------------------------------------------------------

    @property
    def samples(self) -> Sequence[Sample]:
        return self._samples

    @property
    def attempts(self) -> Sequence[Attempt]:
        return self._attempts

    def calls(self, since: int = 0) -> tuple[Call, ...]:
        """What the upstreams have seen after a number of their log."""
        return calls_from_log(self.sandbox.log(since=since))

    def evidence(self, healthy: Window, fault: Window, after: Window, scope: Scope, retry: float = 0) -> Evidence:
        """Everything so far, once what is under way has ended."""
        self.wait(SETTLE_S)
        for order in [worker.begin("flush") for worker in self._workers]:
            order.result()
        samples = tuple(self._samples)
        wrong = self.truth.wrong(samples)
        return Evidence(samples, tuple(self._attempts), self.calls(), healthy, fault, after, scope, wrong, retry)


@contextmanager
def opened(seed: int, lengths: Lengths) -> Iterator[Stage]:
    """A stage with its processes, all gone afterwards however the drill ends."""
    with scratch() as environment, Sandbox.start(seed=seed) as sandbox:
        stage = Stage(sandbox, environment, seed, lengths)
        try:
            stage.open()
            yield stage
        finally:
            stage.close()
