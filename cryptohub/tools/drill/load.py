"""Open-loop load: requests at a fixed rate whatever becomes of them, each in a thread of its own, through the feeds."""

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
"""Takes a kind of row and rows of it."""


class Load:
    """One stretch of load. Samples and attempts are reported as they come, not at the end: a worker may be killed."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._samples: deque[dict[str, Any]] = deque()
        self._seen = ""

    def run(self, coins: Sequence[str], rate: float, count: int, start_at: float, stop: Event) -> int:
        """Ask for one coin after the other until told to stop; returns how many requests were made."""
        items = [Instrument(coin) for coin in coins]
        made = 0
        reported = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            for number in range(count):
                due = start_at + number / rate
                if stop.wait(max(0.0, due - time.time())):
                    break
                pool.submit(self._ask, items[number % len(items)], due)
                made += 1
                if time.monotonic() - reported >= REPORT_S:
                    self.flush()
                    reported = time.monotonic()
        self.flush()
        return made

    def crowd(self, coin: str, clients: int, at: float) -> None:
        """Ask for one coin from many threads at the same moment."""
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
        except Exception as error:  # noqa: BLE001  # whatever a user would have been shown as an error is counted
            ms = (time.time() - due) * 1000
            self._samples.append(
                {"worker": self._name, "at": due, "ms": ms, "coin": item.asset, "missing": f"error: {error!r}"}
            )

    def _sample(self, item: Instrument, due: float, said: queries.Prices) -> dict[str, Any]:
        sample = {"worker": self._name, "at": due, "ms": (time.time() - due) * 1000, "coin": item.asset}
        sample["decision"] = said.meta.decision or ""
        row = said.rows.get(item)
        if row is None:
            return sample | {"missing": said.missing[item].code}
        return sample | {
            "source": row.source,
            "currency": row.quote.currency,
            "price": str(row.quote.price),
            "fetched_at": row.fetched_at.timestamp(),
            "stale": row.stale,
        }

    def flush(self) -> None:
        """Report what has come since the last time."""
        samples = [self._samples.popleft() for _ in range(len(self._samples))]
        if samples:
            self._report("samples", samples)
        decisions = self._new_decisions()
        attempts = [row for decision in decisions for row in self._attempts(decision)]
        if attempts:
            self._report("attempts", attempts)

    def _new_decisions(self) -> list[Decision]:
        """The engine's newest decisions, back to the one that was reported last."""
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
