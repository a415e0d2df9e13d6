"""Open-loop load: requests at a fixed rate regardless of their results, each in its own thread, through the feeds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from markets.feeds import queries
from providers.domain.market_data import Instrument
from providers.engine.decide import engine
from providers.resilience.decision import Decision

THREADS = 96
REPORT_S = 0.2

Report = Callable[[str, list[dict[str, Any]]], None]
"""Receiver of reports: kind of rows, and the rows."""


class Load:
    """Load generator. Samples and attempts are reported as they come, since a worker may be killed."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._samples: deque[dict[str, Any]] = deque()
        self._seen = ""

    def run(self, coins: Sequence[str], rate: float, count: int, start_at: float, stop: Event) -> int:
        """Request one coin after the other until stopped; returns the number of requests."""
        items = [Instrument(coin) for coin in coins]
        submitted = 0
        reported = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            for number in range(count):
                due = start_at + number / rate
                if stop.wait(max(0.0, due - time.time())):
                    break
                pool.submit(self._ask, items[number % len(items)], due)
                submitted += 1
                if time.monotonic() - reported >= REPORT_S:
                    self.flush()
                    reported = time.monotonic()
        self.flush()
        return submitted

    def crowd(self, coin: str, clients: int, at: float) -> None:
        """Request one coin from many threads at the same moment."""
        barrier = Barrier(clients)

        def client() -> None:
            barrier.wait(10)
            time.sleep(max(0.0, at - time.time()))
            self._ask(Instrument(coin), at)

        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(client) for _ in range(clients)]:
                done.result()
        self.flush()

    def _ask(self, item: Instrument, due: float) -> None:
        try:
            self._samples.append(self._sample(item, due, queries.prices([item])))
        except Exception as error:  # noqa: BLE001  # every error a user would see is counted
            ms = (time.time() - due) * 1000
            self._samples.append(
                {"worker": self._name, "at": due, "ms": ms, "coin": item.asset, "missing": f"error: {error!r}"}
            )

    def _sample(self, item: Instrument, due: float, prices: queries.Prices) -> dict[str, Any]:
        sample = {"worker": self._name, "at": due, "ms": (time.time() - due) * 1000, "coin": item.asset}
        sample["decision"] = prices.meta.decision or ""
        row = prices.rows.get(item)
        if row is None:
            return sample | {"missing": prices.missing[item].code}
        return sample | {
            "source": row.source,
            "currency": row.quote.currency,
            "price": str(row.quote.price),
            "fetched_at": row.fetched_at.timestamp(),
            "stale": row.stale,
        }

    def flush(self) -> None:
        """Report samples and attempts since the last call."""
        samples = [self._samples.popleft() for _ in range(len(self._samples))]
        if samples:
            self._report("samples", samples)
        decisions = self._new_decisions()
        attempts = [row for decision in decisions for row in self._attempts(decision)]
        if attempts:
            self._report("attempts", attempts)

    def _new_decisions(self) -> list[Decision]:
        """Decisions of the engine since the last report, newest first."""
        new: list[Decision] = []
        for decision in reversed(engine().recent.copy()):
            if decision.id == self._seen:
                break
            new.append(decision)
        if new:
            self._seen = new[0].id
        return new

    def _attempts(self, decision: Decision) -> list[dict[str, Any]]:
        return [
            {
                "worker": self._name,
                "decision": decision.id,
                "host": attempt.host,
                "at": decision.made_at + attempt.at_ms / 1000,
                "ms": attempt.ms,
                "outcome": attempt.outcome,
                "why": attempt.why,
            }
            for attempt in decision.attempts
        ]
