"""Queue tasks: the loop that probes providers and compares peer prices, and the daily pruning of old records."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from django_q.models import Schedule
from django_q.tasks import async_task

from markets.assets import registry
from providers.background import leased_loop, queue_clock, standing_loop
from providers.background.probes import Items, Prober
from providers.background.quota_polling import QuotaPoller
from providers.background.reference_sweep import Sweeper
from providers.domain.categories import Category
from providers.domain.listings import DetailsQuery
from providers.domain.market_data import CandleQuery, Instrument, OrderBookQuery
from providers.domain.news import BuzzQuery, MoodQuery, NewsQuery
from providers.engine.decide import Engine, engine
from providers.models import LastKnown
from providers.state import record_buffer, runtime
from providers.state.snapshot import PROBER_LEASE

TURN_S = 1.0
TERM = timedelta(seconds=10)
"""Lease of the loop: long enough for a sweep that waits for a slow provider; a killed prober is replaced after it."""
USAGE_CHECK_S = 5.0
"""Seconds for which the categories in use are remembered."""
QUEUE_CHECK_S = 20.0
"""Seconds between two looks for tasks that wait for a time before the clock was set back."""
IN_USE = timedelta(minutes=10)
"""An asset requested within this time is in use, and its price is compared with a second source every minute."""
MAX_IN_USE = 100
PROBE_ITEMS: Items = {
    Category.MARKET_PRICE: [Instrument("bitcoin")],
    Category.MARKET_OHLCV: [CandleQuery("bitcoin", interval=interval, limit=2) for interval in ("1h", "4h")],
    Category.MARKET_VOLUME: [Instrument("bitcoin")],
    Category.MARKET_ORDERBOOK: [OrderBookQuery("bitcoin")],
    Category.NEWS: [NewsQuery()],
    Category.SENTIMENT: [MoodQuery()],
    Category.MARKET_METADATA: [DetailsQuery("bitcoin")],
    Category.SOCIAL: [BuzzQuery()],
}


def ensure_schedules() -> None:
    """Schedule the loop every minute and the pruning daily, and queue the loop now. Idempotent."""
    probing = {"func": "markets.tasks.probe", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
    Schedule.objects.update_or_create(name=PROBER_LEASE, defaults={**probing, "intended_date_kwarg": "due"})
    pruning = {"func": "markets.tasks.prune", "schedule_type": Schedule.DAILY, "repeats": -1}
    Schedule.objects.update_or_create(name="prune", defaults=pruning)
    async_task("markets.tasks.probe", due=datetime.now(UTC).isoformat(), group=PROBER_LEASE)  # type: ignore[no-untyped-call]  # django-q2 ships no types


def stand_by(stop: threading.Event) -> None:
    """Probe and sweep while this worker holds the lease, until ``stop`` is set."""
    runtime.start()
    standing_loop.run(PROBER_LEASE, ProberTurns(engine()).take, every_s=TURN_S, stop=stop)


def probe(due: str | None = None) -> int:
    """Run the loop until another process takes over its lease; return the number of turns.

    Only for a cluster started without `cryptohub.worker`, whose own loop does this otherwise.
    """
    if standing_loop.is_announced() or leased_loop.is_overdue(due, datetime.now(UTC)):
        return 0
    runtime.start()
    return leased_loop.run(PROBER_LEASE, ProberTurns(engine()).take, every_s=TURN_S, term=TERM)


class ProberTurns:
    """The work of the loop: probes, the reference sweep, and quota polling."""

    def __init__(self, engine: Engine) -> None:
        self._prober = Prober(engine, registry.provider_names, PROBE_ITEMS, _Usage().categories)
        self._sweeper = Sweeper(engine, registry.provider_names)
        self._quotas = QuotaPoller(engine)
        self._queue_checked_at = -QUEUE_CHECK_S

    def take(self) -> None:
        """Do one turn; each part decides what is due."""
        now = time.time()
        if time.monotonic() - self._queue_checked_at >= QUEUE_CHECK_S:
            self._queue_checked_at = time.monotonic()
            queue_clock.forget_future(datetime.fromtimestamp(now, UTC))
        self._prober.turn(now)
        self._sweeper.turn(in_use(datetime.fromtimestamp(now, UTC)), now)
        self._quotas.turn(now)


class _Usage:
    """The categories that users have asked for lately, read at most every ``USAGE_CHECK_S`` seconds."""

    def __init__(self) -> None:
        self._read_at = -USAGE_CHECK_S
        self._categories: frozenset[Category] = frozenset()

    def categories(self, now: float) -> frozenset[Category]:
        """Return the categories with a value fetched within IN_USE before ``now`` (unix seconds)."""
        if time.monotonic() - self._read_at >= USAGE_CHECK_S:
            self._read_at = time.monotonic()
            since = datetime.fromtimestamp(now, UTC) - IN_USE
            rows = LastKnown.objects.filter(fetched_at__gt=since).values_list("category", flat=True).distinct()
            self._categories = frozenset(Category(value) for value in rows if value in set(Category))
        return self._categories


def in_use(now: datetime) -> list[Instrument]:
    """Return the instruments whose prices were fetched lately, newest first."""
    rows = LastKnown.objects.filter(category=Category.MARKET_PRICE.value, fetched_at__gt=now - IN_USE)
    keys = rows.order_by("-fetched_at").values_list("key", flat=True)[:MAX_IN_USE]
    parts = (key.partition(":")[2].partition("/") for key in keys)
    return [Instrument(asset, quote) for asset, _, quote in parts]


def prune() -> dict[str, int]:
    """Delete expired decisions and quarantined values; return the number of each."""
    return record_buffer.prune()
