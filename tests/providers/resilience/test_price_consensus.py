"""What makes a price impossible, implausible or contradicted, and who is believed."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.domain.market_data import Candle, Candles, OrderBook, Quote
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.answer_checks import NearPrice, QuoteChecks, best_prices, last_trade
from providers.resilience.price_consensus import DEFAULT_SIGMA, FROZEN_S, MIN_GATE, PEER_S, Peers, PeerVerdict, possible

NOW = 1_700_000_000.0


def usd(price: str | float, asset: str = "bitcoin", currency: str = "USD") -> Quote:
    return Quote(asset, currency, Decimal(str(price)))


def peers_say(now: float = NOW, **prices: float) -> Peers:
    peers = Peers()
    for lineage, price in prices.items():
        peers.note(usd(price), lineage, now)
    return peers


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", "-Infinity", "1e13", "1e-19", "sNaN"])
def test_a_price_no_market_can_have_made_is_refused(price: str) -> None:
    with pytest.raises(Failure) as failure:
        possible(Quote("bitcoin", "USD", Decimal(price)))
    assert failure.value.outcome is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize(("change", "volume"), [("-100.1", "1"), ("NaN", "1"), ("1", "-0.1"), ("1", "Infinity")])
def test_a_change_or_volume_that_cannot_be_is_refused(change: str, volume: str) -> None:
    with pytest.raises(Failure):
        possible(Quote("bitcoin", "USD", Decimal(1), Decimal(change), Decimal(volume)))


def test_what_is_not_said_is_not_judged() -> None:
    possible(Quote("bitcoin", "USD", Decimal(60_000)))


def test_a_quote_from_the_future_is_implausible_and_an_old_one_is_said_to_be_old() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    checks = QuoteChecks()
    with pytest.raises(Failure):
        checks.old(Quote("bitcoin", "USD", Decimal(1), as_of=now + timedelta(minutes=6)), now)
    assert checks.old(Quote("bitcoin", "USD", Decimal(1), as_of=now - timedelta(minutes=14)), now) is None
    assert "20 minutes" in str(checks.old(Quote("bitcoin", "USD", Decimal(1), as_of=now - timedelta(minutes=20)), now))


def test_without_a_peer_a_price_stands_alone() -> None:
    assert Peers().judge(usd(60_000), "binance", NOW).verdict is PeerVerdict.ALONE
    assert peers_say(binance=60_000).judge(usd(90_000), "binance", NOW).verdict is PeerVerdict.ALONE


def test_another_lineage_agrees_within_the_gate_and_contradicts_beyond() -> None:
    peers = peers_say(kraken=60_000)
    assert peers.judge(usd(60_250), "binance", NOW).verdict is PeerVerdict.AGREED
    assert peers.judge(usd(63_000), "binance", NOW).verdict is PeerVerdict.OUTLIER


def test_evidence_names_reference_distance_gate_and_peers() -> None:
    evidence = peers_say(kraken=60_000, coingecko=60_000).judge(usd(66_000), "binance", NOW).evidence()
    assert "10.00%" in evidence
    assert "60000" in evidence
    assert "coingecko, kraken" in evidence
    assert "0.50%" in evidence


def test_the_median_is_believed_not_the_one_that_runs_ahead() -> None:
    peers = peers_say(kraken=60_000, coinbase=60_010, runaway=90_000)
    assert peers.judge(usd(60_005), "binance", NOW).verdict is PeerVerdict.AGREED
    assert peers.judge(usd(90_000), "runaway", NOW).verdict is PeerVerdict.OUTLIER


@given(st.floats(0.01, 100_000), st.floats(-0.004, 0.004), st.floats(0.006, 5))
def test_the_gate_is_half_a_percent_for_fresh_peers(price: float, near: float, far: float) -> None:
    peers = peers_say(kraken=price)
    assert peers.judge(usd(price * (1 + near)), "x", NOW).verdict is PeerVerdict.AGREED
    assert peers.judge(usd(price * (1 + far)), "x", NOW).verdict is PeerVerdict.OUTLIER


def test_the_older_the_peers_the_wider_the_gate() -> None:
    gates = [peers_say(kraken=60_000).judge(usd(60_000), "x", NOW + age).gate or 0 for age in (0, 100, 299)]
    assert MIN_GATE == gates[0] < gates[1] < gates[2]


def test_a_lively_market_widens_the_gate_and_a_single_leap_hardly_does() -> None:
    calm, lively, leap = Peers(), Peers(), Peers()
    for n in range(120):
        calm.note(usd(100), "kraken", NOW + n * 60)
        lively.note(usd(100 * (1.02 if n % 2 else 1)), "kraken", NOW + n * 60)
        leap.note(usd(300 if n >= 118 else 100), "kraken", NOW + n * 60)
    end = NOW + 120 * 60
    gates = [peers.judge(usd(100), "x", end).gate or 0 for peers in (calm, lively, leap)]
    assert gates[1] > 0.02
    assert gates[2] < 0.05


def test_a_lineage_that_leaps_about_does_not_widen_the_gate_for_the_others() -> None:
    peers = Peers()
    for n in range(120):
        for lineage in ("kraken", "okx"):
            peers.note(usd(60_000 + n), lineage, NOW + n * 60)
        peers.note(usd(60_000 * (1.2 if n % 2 else 1)), "wild", NOW + n * 60)
    assert peers.judge(usd(60_119), "binance", NOW + 119 * 60).gate == MIN_GATE


def test_the_gate_is_that_of_the_age_of_what_a_price_is_compared_with() -> None:
    """Three lineages have spoken a minute apart: the middle one by distance is a minute old."""
    peers = Peers()
    for n, lineage in enumerate(("kraken", "okx", "bybit")):
        peers.note(usd(60_000 + 120 * n), lineage, NOW + n * 60)
    found = peers.judge(usd(60_300), "binance", NOW + 121)
    assert found.reference == 60_120
    assert found.gate == pytest.approx(6 * DEFAULT_SIGMA * 61**0.5, rel=0.1)


def test_of_the_last_three_to_speak_one_that_lies_or_stands_still_decides_nothing() -> None:
    peers = peers_say(kraken=60_000, okx=60_000)
    peers.note(usd(90_000), "runaway", NOW + 1)
    assert peers.judge(usd(60_100), "binance", NOW + 2).verdict is PeerVerdict.AGREED
    for n in range(1, 10):
        for lineage in ("kraken", "okx", "bybit"):
            assert peers.judge(usd(60_000 + 100 * n), lineage, NOW + 5 * n).verdict is PeerVerdict.AGREED
            peers.note(usd(60_000 + 100 * n), lineage, NOW + 5 * n)
        peers.note(usd(60_000), "frozen", NOW + 5 * n + 1)
    assert peers.judge(usd(60_000), "frozen", NOW + 47).verdict is PeerVerdict.OUTLIER


def test_peers_are_forgotten_after_ten_minutes() -> None:
    peers = peers_say(kraken=60_000)
    assert peers.judge(usd(60_000), "x", NOW + PEER_S + 1).verdict is PeerVerdict.ALONE


def test_what_has_said_the_same_for_five_minutes_is_no_peer() -> None:
    peers = Peers()
    for n in range(7):
        peers.note(usd(60_000), "kraken", NOW + n * 60)
    assert peers.judge(usd(66_000), "binance", NOW + FROZEN_S).verdict is PeerVerdict.OUTLIER
    assert peers.judge(usd(66_000), "binance", NOW + FROZEN_S + 61).verdict is PeerVerdict.ALONE


def test_a_feed_unchanged_while_its_peers_move_is_frozen() -> None:
    peers = Peers()
    for n in range(8):
        peers.note(usd(60_000), "stuck", NOW + n * 60)
        peers.note(usd(60_000 + 500 * n), "kraken", NOW + n * 60)
    found = peers.judge(usd(60_000), "stuck", NOW + 7 * 60)
    assert found.verdict is PeerVerdict.FROZEN
    assert peers.judge(usd(63_400), "stuck", NOW + 7 * 60).verdict is PeerVerdict.AGREED


def test_a_feed_unchanged_beside_peers_unchanged_is_no_failure() -> None:
    """Dollar coins stand still for hours."""
    peers = Peers()
    for n in range(8):
        for lineage in ("one", "two"):
            peers.note(usd(1, "tether"), lineage, NOW + n * 60)
    assert peers.judge(usd(1, "tether"), "one", NOW + 7 * 60).verdict is PeerVerdict.ALONE


def test_a_provider_that_is_alone_right_is_taken_back_once_the_others_have_been_silent_for_long() -> None:
    """Two feeds freeze at 60,000 while the market goes on to 66,000: only the third follows it."""
    peers = peers_say(frozen1=60_000, frozen2=60_000, right=60_000)
    standings = []
    for n in range(1, 12):
        now = NOW + n * 60
        price = usd(60_000 + 600 * n)
        verdict = peers.judge(price, "right", now)
        standings.append(verdict.verdict)
        if verdict.verdict in (PeerVerdict.ALONE, PeerVerdict.AGREED):
            peers.note(price, "right", now)
        peers.note(usd(60_000), "frozen1", now)
        peers.note(usd(60_000), "frozen2", now)
    assert standings[0] is PeerVerdict.OUTLIER
    assert set(standings[5:]) == {PeerVerdict.ALONE}
    assert peers.judge(usd(60_000), "frozen1", NOW + 11 * 60).verdict is PeerVerdict.FROZEN


def test_a_stablecoin_counts_at_its_observed_rate() -> None:
    peers = Peers()
    for lineage in ("kraken", "coingecko"):
        peers.note(usd("0.97", "tether"), lineage, NOW)
    peers.note(usd(60_000), "kraken", NOW)
    assert peers.judge(usd(61_856, currency="USDT"), "binance", NOW).verdict is PeerVerdict.AGREED
    assert peers.judge(usd(60_000, currency="USDT"), "binance", NOW).verdict is PeerVerdict.OUTLIER


def test_a_currency_that_is_no_dollar_is_neither_judged_nor_a_peer() -> None:
    peers = peers_say(kraken=60_000)
    assert peers.judge(usd(55_000, currency="EUR"), "binance", NOW).verdict is PeerVerdict.ALONE
    peers.note(usd(55_000, currency="EUR"), "coinbase", NOW)
    assert peers.judge(usd(60_000), "binance", NOW).peers == ("kraken",)


def test_two_lineages_asked_at_once_agree_within_the_gate() -> None:
    peers = Peers()
    assert peers.agree(usd(60_000), usd(60_200))
    assert not peers.agree(usd(60_000), usd(61_000))
    assert not peers.agree(usd(60_000), usd(60_000, currency="EUR"))


def test_peers_may_be_told_and_asked_by_many_threads_at_once() -> None:
    peers, done = Peers(), threading.Event()

    def ask() -> None:
        while not done.is_set():
            peers.note(usd(60_000, currency="USDT"), "binance", NOW)
            peers.judge(usd(60_000, currency="USDT"), "okx", NOW)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask)
            for n in range(3_000):
                peers.note(usd(1, "tether"), f"lineage{n}", NOW)
            done.set()
            asking.result()
    finally:
        sys.setswitchinterval(interval)


def forming(close: str, closed: bool = False) -> Candles:
    price = Decimal(close)
    return Candles(
        "bitcoin", "USD", "1h", (Candle(datetime(2026, 1, 1, tzinfo=UTC), price, price, price, price, closed=closed),)
    )


def book(bid: str, ask: str) -> OrderBook:
    return OrderBook("bitcoin", "USD", ((Decimal(bid), Decimal(1)),), ((Decimal(ask), Decimal(1)),))


@pytest.mark.parametrize(
    ("close", "status"),
    [
        ("100", PeerVerdict.AGREED),
        ("104.9", PeerVerdict.AGREED),
        ("105.1", PeerVerdict.OUTLIER),
        ("10", PeerVerdict.OUTLIER),
    ],
)
def test_a_forming_candle_far_from_the_peers_price_is_contradicted(close: str, status: PeerVerdict) -> None:
    checks = NearPrice(peers_say(kraken=100, okx=100), last_trade)
    assert checks.judge(forming(close), "binance", NOW).verdict is status


def test_a_candle_of_the_past_and_one_without_peers_stand_alone() -> None:
    for checks, value in (
        (NearPrice(peers_say(kraken=100), last_trade), forming("7", closed=True)),
        (NearPrice(Peers(), last_trade), forming("7")),
        (NearPrice(peers_say(okx=100), last_trade), forming("7")),
    ):
        assert checks.judge(value, "okx", NOW).verdict is PeerVerdict.ALONE


@pytest.mark.parametrize(
    ("bid", "ask", "status"),
    [
        ("99.9", "100.1", PeerVerdict.AGREED),
        ("50", "300", PeerVerdict.AGREED),
        ("103", "140", PeerVerdict.AGREED),
        ("110", "111", PeerVerdict.OUTLIER),
        ("80", "81", PeerVerdict.OUTLIER),
    ],
)
def test_a_thin_book_may_be_wide_and_none_may_be_elsewhere(bid: str, ask: str, status: PeerVerdict) -> None:
    checks = NearPrice(peers_say(kraken=100, okx=100), best_prices)
    assert checks.judge(book(bid, ask), "binance", NOW).verdict is status


def test_two_venues_agree_where_their_prices_are_near() -> None:
    checks = NearPrice(Peers(), best_prices)
    assert checks.agree(book("99", "101"), book("100", "102"))
    assert checks.agree(book("99", "101"), book("103", "104"))
    assert not checks.agree(book("99", "101"), book("110", "111"))
    assert not NearPrice(Peers(), last_trade).agree(forming("100"), forming("100", closed=True))


@pytest.mark.parametrize("factor", [0.7, 0.9, 0.97, 1.01, 1.03, 1.1, 1.3])
def test_once_two_lineages_settle_a_move_older_peers_count_no_more(factor: float) -> None:
    peers = peers_say(kraken=100.0, okx=100.0, gate=100.0)
    moved = 100.0 * factor
    assert peers.judge(usd(moved), "binance", NOW + 5).verdict is PeerVerdict.OUTLIER
    assert peers.agree(usd(moved), usd(moved * 1.001), 100.0)
    peers.supersede(usd(moved), NOW + 5)
    peers.note(usd(moved), "binance", NOW + 5)
    assert peers.judge(usd(moved), "kraken", NOW + 6).verdict is PeerVerdict.AGREED
    assert peers.judge(usd(100.0), "gate", NOW + 6).verdict is PeerVerdict.OUTLIER


@pytest.mark.parametrize(("price", "passed"), [(100, True), (115, True), (130, True), (92, False), (140, False)])
def test_what_the_market_passed_on_its_way_is_no_lie(price: float, passed: bool) -> None:
    assert Peers().is_on_the_way(usd(price), "okx", usd(130), 100.0, NOW) is passed


def test_a_source_behind_by_its_own_time_may_give_what_others_gave_lately() -> None:
    peers = peers_say(kraken=100.0)
    peers.note(usd(120), "kraken", NOW + 100)
    behind = Quote("bitcoin", "USD", Decimal(101), as_of=datetime.fromtimestamp(NOW + 40, UTC))
    assert peers.is_on_the_way(behind, "coingecko", usd(120), 120.0, NOW + 100)
    assert not peers.is_on_the_way(usd(101), "coingecko", usd(120), 120.0, NOW + 100)


def test_a_stored_price_does_not_replace_a_newer_one() -> None:
    peers = peers_say(kraken=120.0)
    peers.note_stored(usd(100), "kraken", NOW - 50)
    assert peers.judge(usd(120), "okx", NOW + 1).verdict is PeerVerdict.AGREED
