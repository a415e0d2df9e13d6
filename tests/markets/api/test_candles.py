"""Candles over HTTP: stored and newest together, one currency, honest when sources fail."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from markets.api.schemas.candles import _mean
from markets.models import Asset, AssetAlias, StoredCandle
from providers.domain.categories import Category
from providers.domain.market_data import Quote
from providers.engine.decide import engine
from providers.models import Chain, ChainLink, Provider
from providers.sandbox.client import Sandbox
from tests.hub import add_provider, flush, restart

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.relaxed_timing]


@pytest.fixture
def candles(hub: Chain) -> Chain:
    """The hub's three venues, for candles."""
    chain = Chain.objects.create(category="MARKET_OHLCV", deadline_ms=2000, cache_s=0, stale_s=86_400)
    for place, slug in enumerate(["binance", "kraken", "okx"]):
        ChainLink.objects.create(chain=chain, provider=Provider.objects.get(slug=slug), position=place)
    restart()
    return chain


def get(client: Client, path: str) -> Any:
    return client.get(path, headers={"accept": "application/json"})


def test_candles_come_oldest_first_with_the_forming_one_marked(candles: Chain, client: Client) -> None:
    answer = get(client, "/api/ohlcv/BTC?interval=1h&limit=5").json()
    times = [row["t"] for row in answer["candles"]]
    assert (len(times), times) == (5, sorted(times))
    assert [row["closed"] for row in answer["candles"]] == [True] * 4 + [False]
    assert (answer["symbol"], answer["currency"], answer["meta"]["source"]) == ("BTC", "USDT", "binance")


def test_the_newest_close_is_the_sandboxs_price(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    close = Decimal(get(client, "/api/ohlcv/BTC?limit=1").json()["candles"][-1]["close"])
    assert abs(close / sandbox.price("BTC", "USDT") - 1) < Decimal("0.002")


def test_another_venue_answers_when_the_first_is_dead(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "refuse")
    answer = get(client, "/api/ohlcv/BTC?limit=3").json()
    assert answer["meta"]["source"] in {"kraken", "okx"}
    assert len(answer["candles"]) == 3


def test_with_all_venues_dead_market_wide_candles_are_served_whose_volumes_are_said_to_be_unknown(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    ChainLink.objects.create(chain=candles, provider=add_provider(sandbox, "coingecko"), position=9)
    restart()
    for venue in ("binance", "kraken", "okx"):
        sandbox.fault(venue, "refuse")
    answer = get(client, "/api/ohlcv/BTC?interval=4h&limit=12").json()
    assert (answer["meta"]["source"], answer["currency"], len(answer["candles"])) == ("coingecko", "USD", 12)
    assert {row["volume"] for row in answer["candles"]} == {None}
    assert answer["unknown"]["volume"]
    fair = sandbox.price("BTC", "USD")
    assert abs(Decimal(answer["candles"][-1]["close"]) / fair - 1) < Decimal("0.005")
    assert not StoredCandle.objects.exists(), "they would stand in the way of whole ones"


@pytest.mark.parametrize(("interval", "most"), [("30m", 48), ("4h", 180)])
def test_coingecko_gives_as_many_as_it_has_where_more_are_asked_for(
    candles: Chain, sandbox: Sandbox, client: Client, interval: str, most: int
) -> None:
    alone_with_coingecko(candles, sandbox)
    rows = get(client, f"/api/ohlcv/BTC?interval={interval}&limit=500").json()["candles"]
    assert (len(rows), rows[-1]["closed"]) == (most, False)


def test_what_is_computed_from_volumes_is_null_with_its_reason_where_there_are_none(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    alone_with_coingecko(candles, sandbox)
    answer = get(client, "/api/indicators/BTC?interval=4h&indicators=obv,vwap,rsi").json()["indicators"]
    for name in ("obv", "vwap"):
        assert (answer[name]["value"], answer[name]["reason"]) == (
            None,
            "no single source gives the volumes of these candles",
        )
    assert answer["rsi"]["value"] is not None


def alone_with_coingecko(chain: Chain, sandbox: Sandbox) -> None:
    chain.links.all().delete()
    ChainLink.objects.create(chain=chain, provider=add_provider(sandbox, "coingecko"), position=0)
    restart()


def test_candles_far_from_the_price_that_others_say_are_neither_served_nor_kept(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    for lineage in ("kraken", "okx"):
        price = sandbox.price("BTC", "USD")
        engine().checks_for(Category.MARKET_PRICE).note(Quote("bitcoin", "USD", price), lineage, time.time())
    sandbox.fault("binance", "wrong_price", factor=1.2)
    answer = get(client, "/api/ohlcv/BTC?limit=3").json()
    assert answer["meta"]["source"] in {"kraken", "okx"}
    assert answer["meta"]["verified"] is True
    flush()
    assert not StoredCandle.objects.filter(source="binance").exists()


def test_what_has_closed_is_kept_and_not_asked_for_again(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    get(client, "/api/ohlcv/BTC?limit=50")
    assert StoredCandle.objects.filter(asset="bitcoin", interval="1h", currency="USDT").count() == 49
    sandbox.clear_log()
    assert len(get(client, "/api/ohlcv/BTC?limit=50").json()["candles"]) == 50
    (call,) = sandbox.log("binance")
    assert "limit=2" in call["path"]


def test_the_past_is_answered_from_the_store_alone(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    get(client, "/api/ohlcv/BTC?limit=50")
    end = (datetime.now(UTC) - timedelta(hours=10)).isoformat().replace("+00:00", "Z")
    sandbox.clear_log()
    answer = get(client, f"/api/ohlcv/BTC?limit=20&end={end}").json()
    assert (len(answer["candles"]), sandbox.log()) == (20, [])
    assert all(row["closed"] for row in answer["candles"])


def test_when_all_are_dead_the_store_answers_and_says_it_is_stale(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    get(client, "/api/ohlcv/BTC?limit=10")
    sandbox.fault("*", "refuse")
    restart()
    answer = get(client, "/api/ohlcv/BTC?limit=10").json()
    assert answer["meta"]["stale"] is True
    assert len(answer["candles"]) >= 9


def test_when_all_are_dead_and_nothing_is_kept_it_is_unavailable(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.fault("*", "refuse")
    response = get(client, "/api/ohlcv/BTC?limit=10")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert int(response["Retry-After"]) >= 1


def test_each_candle_names_its_venue_where_another_has_filled_in(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    get(client, "/api/ohlcv/BTC?limit=5")
    sandbox.fault("binance", "refuse")
    sandbox.fault("kraken", "refuse")
    answer = get(client, "/api/ohlcv/BTC?limit=8").json()
    assert [row["source"] for row in answer["candles"]] == ["okx"] * 3 + ["binance"] * 4 + ["okx"]
    assert answer["meta"]["source"] == "binance,okx"


def test_a_week_is_built_from_days_where_no_venue_has_weeks(candles: Chain, client: Client) -> None:
    candles.links.exclude(provider__slug="kraken").delete()
    restart()
    answer = get(client, "/api/ohlcv/BTC?interval=1w&limit=3").json()
    assert (len(answer["candles"]), answer["built_from"]) == (3, "1d")
    days = get(client, "/api/ohlcv/BTC?interval=1d&limit=30").json()["candles"]
    week = answer["candles"][1]
    own = [day for day in days if week["t"] <= day["t"] < answer["candles"][2]["t"]]
    assert (len(own), week["open"], week["close"]) == (7, own[0]["open"], own[-1]["close"])
    assert Decimal(week["high"]) == max(Decimal(day["high"]) for day in own)
    assert Decimal(week["volume"]) == sum(Decimal(day["volume"]) for day in own)


def test_newest_parts_are_preferred_to_an_old_whole(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    get(client, "/api/ohlcv/BTC?interval=1w&limit=3")
    sandbox.fault("binance", "refuse")
    sandbox.fault("okx", "refuse")
    restart()
    answer = get(client, "/api/ohlcv/BTC?interval=1w&limit=3").json()
    assert (answer["built_from"], answer["meta"]["stale"], answer["meta"]["source"]) == ("1d", False, "kraken")


def test_a_venue_that_cannot_be_paged_gives_as_many_as_it_can_at_once(candles: Chain, client: Client) -> None:
    candles.links.exclude(provider__slug="kraken").delete()
    restart()
    rows = get(client, "/api/ohlcv/BTC?interval=1h&limit=1000").json()["candles"]
    assert (len(rows), rows[-1]["t"] - rows[0]["t"]) == (720, 719 * 3_600_000)


@pytest.mark.parametrize("slug", ["okx", "kucoin", "coinbase"])
def test_pages_of_a_venue_that_gives_few_at_once_make_one_range(
    candles: Chain, sandbox: Sandbox, client: Client, slug: str
) -> None:
    provider = Provider.objects.filter(slug=slug).first() or add_provider(sandbox, slug)
    AssetAlias.objects.get_or_create(asset=Asset.objects.get(slug="bitcoin"), provider=slug, name="BTC")
    candles.links.all().delete()
    candles.links.create(provider=provider)
    restart()
    rows = get(client, "/api/ohlcv/BTC?interval=1h&limit=1000").json()["candles"]
    assert [row["t"] - rows[0]["t"] for row in rows] == [hour * 3_600_000 for hour in range(1000)]
    assert len(sandbox.log(slug)) <= 8


def test_an_operator_can_forget_what_a_source_told(candles: Chain, client: Client, admin_client: Client) -> None:
    get(client, "/api/ohlcv/BTC?limit=5")
    flush()
    page = reverse("admin:markets_storedcandle_changelist")
    assert "binance" in admin_client.get(page, {"source": "binance"}).text
    picked = list(StoredCandle.objects.values_list("pk", flat=True))
    asked = {"action": "delete_selected", "_selected_action": picked, "post": "yes"}
    assert admin_client.post(page, asked).status_code == 302
    assert not StoredCandle.objects.exists()


def test_history_is_in_days_and_says_why_there_is_no_market_capitalisation(candles: Chain, client: Client) -> None:
    answer = get(client, "/api/coins/bitcoin/history?days=7").json()
    assert (answer["count"], answer["interval"], len(answer["data"])) == (7, "daily", 7)
    assert answer["data"][0]["market_cap"] is None
    assert "market_cap" in answer["unknown"]


def test_a_long_history_by_the_hour_is_whole(candles: Chain, client: Client) -> None:
    answer = get(client, "/api/coins/bitcoin/history?days=60&interval=hourly").json()
    times = [row["timestamp"] for row in answer["data"]]
    assert (answer["count"], answer["note"]) == (1440, None)
    assert [time - times[0] for time in times] == [hour * 3_600_000 for hour in range(1440)]


def test_a_history_that_begins_later_than_asked_says_so(candles: Chain, client: Client) -> None:
    candles.links.exclude(provider__slug="kraken").delete()
    restart()
    answer = get(client, "/api/coins/bitcoin/history?days=60&interval=hourly").json()
    assert (answer["count"], answer["note"]) == (720, "the sources' candles begin later than requested")


def test_a_chart_has_as_many_labels_as_prices_and_its_range(candles: Chain, client: Client) -> None:
    answer = get(client, "/api/coins/bitcoin/chart?timeframe=7d").json()
    assert len(answer["chart"]["labels"]) == len(answer["chart"]["prices"]) == 168
    prices = [Decimal(price) for price in answer["chart"]["prices"]]
    assert Decimal(answer["stats"]["low"]) <= min(prices) <= max(prices) <= Decimal(answer["stats"]["high"])


@pytest.mark.parametrize(
    "path",
    [
        "/api/ohlcv/BTC?interval=2h",
        "/api/ohlcv/BTC?limit=0",
        "/api/ohlcv/BTC?limit=1001",
        "/api/ohlcv/BTC?end=yesterday",
        "/api/ohlcv/BTC?end=2026-01-01T00:00:00",
        "/api/coins/bitcoin/chart?timeframe=2y",
        "/api/coins/bitcoin/history?days=366",
        "/api/coins/bitcoin/history?days=366&interval=hourly",
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(candles: Chain, client: Client, path: str) -> None:
    response = get(client, path)
    assert response.status_code == 400
    assert "Allowed" in response.json()["errors"][0]["detail"]


def test_a_coin_nobody_knows_is_not_found(candles: Chain, client: Client) -> None:
    assert get(client, "/api/ohlcv/NOPE").status_code == 404


def test_the_mean_has_the_digits_of_the_finest_value_whichever_came_last() -> None:
    assert _mean([Decimal(text) for text in ("2.17", "2.09", "1.98", "2")]) == Decimal("2.06")
    assert _mean([Decimal("0.1"), Decimal("0.2"), Decimal("0.2")]) == Decimal("0.167")


def test_a_charts_label_is_when_the_price_was(candles: Chain, client: Client) -> None:
    chart = get(client, "/api/coins/bitcoin/chart?timeframe=7d").json()
    rows = get(client, "/api/ohlcv/BTC?interval=1h&limit=200").json()["candles"]
    closes = {row["close"]: row["t"] / 1000 + 3600 for row in rows if row["closed"]}
    pairs = list(zip(chart["chart"]["labels"], chart["chart"]["prices"], strict=True))
    found = [(label, closes[price]) for label, price in pairs if price in closes]
    assert len(found) > 20
    assert all(datetime.fromisoformat(label).timestamp() == ends for label, ends in found)
    newest = datetime.fromisoformat(pairs[-1][0])
    assert newest <= datetime.now(UTC) + timedelta(seconds=5)
