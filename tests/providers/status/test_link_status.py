"""The status of links and endpoints, for every state they can be in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.adapters import ADAPTERS
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.outcomes import Outcome
from providers.resilience.breaker import Breaker
from providers.resilience.quota import CooldownPeriod
from providers.status.link_status import HealthFacts, LinkStatus, ScopeCounters, Status, chain_status

NOW = 1_000_000.0
USED = ScopeCounters(requests=10, successes=10)


def provider(slug: str, pk: int, *endpoints: int, **more: Any) -> ProviderConf:
    mirrors = tuple(EndpointConf(number, f"https://{number}.example", f"{number}.example") for number in endpoints)
    return ProviderConf(pk, slug, slug.title(), slug, slug, endpoints=mirrors, **more)


BINANCE = provider("binance", 1, 11, 12)
KRAKEN = provider("kraken", 2, 21)


def chain(*providers: ProviderConf, **more: Any) -> ChainConf:
    links = tuple(
        LinkConf(100 + position, provider, provider.slug, 1, position, 1, **more)
        for position, provider in enumerate(providers)
    )
    return ChainConf(Category.MARKET_PRICE, Strategy.PRIORITY, 4, 10, 100, links, "g")


def facts(
    breakers: dict[str, Breaker] | None = None,
    cooldowns: dict[str, CooldownPeriod] | None = None,
    counters: dict[str, ScopeCounters] | None = None,
) -> HealthFacts:
    return HealthFacts(NOW, breakers or {}, cooldowns or {}, counters or {}, ADAPTERS)


def statuses(health: HealthFacts, *providers: ProviderConf, **more: Any) -> list[LinkStatus]:
    return list(chain_status(chain(*(providers or (BINANCE, KRAKEN)), **more), health))


OPEN = Breaker(trips=1, opened_at=NOW - 1, open_until=NOW + 5)


def test_a_link_never_called_is_unknown_and_available() -> None:
    (binance, _) = statuses(facts())
    assert binance.condition.status is Status.UNKNOWN
    assert binance.condition.status.available


def test_a_link_that_answered_is_healthy() -> None:
    (_, kraken) = statuses(facts(counters={"endpoint:21|MARKET_PRICE": USED}))
    assert kraken.condition.status is Status.HEALTHY


def test_an_open_breaker_counts_against_its_own_provider_only() -> None:
    binance, kraken = statuses(
        facts({"endpoint:21": OPEN}, counters={"endpoint:21": ScopeCounters(last_outcome="refused")})
    )
    assert (kraken.condition.status, kraken.condition.reason) == (Status.DOWN, "it refuses connections")
    assert kraken.condition.retry_at == NOW + 5
    assert binance.condition.status is Status.UNKNOWN


def test_another_categorys_breaker_has_no_effect() -> None:
    _, kraken = statuses(facts({"endpoint:21|NEWS": OPEN, "provider:2|NEWS": OPEN}))
    assert kraken.condition.status is Status.UNKNOWN


def test_one_mirror_down_makes_its_provider_degraded_and_all_of_them_make_it_down() -> None:
    one = statuses(facts({"endpoint:11": OPEN}))[0]
    assert one.condition.status is Status.DEGRADED
    assert one.condition.reason.startswith("1 of 2 endpoints unavailable")
    assert [mirror.condition.status for mirror in one.endpoints] == [Status.DOWN, Status.UNKNOWN]
    assert statuses(facts({"endpoint:11": OPEN, "endpoint:12": OPEN}))[0].condition.status is Status.DOWN


def test_implausible_answers_take_every_mirror_out_of_that_category() -> None:
    binance, kraken = statuses(facts({"provider:1|MARKET_PRICE": OPEN}))
    assert {mirror.condition.status for mirror in binance.endpoints} == {Status.DOWN}
    assert kraken.condition.status.available


@pytest.mark.parametrize("key", ["group:binance", "provider:1"])
def test_a_cooldown_of_a_quota_group_or_provider_has_an_end_and_a_reason(key: str) -> None:
    entry = CooldownPeriod(NOW + 30, Outcome.RATE_LIMITED, "", NOW)
    condition = statuses(facts(cooldowns={key: entry}))[0].condition
    assert (condition.status, condition.retry_at) == (Status.COOLDOWN, NOW + 30)
    assert condition.reason == "its rate limit is reached"
    assert not condition.status.available


def test_a_cooldown_that_has_ended_has_no_effect() -> None:
    entry = CooldownPeriod(NOW - 1, Outcome.RATE_LIMITED, "", NOW - 31)
    assert statuses(facts(cooldowns={"group:binance": entry}))[0].condition.status is Status.UNKNOWN


def test_a_link_comes_back_with_the_first_of_its_mirrors() -> None:
    geo = {f"endpoint:{pk}": CooldownPeriod(NOW + pk, Outcome.GEO_BLOCKED, "", NOW) for pk in (11, 12)}
    assert statuses(facts(cooldowns=geo))[0].condition.retry_at == NOW + 11


@pytest.mark.parametrize(
    ("breaker", "status"),
    [
        (Breaker(forced_open=True), Status.DOWN),
        (replace(OPEN, open_until=NOW - 1), Status.DOWN),
        (Breaker(suspect_since=NOW - 1), Status.SUSPECT),
        (Breaker(closed_at=NOW - 1), Status.RECOVERING),
        (Breaker(closed_at=NOW - 60), Status.HEALTHY),
    ],
)
def test_a_breakers_state_decides_the_status(breaker: Breaker, status: Status) -> None:
    _, kraken = statuses(facts({"endpoint:21": breaker}, counters={"endpoint:21": USED}))
    assert kraken.condition.status is status


def test_a_failure_that_has_not_tripped_the_breaker_yet_degrades() -> None:
    failed = ScopeCounters(requests=3, successes=2, consecutive_failures=1, last_outcome="timeout")
    _, kraken = statuses(facts(counters={"endpoint:21": failed}))
    assert (kraken.condition.status, kraken.consecutive_failures) == (Status.DEGRADED, 1)
    assert kraken.condition.reason == "it does not answer in time"


def test_switches_keys_and_missing_adapters_are_no_failures() -> None:
    keyless, strange = provider("coincap", 3, 31), replace(KRAKEN, adapter="nobody")
    unreadable = replace(keyless, id=4, key_state="unreadable")
    found = statuses(facts({"endpoint:31": OPEN}), replace(BINANCE, enabled=False), keyless, unreadable, strange)
    assert [link.condition.status for link in found] == [
        Status.SWITCHED_OFF,
        Status.NOT_CONFIGURED,
        Status.NOT_CONFIGURED,
        Status.UNSUPPORTED,
    ]
    assert found[2].condition.reason == "its API key cannot be read"
    assert not any(link.condition.status.failing for link in found)


def test_a_link_switched_off_is_switched_off_whatever_its_provider_is() -> None:
    assert {link.condition.status for link in statuses(facts(), enabled=False)} == {Status.SWITCHED_OFF}


def test_a_failure_of_any_scope_that_contains_a_link_lowers_its_success_rate() -> None:
    counters = {
        "endpoint:21|MARKET_PRICE": ScopeCounters(requests=8, successes=6),
        "endpoint:21": ScopeCounters(requests=7, successes=6),
        "group:kraken": ScopeCounters(requests=1),
    }
    _, kraken = statuses(facts(counters=counters))
    assert (kraken.successes, kraken.attempts) == (6, 10)


MODEL = ProviderConf(7, "momentum", "Momentum", "local:momentum", "momentum")


def forecasting(**more: Any) -> LinkStatus:
    links = (LinkConf(1, MODEL, "momentum", 1, 0, 1, **more),)
    chain = ChainConf(Category.AI_PREDICTION, Strategy.PRIORITY, 4, 10, 100, links, "g")
    (status,) = chain_status(chain, facts())
    return status


def test_a_model_of_the_hubs_own_works_as_long_as_it_is_switched_on() -> None:
    assert (forecasting().condition.status, forecasting().condition.reason) == (Status.HEALTHY, "computed here")
    assert forecasting(enabled=False).condition.status is Status.SWITCHED_OFF


def test_a_model_of_the_hubs_own_serves_no_other_category() -> None:
    (found,) = statuses(facts(), MODEL)
    assert found.condition.status is Status.UNSUPPORTED
