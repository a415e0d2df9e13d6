"""Who is asked, in what order, and why: every candidate is listed as taken or as skipped with its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from providers.domain.categories import Strategy
from providers.domain.config import LinkConf
from providers.domain.outcomes import Outcome
from providers.resilience.breaker import SLOW_START_S, Breaker, opened, suspected
from providers.resilience.quota import CooldownPeriod, QuotaUsage
from providers.resilience.selection import Candidate, Skip, as_last_resort, blocked
from tests.providers.resilience.parts import NOW, chain, hosts, link, provider, skipped, steps, view

A, B = provider(1, 2), provider(2)
PLAIN = chain(link(A), link(B))


def parked(until: float = NOW + 30) -> CooldownPeriod:
    return CooldownPeriod(until, Outcome.RATE_LIMITED, "", NOW)


def test_the_healthy_are_asked_in_the_chains_order() -> None:
    assert hosts(PLAIN, view()) == ["p1-0", "p1-1", "p2-0"]
    assert [s.why for s in steps(PLAIN, view()) if isinstance(s, Candidate)] == [
        "first choice",
        "another endpoint of it",
        "next in the chain",
    ]


def test_what_is_switched_off_is_not_asked_and_said_so() -> None:
    off = dataclasses.replace(A.endpoints[0], enabled=False)
    of = chain(
        link(dataclasses.replace(A, endpoints=(off, A.endpoints[1]))),
        link(B, enabled=False),
        link(provider(3, enabled=False)),
    )
    assert hosts(of, view()) == ["p1-1"]
    assert skipped(of, view()) == {
        "p1-0": "endpoint switched off",
        "p2": "link switched off",
        "p3": "provider switched off",
    }


def test_a_provider_that_needs_a_key_and_has_none_is_not_configured() -> None:
    of = chain(link(provider(1, adapter="keyed")), link(provider(2, adapter="keyed", key_state="unreadable")))
    assert hosts(of, view()) == []
    assert skipped(of, view()) == {
        "p1": "not configured: needs an API key",
        "p2": "not configured: its API key cannot be decrypted",
    }
    assert hosts(chain(link(provider(1, adapter="keyed", key="k", key_state="set"))), view()) == ["p1-0"]


def test_an_adapter_that_cannot_answer_the_category_is_passed_over() -> None:
    of = chain(link(provider(1, adapter="other")), link(provider(2, adapter="gone")))
    assert skipped(of, view()) == dict.fromkeys(("p1", "p2"), "no adapter for this category")


def test_a_parked_group_or_provider_is_left_alone_until_its_time_even_as_a_last_resort() -> None:
    for key in ("group:p1", "provider:1"):
        seen = view(cooldowns={key: parked()})
        assert hosts(PLAIN, seen) == ["p2-0"]
        assert hosts(PLAIN, seen, last_resort=True) == []
        assert Skip("p1", None, "in cooldown: rate_limited", NOW + 30) in steps(PLAIN, seen)
        assert hosts(PLAIN, dataclasses.replace(seen, now=NOW + 30)) == ["p1-0", "p1-1", "p2-0"]


def test_providers_of_one_quota_group_are_parked_together() -> None:
    of = chain(link(provider(1, quota_group="shared")), link(provider(2, quota_group="shared")), link(provider(3)))
    assert hosts(of, view(cooldowns={"group:shared": parked()})) == ["p3-0"]


def test_a_parked_endpoint_leaves_its_siblings_free() -> None:
    seen = view(cooldowns={"endpoint:10": parked()})
    assert hosts(PLAIN, seen) == ["p1-1", "p2-0"]
    assert hosts(PLAIN, seen, last_resort=True) == []


def test_a_provider_that_says_its_limit_is_nearly_used_up_is_passed_over() -> None:
    seen = view(used=lambda of: QuotaUsage(0.95 if of.slug == "p1" else 0.94, 0.0))
    assert hosts(PLAIN, seen) == ["p2-0"]
    assert skipped(PLAIN, seen) == {"p1": "its limit is nearly used up"}


def test_a_limit_used_up_by_our_own_count_puts_a_provider_behind_the_others() -> None:
    seen = view(used=lambda of: QuotaUsage(0.0, 0.95 if of.slug == "p1" else 0.94))
    assert hosts(PLAIN, seen) == ["p2-0", "p1-0", "p1-1"]


def test_an_open_endpoint_is_skipped_with_its_time_and_kept_as_a_last_resort() -> None:
    breaker = opened(Breaker(), NOW, 0.0)
    seen = view(breakers={"endpoint:10": breaker})
    assert hosts(PLAIN, seen) == ["p1-1", "p2-0"]
    assert hosts(PLAIN, seen, last_resort=True) == ["p1-0"]
    assert Skip("p1", "p1-0.example", "breaker open", breaker.open_until) in steps(PLAIN, seen)


def test_trouble_in_another_category_concerns_nobody_here() -> None:
    opening = opened(Breaker(), NOW, 0.0)
    seen = view(breakers={"endpoint:10|NEWS": opening, "provider:1|NEWS": opening})
    assert hosts(PLAIN, seen) == ["p1-0", "p1-1", "p2-0"]


def test_an_implausible_provider_is_out_with_all_its_endpoints() -> None:
    seen = view(breakers={"provider:1|MARKET_PRICE": opened(Breaker(), NOW, 0.0)})
    assert hosts(PLAIN, seen) == ["p2-0"]


def test_what_was_tripped_by_hand_is_no_last_resort() -> None:
    seen = view(breakers={"endpoint:10": Breaker(forced_open=True, opened_at=NOW)})
    assert hosts(PLAIN, seen, last_resort=True) == []
    assert skipped(PLAIN, seen)["p1-0"] == "tripped by hand"


def test_last_resorts_go_from_the_least_suspicious_to_the_open() -> None:
    half_open = opened(Breaker(), NOW - 60, 0.0)
    breakers = {
        "endpoint:10": opened(Breaker(), NOW, 0.0),
        "endpoint:11": half_open,
        "endpoint:20": suspected(Breaker(), NOW),
    }
    assert hosts(PLAIN, view(breakers=breakers), last_resort=True) == ["p2-0", "p1-1", "p1-0"]


def test_users_stay_away_from_a_half_open_endpoint_while_a_prober_lives() -> None:
    seen = view(breakers={"endpoint:10": opened(Breaker(), NOW - 60, 0.0)}, prober_alive=True)
    assert hosts(PLAIN, seen) == ["p1-1", "p2-0"]


def test_without_a_prober_a_user_call_is_the_trial() -> None:
    breakers = {"endpoint:10": opened(Breaker(), NOW - 60, 0.0), "endpoint:11": suspected(Breaker(), NOW - 2)}
    found = steps(PLAIN, view(breakers=breakers, prober_alive=False))
    assert [s.trial for s in found if isinstance(s, Candidate)] == [True, True, False]


def test_without_a_prober_a_fresh_suspect_still_comes_last() -> None:
    seen = view(breakers={"endpoint:10": suspected(Breaker(), NOW - 1)}, prober_alive=False)
    assert hosts(PLAIN, seen) == ["p1-1", "p2-0"]


def test_an_endpoint_ramping_back_takes_its_share_and_leaves_the_rest_to_others() -> None:
    breaker = Breaker(trips=1, closed_at=NOW - SLOW_START_S / 2)
    taken = [hosts(PLAIN, view(ticket=n / 1000, breakers={"endpoint:10": breaker}))[0] == "p1-0" for n in range(1000)]
    assert 400 <= sum(taken) <= 600
    assert hosts(chain(link(A)), view(ticket=0.99, breakers={"endpoint:10": breaker})) == ["p1-1", "p1-0"]


def test_the_ramp_of_a_weighted_link_is_gradual_wherever_its_share_lies() -> None:
    links = [link(provider(n), weight=weight) for n, weight in enumerate((40, 25, 20, 10, 5), start=1)]
    of = chain(*links, strategy=Strategy.WEIGHTED)
    for last, weight in ((1, 40), (5, 5)):
        breaker = Breaker(trips=1, closed_at=NOW - SLOW_START_S / 2)
        firsts = [hosts(of, view(ticket=n / 5000, breakers={f"endpoint:{last}0": breaker}))[0] for n in range(5000)]
        assert abs(firsts.count(f"p{last}-0") / 5000 - weight / 200) < 0.01


def test_the_fastest_strategy_follows_the_favourites() -> None:
    of = chain(link(A), link(B), strategy=Strategy.FASTEST)
    assert hosts(of, view(by_latency=lambda links: list(reversed(links)))) == ["p2-0", "p1-0", "p1-1"]


def test_the_fastest_strategy_measures_only_whom_it_may_ask() -> None:
    judged: list[LinkConf] = []

    def note(links: Sequence[LinkConf]) -> Sequence[LinkConf]:
        judged.extend(links)
        return links

    of = chain(link(A, enabled=False), link(provider(3, adapter="keyed")), link(B), strategy=Strategy.FASTEST)
    assert hosts(of, view(by_latency=note)) == ["p2-0"]
    assert [found.provider.slug for found in judged] == ["p2"]


def test_a_tier_is_exhausted_before_the_next_under_every_strategy() -> None:
    for strategy in Strategy:
        of = chain(link(provider(1), tier=1), link(provider(2), tier=2, weight=10_000), strategy=strategy)
        assert hosts(of, view(ticket=0.999, by_latency=lambda links: list(reversed(links)))) == ["p1-0", "p2-0"]


def test_what_happened_since_it_was_listed_blocks_a_candidate() -> None:
    listed = next(s for s in steps(PLAIN, view()) if isinstance(s, Candidate))
    assert blocked(listed, view()) is None
    assert blocked(listed, view(cooldowns={"group:p1": parked()})) is not None
    assert blocked(listed, view(breakers={"endpoint:10": opened(Breaker(), NOW, 0.0)})) is not None


def test_a_last_resort_is_blocked_by_cooldown_but_not_by_the_breaker_it_is_a_last_resort_for() -> None:
    breakers = {"endpoint:20": opened(Breaker(), NOW, 0.0)}
    resort = next(s for s in steps(PLAIN, view(breakers=breakers)) if isinstance(s, Candidate) and s.last_resort)
    assert blocked(resort, view(breakers=breakers)) is None
    assert blocked(resort, view(cooldowns={"group:p2": parked()})) is not None


def test_one_that_only_a_breaker_blocks_becomes_a_last_resort() -> None:
    listed = next(s for s in steps(PLAIN, view()) if isinstance(s, Candidate))
    opening = {"endpoint:10": opened(Breaker(), NOW, 0.0)}
    found = as_last_resort(listed, view(breakers=opening))
    assert found is not None
    assert (found.endpoint, found.last_resort, found.why) == (listed.endpoint, True, "last resort: breaker open")
    assert as_last_resort(listed, view()) is None
    assert as_last_resort(listed, view(breakers={"endpoint:10": Breaker(forced_open=True)})) is None
    assert as_last_resort(listed, view(breakers=opening, cooldowns={"group:p1": parked()})) is None


troubles = st.sampled_from(["", "open", "half-open", "suspect", "ramping", "forced", "parked", "off"])


@given(
    st.lists(troubles, min_size=6, max_size=6),
    st.booleans(),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(Strategy),
)
def test_everybody_is_listed_and_nobody_is_asked_who_must_not_be(
    trouble: list[str], prober_alive: bool, ticket: float, strategy: Strategy
) -> None:
    created = {
        "open": opened(Breaker(), NOW, 0.0),
        "half-open": opened(Breaker(), NOW - 60, 0.0),
        "suspect": suspected(Breaker(), NOW - 5),
        "ramping": Breaker(closed_at=NOW - 1),
        "forced": Breaker(forced_open=True),
    }
    of = chain(link(provider(1, 3)), link(provider(2, 3)), strategy=strategy)
    keys = [10, 11, 12, 20, 21, 22]
    breakers = {f"endpoint:{key}": created[what] for key, what in zip(keys, trouble, strict=True) if what in created}
    cooldowns = {f"endpoint:{key}": parked() for key, what in zip(keys, trouble, strict=True) if what == "parked"}
    found = steps(of, view(ticket=ticket, breakers=breakers, cooldowns=cooldowns, prober_alive=prober_alive))
    asked = [s.endpoint.id for s in found if isinstance(s, Candidate)]
    named = {s.endpoint.host if isinstance(s, Candidate) else s.host for s in found}
    assert len(asked) == len(set(asked))
    assert len(named) == 6
    for key, what in zip(keys, trouble, strict=True):
        assert (key in asked) is (what not in ("forced", "parked"))


def test_last_resorts_take_one_endpoint_of_each_provider_before_a_second_one() -> None:
    breakers = {f"endpoint:{pk}": Breaker(open_until=NOW + 9) for pk in (10, 11, 20)}
    assert hosts(PLAIN, view(breakers=breakers), last_resort=True) == ["p1-0", "p2-0", "p1-1"]
