"""What a process of the drill's fleet can be told to do: serve, ask, probe, keep the database, measure itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from cryptohub.tools.drill import fixture_db, overhead_bench
from cryptohub.tools.drill.load import Load, Report
from cryptohub.tools.drill.sql import SqlCount
from markets.assets import registry
from markets.tasks import TERM, TURN_S, Turns
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
    """One process's commands. ``name`` is what it calls itself to upstreams and in its reports."""

    def __init__(self, name: str, report: Report) -> None:
        self._load = Load(name, report)
        self._sql = SqlCount()
        self._stop_load = threading.Event()
        self._stop_probing = threading.Event()
        self._probing: threading.Thread | None = None
        self._shipped: dict[type[Any], list[dict[str, Any]]] = {}

    def table(self) -> dict[str, Callable[..., Any]]:
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
            "remember": fixture_db.remember,
            "order": fixture_db.order,
            "switch": fixture_db.switch,
            "weigh": fixture_db.weigh,
            "peers": fixture_db.peers,
        }

    def wake(self) -> None:
        """Begin as a newly started server does: load everything, then follow."""
        registry.reset()
        runtime.reset().start()
        registry.top(1)
        engine()

    def rest(self) -> None:
        """Stop all there is, written to the database."""
        self._stop_load.set()
        self._stop_probing.set()
        if self._probing is not None:
            self._probing.join(10)
            self._probing = None
        runtime.runtime().stop()

    def leave(self) -> None:
        """End well: the lease is handed back, what was counted is written."""
        self.rest()

    def load(self, coins: Sequence[str], rate: float, count: int, start_at: float) -> int:
        self._stop_load.clear()
        return self._load.run(coins, rate, count, start_at, self._stop_load)

    def first(self, coin: str) -> str | None:
        """Whom this process would ask first now."""
        steps = explain(engine(), Query(Category.MARKET_PRICE, (Instrument(coin),), registry.provider_names))
        return next((step.host for step in steps if step.place == 1), None)

    def probe(self) -> None:
        """Take the prober's turns under its lease, as the queue's task does, until told to rest."""
        self.wake()
        self._stop_probing.clear()
        turns = Turns(engine())
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
        fixture_db.prepare(urls)
        self._shipped = fixture_db.shipped()
