"""Commands of a worker process: serve load, probe, edit the database, measure itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from cryptohub.tools.drill import fixture_db, overhead_bench
from cryptohub.tools.drill.load import Load, Report
from cryptohub.tools.drill.sql import SqlCount
from markets.assets import registry
from markets.tasks import TERM, TURN_S, ProberTurns
from providers.background import leased_loop
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.engine.decide import engine
from providers.engine.explain import explain
from providers.engine.query import Query
from providers.state import runtime
from providers.state.snapshot import PROBER_LEASE

DAY_S = 86_400.0


class Commands:
    """Commands of one process; ``name`` is its user agent and its name in reports."""

    def __init__(self, name: str, report: Report) -> None:
        self._load = Load(name, report)
        self._sql = SqlCount()
        self._stop_load = threading.Event()
        self._stop_probing = threading.Event()
        self._probing: threading.Thread | None = None
        self._shipped: dict[type[Any], list[dict[str, Any]]] = {}

    def table(self) -> dict[str, Callable[..., Any]]:
        """Commands by name."""
        return {
            "wake": self.wake,
            "rest": self.rest,
            "load": self.load,
            "halt": self._stop_load.set,
            "crowd": self._load.crowd,
            "flush": self._load.flush,
            "first": self.first,
            "probe": self.probe,
            "statements": lambda rounds, seconds: overhead_bench.statements(self._sql, rounds, seconds),
            "overhead": overhead_bench.overhead,
            "own_work": overhead_bench.own_work,
            "prepare": self.prepare,
            "restore": lambda cache_s, mirrors: fixture_db.restore(self._shipped, cache_s, mirrors),
            "remember": fixture_db.set_latencies,
            "order": fixture_db.reorder,
            "switch": fixture_db.switch_link,
            "weigh": fixture_db.set_weights,
            "peers": fixture_db.assets_with_peers,
        }

    def wake(self) -> None:
        """Start like a new server: load the snapshot, then follow changes."""
        registry.reset()
        runtime.reset().start()
        registry.top(1)
        engine()

    def rest(self) -> None:
        """Stop all threads and write pending records to the database."""
        self._stop_load.set()
        self._stop_probing.set()
        if self._probing is not None:
            self._probing.join(10)
            self._probing = None
        runtime.runtime().stop()

    def stop(self) -> None:
        """Stop cleanly: release the lease and write the counters."""
        self.rest()

    def load(self, coins: Sequence[str], rate: float, count: int, start_at: float) -> int:
        """Run requests until stopped; returns their number."""
        self._stop_load.clear()
        return self._load.run(coins, rate, count, start_at, self._stop_load)

    def first(self, coin: str) -> str | None:
        """Host of the first candidate at present."""
        steps = explain(engine(), Query(Category.MARKET_PRICE, (Instrument(coin),), registry.provider_names))
        return next((step.host for step in steps if step.place == 1), None)

    def probe(self) -> None:
        """Run the prober under its lease, like the queue's task, until stopped."""
        self.wake()
        self._stop_probing.clear()
        turns = ProberTurns(engine())
        shell = leased_loop.LoopEnvironment(stopping=self._stop_probing.is_set)
        self._probing = threading.Thread(
            target=lambda: leased_loop.run(
                PROBER_LEASE, turns.take, every_s=TURN_S, duration_s=DAY_S, term=TERM, environment=shell
            ),
            name="prober",
            daemon=True,
        )
        self._probing.start()

    def prepare(self, urls: Sequence[tuple[str, int, str]]) -> None:
        """Create and fill the database."""
        fixture_db.prepare(urls)
        self._shipped = fixture_db.shipped()
