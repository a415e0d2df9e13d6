"""Rules become events: once per crossing, however many evaluate, whatever dies in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.db.models.signals import post_save

from alerts.evaluation.evaluate import EvaluationResult, evaluate, sample_of
from alerts.models import AlertEvent, Delivery, PriceAlert
from alerts.rules import price_alerts
from alerts.rules.conditions import AlertState
from markets.feeds.provenance import Missing
from markets.feeds.queries import Prices
from providers.domain.market_data import Instrument
from tests.alerts.conftest import NOW, feed, quoted

Make = Callable[..., Any]


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def see(price: str, seconds: float, **row: Any) -> EvaluationResult:
    """One evaluation with bitcoin at a price."""
    at = after(seconds)
    return evaluate(at, feed(quoted(price, at, **row)))


@pytest.mark.django_db
def test_a_crossing_creates_one_event_with_the_price_and_one_delivery(make_alert: Make, ann: User) -> None:
    alert = make_alert(note="sell half")
    assert see("99", 0).fired == 0
    assert see("100.25", 5, verified=False).fired == 1
    event = AlertEvent.objects.get()
    assert (event.alert, event.owner, event.number, event.note) == (alert, ann, 1, "sell half")
    assert (event.price, event.currency, event.source) == (Decimal("100.25"), "USDT", "binance")
    assert (event.endpoint, event.verified, event.decision) == ("api.binance.com", False, "d1")
    assert (event.as_of, event.fetched_at, event.created_at) == (after(5), after(5), after(5))
    assert Delivery.objects.get().event == event


@pytest.mark.django_db
def test_it_does_not_fire_again_until_the_price_has_gone_back_past_the_hysteresis(make_alert: Make) -> None:
    alert = make_alert()
    fired = [see(price, 5 * n).fired for n, price in enumerate(["99", "101", "99.9", "101", "99", "101"])]
    assert fired == [0, 1, 0, 0, 0, 1]
    alert.refresh_from_db()
    assert (alert.state, alert.fires) == (AlertState.FIRED, 2)


@pytest.mark.django_db
def test_a_price_the_feed_calls_stale_or_whose_own_time_is_old_is_not_judged_by(make_alert: Make) -> None:
    make_alert(armed=True)
    assert see("101", 0, stale=True).fired == 0
    assert see("101", 5, as_of=after(5) - timedelta(minutes=6)).fired == 0
    assert see("101", 10).fired == 1


@pytest.mark.django_db
def test_a_sample_no_newer_than_the_last_is_ignored_even_from_another_source(make_alert: Make) -> None:
    make_alert()
    see("99", 10)
    assert see("101", 15, as_of=after(10)).fired == 0
    assert see("101", 20, as_of=after(9)).fired == 0


@pytest.mark.django_db
def test_a_source_whose_clock_runs_ahead_does_not_silence_the_others(make_alert: Make) -> None:
    make_alert()
    see("99", 0, as_of=after(3600))
    assert see("101", 5).fired == 1


def test_a_source_that_gives_no_time_is_taken_at_the_time_it_was_fetched() -> None:
    sample = sample_of(quoted("1", NOW, as_of=None), after(1))
    assert sample is not None
    assert sample.at == NOW


@pytest.mark.django_db
def test_a_coin_without_a_price_changes_nothing(make_alert: Make) -> None:
    make_alert(asset="solana", armed=True)
    assert see("101", 0) == EvaluationResult(rules=1, missing=1, fired=0)
    assert PriceAlert.objects.get().last_at is None


@pytest.mark.django_db
def test_rules_that_are_off_and_owners_who_are_gone_are_not_evaluated(make_alert: Make, bob: User) -> None:
    make_alert(armed=True, enabled=False)
    make_alert(owner=bob, armed=True)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert see("101", 0) == EvaluationResult()


@pytest.mark.django_db
def test_all_instruments_are_fetched_by_one_call_and_each_once(make_alert: Make) -> None:
    for asset, quote in (("bitcoin", "*"), ("bitcoin", "*"), ("bitcoin", "EUR"), ("solana", "*")):
        make_alert(asset=asset, quote=quote)
    asked: list[list[Instrument]] = []

    def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        asked.append(list(items))
        return feed()(items)

    evaluate(NOW, prices)
    assert asked == [[Instrument("bitcoin"), Instrument("bitcoin", "EUR"), Instrument("solana")]]


@pytest.mark.django_db
def test_an_owner_without_an_address_has_the_event_in_the_inbox_only(make_alert: Make, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(email="")
    make_alert(armed=True)
    assert see("101", 0).fired == 1
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_thousand_rules_on_one_coin_take_a_handful_of_queries(
    make_alert: Make, ann: User, django_assert_max_num_queries: Any
) -> None:
    make_alert()
    rule = {"owner": ann, "asset_id": "bitcoin", "direction": "above", "threshold": Decimal(100)}
    PriceAlert.objects.bulk_create(PriceAlert(**rule) for _ in range(999))
    with django_assert_max_num_queries(3):
        assert see("99", 0).rules == 1000
    assert PriceAlert.objects.in_state(AlertState.ARMED).count() == 1000


@pytest.mark.django_db
def test_a_missing_rate_is_logged_once_a_pass_however_many_rules_wait(
    make_alert: Make, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        make_alert()
    known = feed(quoted("150"))

    def without_rate(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        prices = known(items)
        return replace(prices, rows={item: row for item, row in prices.rows.items() if item.asset != "tether"})

    assert evaluate(NOW, without_rate) == EvaluationResult(rules=20, missing=20)
    assert [record.message for record in caplog.records if "wait" in record.message] == [
        "alerts on bitcoin wait: no source gives the rate of USDT to USD"
    ]


@pytest.mark.django_db
def test_an_edit_that_comes_in_the_middle_of_an_evaluation_wins(make_alert: Make) -> None:
    alert = make_alert(armed=True)

    def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        price_alerts.edit(alert, {"threshold": Decimal(200)}, NOW)
        return feed(quoted("150"))(items)

    assert evaluate(NOW, prices).fired == 0
    alert.refresh_from_db()
    assert (alert.state, alert.last_at) == (AlertState.WAITING, None)


@pytest.mark.django_db
def test_a_rule_deleted_in_the_middle_of_an_evaluation_does_not_fire(make_alert: Make) -> None:
    make_alert(armed=True)

    def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        PriceAlert.objects.all().delete()
        return feed(quoted("150"))(items)

    assert evaluate(NOW, prices).fired == 0
    assert not AlertEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_see_the_same_crossing_fire_it_once(make_alert: Make) -> None:
    for _ in range(5):
        make_alert(armed=True)
    together, fired = threading.Barrier(8), []

    def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        together.wait(timeout=20)  # all have read the rules, none has claimed one
        return feed(quoted("101"))(items)

    def work() -> None:
        fired.append(evaluate(NOW, prices).fired)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fired) == 8
    assert (sum(fired), AlertEvent.objects.count(), Delivery.objects.count()) == (5, 5, 5)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_claim_and_commit_loses_nothing(make_alert: Make) -> None:
    make_alert(armed=True)
    post_save.connect(die, sender=AlertEvent)
    try:
        with pytest.raises(KeyboardInterrupt):
            see("101", 0)
    finally:
        post_save.disconnect(die, sender=AlertEvent)
    assert not AlertEvent.objects.exists()
    assert see("101.5", 5).fired == 1


def die(**_signal: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_event_for_one_crossing(make_alert: Make, make_event: Make) -> None:
    alert = make_alert()
    make_event(alert, number=1)
    with pytest.raises(IntegrityError):
        make_event(alert, number=1)


@pytest.mark.django_db
def test_a_dollar_rule_compares_a_stablecoins_price_at_its_observed_rate(make_alert: Make) -> None:
    make_alert(threshold=Decimal(87_709))
    tether = quoted("0.9975", asset="tether", currency="USD")
    kraken = quoted("87560.5", currency="USD")
    binance = quoted("87779.96", after(5))
    assert evaluate(NOW, feed(kraken, tether)).fired == 0
    assert evaluate(after(5), feed(binance, tether)).fired == 0, "87,779.96 USDT are 87,560.51 dollars"
    assert evaluate(after(10), feed(quoted("88200", after(10)), tether)).fired == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["unavailable", "not_available", "deadline"])
def test_a_stablecoins_price_without_a_rate_is_not_compared_and_the_reason_logged(
    make_alert: Make, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_alert(armed=True)
    known = feed(quoted("150"))

    def without_rate(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        prices = known(items)
        missing = {item: Missing("no source has it", code) for item in items}
        return replace(prices, rows={i: r for i, r in prices.rows.items() if i.asset != "tether"}, missing=missing)

    assert evaluate(NOW, without_rate) == EvaluationResult(rules=1, missing=1)
    assert "no source gives the rate of USDT to USD" in caplog.text


@pytest.mark.django_db
def test_a_last_known_good_rate_of_a_stablecoin_is_not_used(make_alert: Make) -> None:
    make_alert(armed=True)
    tether = quoted("1", asset="tether", currency="USD", stale=True, stale_reason="no source could be reached")
    assert evaluate(NOW, feed(quoted("150"), tether)) == EvaluationResult(rules=1, missing=1)


@pytest.mark.django_db
def test_a_rate_that_its_source_gives_an_old_time_is_not_used(make_alert: Make) -> None:
    make_alert(armed=True)
    tether = quoted("1", NOW, asset="tether", currency="USD", as_of=after(-600))
    assert evaluate(NOW, feed(quoted("150"), tether)) == EvaluationResult(rules=1, missing=1)


@pytest.mark.django_db
def test_a_rule_in_a_stablecoin_is_compared_in_it(make_alert: Make) -> None:
    make_alert(quote="USDT", armed=True)
    tether = quoted("0.5", asset="tether", currency="USD")
    assert evaluate(NOW, feed(quoted("150"), tether)).fired == 1
