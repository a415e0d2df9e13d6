"""The engine on a real database, in front of real HTTP: chains over the sandbox, several processes, who is blamed."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from markets.assets import registry
from markets.models import Asset, AssetAlias
from providers.adapters import ADAPTERS
from providers.background.probes import Prober, targets
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.outcomes import Outcome
from providers.engine import thread_pool
from providers.engine.decide import Engine, engine
from providers.engine.query import Answered, Query, Result
from providers.models import Chain, Cooldown, Endpoint, Health, Provider
from providers.sandbox.client import Sandbox
from providers.state import runtime
from providers.state.runtime import RuntimeState
from tests import timing, waiting
from tests.providers import engine_rows

PRICE = Category.MARKET_PRICE
BTC, ETH, SOL = Instrument("bitcoin"), Instrument("ethereum"), Instrument("solana")
COINS = list(
    csv.DictReader((Path(__file__).parents[2] / "markets/assets/asset_catalogue.csv").read_text().splitlines())
)


def names(provider: str) -> Mapping[str, str]:
    """Each provider's own names, by our slug; those nobody has verified are left out."""
    return {row["slug"]: row[provider] for row in COINS if row.get(provider) and not row[provider].endswith("?")}


class Road:
    """A hub under test: its chain, its processes, and the questions asked of it."""

    def __init__(self, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._patch = patch
        self.others: list[RuntimeState] = []
        self.calm = True

    def build(self, *slugs: str, calm: bool = True, **fields: Any) -> Chain:
        """Providers with all their endpoints in the sandbox, in a chain; and a process that has just begun.

        ``calm``: everybody is known to be slow, so that nobody is hedged because this machine is busy just now. If not,
        hedges come as early as they do in life.
        """
        self.calm = calm
        if not calm:
            timing.hedge_as_shipped(self._patch)
        chain = engine_rows.chain(*(self.provider(slug) for slug in slugs), **{"deadline_ms": 3000, **fields})
        self.restart()
        return chain

    def _made(self, held: Engine) -> Engine:
        if self.calm:
            endpoints = [end.id for one in held.state.current().providers.values() for end in one.endpoints]
            held.state.health.seed_latencies({f"endpoint:{pk}|{PRICE.value}": (60_000.0, 60_000.0) for pk in endpoints})
        return held

    def provider(self, slug: str) -> Provider:
        urls = [url for (owner, _), url in sorted(self.sandbox.endpoints.items()) if owner == slug]
        return engine_rows.provider(slug, *urls)

    def list_coins(self, many: int = 3) -> None:
        """The first coins of the shipped catalogue in the database, with each provider's own name for them."""
        for rank, row in enumerate(COINS[:many], 1):
            asset = Asset.objects.create(slug=row["slug"], symbol=row["symbol"], name=row["name"], rank=rank)
            known = {slug: row[slug] for slug in ADAPTERS if row.get(slug)}
            AssetAlias.objects.bulk_create(
                AssetAlias(asset=asset, provider=slug, name=own) for slug, own in known.items() if not own.endswith("?")
            )
        registry.reset()

    def restart(self) -> Engine:
        """What a restarted process knows is what is in the database."""
        runtime.reset()
        return self._made(self.engine)

    @property
    def engine(self) -> Engine:
        return engine()

    def another(self) -> Engine:
        """The engine of another process, which has read the tables just now."""
        other = RuntimeState()
        self.others.append(other)
        created = Engine(other)
        other.refresh()
        return self._made(created)

    def ask(self, *items: Instrument, by: Engine | None = None, **query: Any) -> Result:
        asked = items or (BTC,)
        return (by or self.engine).decide(Query(PRICE, asked, query.pop("names", names), **query))

    def right(self, result: Result, *items: Instrument) -> str:
        """Assert that these items are answered and right to 0.2 %; which providers said so."""
        for item in items or (BTC,):
            answer = result.answered[item]
            fair = self.sandbox.price(item.asset, answer.value.currency, at=_time_of(answer))
            assert abs(answer.value.price / fair - 1) < Decimal("0.002"), (answer, fair)
        return ",".join(sorted({result.answered[item].provider for item in items or (BTC,)}))

    def probe(self, by: Engine | None = None) -> dict[str, Outcome]:
        """Probe all that may be probed, one after another; how each host was."""
        held = by or self.engine
        held.state.refresh()
        prober = Prober(held, names, {PRICE: [BTC]})
        found = list(targets(held.state.current(), {PRICE: [BTC]}, held, time.time()))
        return {f"{target.link.provider.slug}/{place}": prober.probe(target) for place, target in enumerate(found)}

    def finish_pending(self) -> None:
        """Wait for what goes on behind, and have all that was counted written."""
        assert waiting.until(lambda: thread_pool.pool.busy == 0, 20)
        for held in (runtime.runtime(), *self.others):
            held.writer.flush()

    def blamed(self) -> set[str]:
        """The scopes that have failed or are parked, in words: ``binance/0``, ``binance``, ``group:binance``."""
        self.finish_pending()
        keys = set(Health.objects.filter(last_failure_at__isnull=False).values_list("key", flat=True))
        return {self.words(key) for key in keys | set(Cooldown.objects.values_list("key", flat=True))}

    @staticmethod
    def words(key: str) -> str:
        scope, _, category = key.partition("|")
        kind, _, pk = scope.partition(":")
        if kind == "endpoint":
            endpoint = Endpoint.objects.select_related("provider").get(pk=pk)
            scope = f"{endpoint.provider.slug}/{endpoint.position}"
        elif kind == "provider":
            scope = Provider.objects.get(pk=pk).slug
        return f"{scope}|{category}" if category else scope

    def calls(self, provider: str | None = None) -> int:
        """How many calls have reached upstreams, as the upstreams themselves know it."""
        return len(self.sandbox.log(provider))


def _time_of(answer: Answered) -> float:
    return answer.fetched_at.timestamp()


def tried(result: Result) -> list[str]:
    """Who was asked, in order, and with which outcome."""
    return [f"{attempt.provider} {attempt.outcome}" for attempt in result.decision.attempts]


@pytest.fixture
def road(
    transactional_db: None, sandbox: Sandbox, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Road]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    settings.SHARED_FETCH = {
        "BACKEND": "providers.state.shared_fetch.HostSharedFetch",
        "LOCATION": str(tmp_path / "fleet"),
    }
    created = Road(sandbox, monkeypatch)
    yield created
    sandbox.clear()
    created.finish_pending()
    for other in created.others:
        other.stop()
    runtime.reset()
    registry.reset()
