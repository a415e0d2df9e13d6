"""Test harness of the drill: the sandbox, the worker processes, the database, and the recorded evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill.fleet import PendingCommand, WorkerProcess
from cryptohub.tools.drill.oracle import PriceOracle
from cryptohub.tools.drill.records import (
    PROBER,
    USERS,
    Attempt,
    Call,
    Endpoints,
    Evidence,
    Sample,
    Window,
    calls_from_log,
)
from cryptohub.tools.drill.temp_database import scratch
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import read_coins
from providers.sandbox.market import Move
from providers.sandbox.server import CATALOGUE

BASE_MS = 10
"""Response time of every healthy upstream, in milliseconds."""
COINS = tuple(
    "bitcoin ethereum ripple solana dogecoin cardano stellar sui chainlink bitcoin-cash hedera-hashgraph "
    "avalanche-2 litecoin uniswap polkadot aave".split()
)
"""Coins listed at all large venues, so that the choice of a provider never depends on the coin."""
RATE = 20.0
BINANCE_HOSTS = frozenset(("binance", n) for n in range(6))
FIRST_HOST: Endpoints = frozenset({("binance", 0)})
FAULT_LEAD_S = 0.1
"""Seconds between setting a fault and its start, so that it begins everywhere at once."""
UNLIMITED = 10**9
SETTLE_S = 0.4
"""Seconds after a load for requests in flight to end and to be reported."""

Faults = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Lengths:
    """Durations of the parts of a scenario in seconds, and numbers of rounds of a measurement.

    ``retry`` is the value of Retry-After, ``dead`` the length of an outage of all providers:
    its first half suffices for three requests of the coin that only one provider of the chain is asked for.
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
SHORT = Lengths(0.8, 1.2, 1.5, 2.2, 3, 6, 20, 5, 400, 60, 20_000)


class Stage:
    """Processes, sandbox and records of one drill: everything a scenario uses."""

    def __init__(self, sandbox: Sandbox, environment: Mapping[str, str], seed: int, lengths: Lengths) -> None:
        self.sandbox = sandbox
        self.seed = seed
        self.lengths = lengths
        self.oracle = PriceOracle(seed, read_coins(CATALOGUE.read_text(encoding="utf-8")))
        self._environment = environment
        self._endpoints_by_host = {url.partition("://")[2]: place for place, url in sandbox.endpoints.items()}
        self._samples: list[Sample] = []
        self._attempts: list[Attempt] = []
        self._workers: list[WorkerProcess] = []
        self.fixture_db = WorkerProcess("drill fixture_db", environment, self._receive)
        self.prober = WorkerProcess(PROBER, environment, self._receive)

    def open(self) -> None:
        """Start the processes and create the database."""
        self.fixture_db.launch()
        self.prober.launch()
        self.start(1)
        urls = [(slug, n, url) for (slug, n), url in self.sandbox.endpoints.items()]
        self.fixture_db.do("prepare", urls=urls)

    def close(self) -> None:
        """Stop every process."""
        for member in (*self._workers, self.prober, self.fixture_db):
            member.stop()

    # -- processes -----------------------------------------------------------------------------------------------------

    def start(self, count: int) -> list[WorkerProcess]:
        """Return ``count`` workers; missing ones are started."""
        while len(self._workers) < count:
            worker = WorkerProcess(f"{USERS} {len(self._workers) + 1}", self._environment, self._receive)
            self._workers.append(worker)
            worker.launch()
        return self._workers[:count]

    def _receive(self, kind: str, rows: list[dict[str, Any]]) -> None:
        if kind == "samples":
            self._samples += [Sample(**row) for row in rows]
            return
        for row in rows:
            provider, n = self._endpoints_by_host[row.pop("host")]
            self._attempts.append(Attempt(provider=provider, n=n, **row))

    # -- steps --------------------------------------------------------------------------------------------------------

    def begin(
        self, workers: int = 1, *, cache_s: int = 0, mirrors: bool = True, probing: bool = True, known_ms: float = 0
    ) -> list[WorkerProcess]:
        """Reset to a hub that has just been started: no learned state, no faults, upstreams at their usual pace.

        ``known_ms`` presets the latency of every endpoint.
        """
        everyone = self.start(workers)
        for order in [member.submit("rest") for member in (*self._workers, self.prober)]:
            order.result()
        self.sandbox.reset()
        self.oracle.clear_moves()
        self.fixture_db.do("restore", cache_s=cache_s, mirrors=mirrors)
        if known_ms:
            self.fixture_db.do("remember", ms=known_ms)
        self.heal(self.all_endpoints())
        self._samples.clear()
        self._attempts.clear()
        for order in [member.submit("wake") for member in everyone]:
            order.result()
        if probing:
            self.prober.do("probe")
        return everyone

    @contextmanager
    def load(
        self, workers: Sequence[WorkerProcess], rate: float = RATE, count: int = UNLIMITED, *, ending: bool = True
    ) -> Iterator[list[PendingCommand]]:
        """Run requests at a fixed rate from each worker within the context.

        ``ending`` is False if the workers do not survive it.
        """
        start = time.time() + FAULT_LEAD_S
        orders = [
            worker.submit("load", coins=COINS, rate=rate, count=count, start_at=start + place / rate / len(workers))
            for place, worker in enumerate(workers)
        ]
        yield orders
        if not ending:
            return
        for worker in workers:
            worker.submit("halt")
        for order in orders:
            order.result()

    @staticmethod
    def wait(seconds: float) -> None:
        """Sleep for a number of seconds."""
        time.sleep(max(0.0, seconds))

    def wait_until(self, moment: float) -> None:
        """Sleep until a moment, in unix seconds."""
        self.wait(moment - time.time())

    @staticmethod
    def wait_for(condition: Callable[[], bool], within: float) -> bool:
        """Poll a condition every 10 ms; returns False if it is not met within ``within`` seconds."""
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
        return True

    # -- faults ------------------------------------------------------------------------------------------------------

    def inject(self, scope: Endpoints, faults: Faults, seconds: float) -> Window:
        """Inject faults at endpoints for a time, beginning at the same moment everywhere."""
        since = time.time() + FAULT_LEAD_S
        timed = [{**fault, "since": since, "until": since + seconds} for fault in faults]
        self._set(scope, timed)
        return Window(since, since + seconds)

    def heal(self, scope: Endpoints) -> None:
        """Restore the usual pace."""
        self._set(scope, ())

    def _set(self, scope: Endpoints, faults: Faults) -> None:
        for slug, n in sorted(scope):
            self.sandbox.faults(slug, [{"kind": "slow", "ms": BASE_MS}, *faults], n)

    def all_endpoints(self) -> Endpoints:
        """All endpoints of the sandbox."""
        return frozenset(self.sandbox.endpoints)

    def move_market(self, coin: str, factor: float, seconds: float) -> None:
        """Move a coin's market in the sandbox and in the oracle."""
        reply = self.sandbox.call("POST", f"/market/{coin}", {"factor": str(factor), "seconds": seconds})
        self.oracle.follow_move(coin, Move(reply["at"], None, factor, seconds))

    # -- evidence ----------------------------------------------------------------------------------------------------

    @property
    def samples(self) -> Sequence[Sample]:
        """User requests recorded so far."""
        return self._samples

    @property
    def attempts(self) -> Sequence[Attempt]:
        """Attempts reported by the workers so far."""
        return self._attempts

    def calls(self, since: int = 0) -> tuple[Call, ...]:
        """Calls in the sandbox's log after entry ``since``."""
        return calls_from_log(self.sandbox.log(since=since))

    def evidence(self, healthy: Window, fault: Window, after: Window, scope: Endpoints, retry: float = 0) -> Evidence:
        """Collect everything recorded, once requests in flight have ended."""
        self.wait(SETTLE_S)
        for order in [worker.submit("flush") for worker in self._workers]:
            order.result()
        samples = tuple(self._samples)
        wrong = self.oracle.wrong(samples)
        return Evidence(samples, tuple(self._attempts), self.calls(), healthy, fault, after, scope, wrong, retry)


@contextmanager
def open_stage(seed: int, lengths: Lengths) -> Iterator[Stage]:
    """Open a stage with its processes; all are stopped afterwards however the drill ends."""
    with scratch() as environment, Sandbox.start(seed=seed) as sandbox:
        stage = Stage(sandbox, environment, seed, lengths)
        try:
            stage.open()
            yield stage
        finally:
            stage.close()
