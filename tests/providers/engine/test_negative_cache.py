"""What a provider does not know is remembered, and nobody else's name suffers for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from providers.domain.adapter import Lookup
from providers.domain.market_data import Instrument
from providers.resilience.negative_cache import REMEMBER_S, NegativeCache

NOW = 1_700_000_000.0
BTC, ETH, XYZ = (Lookup(Instrument(slug), slug) for slug in ("btc", "eth", "xyz"))


def test_a_name_refused_alone_is_unknown_for_a_while() -> None:
    unknown = NegativeCache()
    unknown.refused("binance", [XYZ], NOW)
    assert unknown.is_unknown("binance", XYZ, NOW + REMEMBER_S - 1)
    assert not unknown.is_unknown("binance", XYZ, NOW + REMEMBER_S)


def test_what_one_provider_does_not_know_another_may() -> None:
    unknown = NegativeCache()
    unknown.refused("binance", [XYZ], NOW)
    assert not unknown.is_unknown("kraken", XYZ, NOW)


def test_another_name_or_currency_is_another_question() -> None:
    unknown = NegativeCache()
    unknown.refused("binance", [XYZ], NOW)
    assert not unknown.is_unknown("binance", Lookup(XYZ.item, "xyz2"), NOW)
    assert not unknown.is_unknown("binance", Lookup(Instrument("xyz", "EUR"), "xyz"), NOW)


def test_a_refused_batch_makes_only_the_names_never_answered_doubtful() -> None:
    unknown = NegativeCache()
    unknown.answered("binance", [BTC])
    unknown.refused("binance", [BTC, ETH, XYZ], NOW)
    assert [unknown.is_doubtful("binance", ask, NOW) for ask in (BTC, ETH, XYZ)] == [False, True, True]
    assert not any(unknown.is_unknown("binance", ask, NOW) for ask in (BTC, ETH, XYZ))


def test_the_only_name_of_a_refused_batch_that_was_never_answered_is_the_unknown_one() -> None:
    unknown = NegativeCache()
    unknown.answered("binance", [BTC, ETH])
    unknown.refused("binance", [BTC, ETH, XYZ], NOW)
    assert [unknown.is_unknown("binance", ask, NOW) for ask in (BTC, ETH, XYZ)] == [False, False, True]


def test_a_refused_batch_of_names_all_answered_before_makes_all_doubtful() -> None:
    unknown = NegativeCache()
    unknown.answered("binance", [BTC, ETH])
    unknown.refused("binance", [BTC, ETH], NOW)
    assert unknown.is_doubtful("binance", BTC, NOW)
    assert unknown.is_doubtful("binance", ETH, NOW)


def test_doubt_ends_with_an_answer_or_with_a_refusal_of_its_own() -> None:
    unknown = NegativeCache()
    unknown.refused("binance", [BTC, XYZ], NOW)
    unknown.answered("binance", [BTC])
    unknown.refused("binance", [XYZ], NOW)
    assert not unknown.is_doubtful("binance", BTC, NOW)
    assert not unknown.is_doubtful("binance", XYZ, NOW)
    assert unknown.is_unknown("binance", XYZ, NOW)


def test_doubt_lasts_no_longer_than_memory() -> None:
    unknown = NegativeCache()
    unknown.refused("binance", [BTC, XYZ], NOW)
    assert unknown.is_doubtful("binance", XYZ, NOW)
    assert not unknown.is_doubtful("binance", XYZ, NOW + REMEMBER_S)


def test_what_is_not_doubtful_is_always_asked() -> None:
    unknown = NegativeCache()
    unknown.answered("binance", [BTC])
    unknown.refused("binance", [BTC, ETH, XYZ], NOW)
    assert unknown.select("binance", [BTC, ETH, XYZ], NOW) == [BTC, ETH]
    assert unknown.select("kraken", [BTC, ETH, XYZ], NOW) == [BTC, ETH, XYZ]


@given(st.integers(2, 100), st.data())
def test_few_calls_find_the_unknown_name_of_a_batch(size: int, data: st.DataObject) -> None:
    """A provider that refuses whatever contains it; no call is refused often, and nobody else is lost."""
    lookups = [Lookup(Instrument(f"c{n}"), f"C{n}") for n in range(size)]
    bad = lookups[data.draw(st.integers(0, size - 1))]
    unknown, refusals = NegativeCache(), 0
    for _ in range(60):
        batch = unknown.select("binance", [a for a in lookups if not unknown.is_unknown("binance", a, NOW)], NOW)
        if bad in batch:
            unknown.refused("binance", batch, NOW)
            refusals += 1
        else:
            unknown.answered("binance", batch)
    assert [ask for ask in lookups if unknown.is_unknown("binance", ask, NOW)] == [bad]
    assert not any(unknown.is_doubtful("binance", ask, NOW) for ask in lookups)
    assert refusals <= 2 * size.bit_length() + 1


def test_one_delisted_name_among_known_ones_is_found_too() -> None:
    unknown, lookups = NegativeCache(), [Lookup(Instrument(f"c{n}"), f"C{n}") for n in range(20)]
    unknown.answered("binance", lookups)
    for _ in range(20):
        batch = unknown.select("binance", [a for a in lookups if not unknown.is_unknown("binance", a, NOW)], NOW)
        (unknown.refused if lookups[13] in batch else lambda p, b, _: unknown.answered(p, b))("binance", batch, NOW)
    assert [ask.name for ask in lookups if unknown.is_unknown("binance", ask, NOW)] == ["C13"]


def test_what_was_left_out_of_a_valid_answer_is_unknown() -> None:
    unknown = NegativeCache()
    unknown.absent("coingecko", XYZ, NOW)
    assert unknown.is_unknown("coingecko", XYZ, NOW)


def test_a_name_answered_before_is_asked_again_soon_after_it_was_left_out() -> None:
    """An upstream's slip must not cost it a coin for hours."""
    unknown = NegativeCache()
    unknown.answered("coingecko", [BTC])
    unknown.absent("coingecko", BTC, NOW)
    assert unknown.is_unknown("coingecko", BTC, NOW + 30)
    assert not unknown.is_unknown("coingecko", BTC, NOW + 120)


def test_an_answer_ends_what_was_held_unknown() -> None:
    unknown = NegativeCache()
    unknown.absent("coingecko", BTC, NOW)
    unknown.answered("coingecko", [BTC])
    assert not unknown.is_unknown("coingecko", BTC, NOW)
