"""What must be true of each answer beyond its shape: its values are the sandbox's, and agree with one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS
from providers.sandbox.fakes.render import CARRIED
from tests.walk.truth import Truth, ends, near, unix

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """An answer of 200: what it said, when, and what would be right."""

    body: Any
    at: float
    truth: Truth


Holds = Callable[[Seen], None]


def asked_at(seen: Seen) -> float:
    """When the newest figures were fetched."""
    fetched = seen.body["meta"]["fetched_at"]
    return unix(fetched) if fetched else seen.at


def is_price(seen: Seen, coin: str, price: Any, currency: str, at: float) -> None:
    right = seen.truth.price(coin, currency, at)
    assert near(price, right), f"{coin}: {price} {currency}, not {right}"


def is_price_of_candles(seen: Seen, coin: str, price: Any, *, place: int = 0) -> None:
    """The newest candle's close: of now, or, where only closed ones were kept, of its end."""
    series = seen.body["meta"]["inputs"][place]
    is_price(seen, coin, price, series["currency"], ends(series["last"], series["interval"], asked_at(seen)))


def are_candles(seen: Seen, coin: str, rows: Sequence[Body], interval: str, currency: str) -> None:
    """On their grid, oldest first, each closed where the market was at its end."""
    opens = [unix(row["time"]) for row in rows]
    assert all(later - earlier == INTERVALS[interval] for earlier, later in pairwise(opens))
    for row in rows:
        first, high, low, close = (Decimal(row[name]) for name in ("open", "high", "low", "close"))
        assert 0 < low <= min(first, close) <= max(first, close) <= high
        assert row["volume"] is None or Decimal(row["volume"]) >= 0
        is_price(seen, coin, close, currency, ends(row["time"], interval, asked_at(seen)))
        assert row["closed"] == (unix(row["time"]) + INTERVALS[interval] <= seen.at + 1)


def is_tone(score: float | None, label: str | None) -> None:
    if score is None:
        assert label is None
        return
    assert -1 <= score <= 1
    assert label in ("positive", "negative", "neutral")
    assert score > 0 or label != "positive"
    assert score < 0 or label != "negative"


def has_reasons(row: Body, *but: str) -> None:
    """Every null has its reason."""
    null = {name for name, value in row.items() if value is None} - set(but)
    assert null <= set(row["unknown"]), f"no reason for {null - set(row['unknown'])}"


# -- prices and venues --------------------------------------------------------------------------------------------


def prices(seen: Seen) -> None:
    assert [row["symbol"] for row in seen.body["prices"]] == ["BTC", "ETH", "SOL"]
    for row in seen.body["prices"]:
        at = unix(row["as_of"]) if row["as_of"] else asked_at(seen)
        is_price(seen, row["id"], row["price"], row["currency"], at)
        if row["change_24h"] is not None:
            assert abs(row["change_24h"] - seen.truth.change_24h(row["id"], at)) < 0.5
        assert row["volume_24h"] is None or Decimal(row["volume_24h"]) > 0
        has_reasons(row, "stale_reason", "volume_scope")
    assert [(row["symbol"], row["code"]) for row in seen.body["missing"]] == [("NOPE", "unknown_asset")]


def ohlcv(seen: Seen) -> None:
    assert len(seen.body["candles"]) in (23, 24)  # what is kept of them has closed
    are_candles(seen, "bitcoin", seen.body["candles"], "1h", seen.body["currency"])
    assert all(row["t"] == unix(row["time"]) * 1000 for row in seen.body["candles"])


def volume(seen: Seen) -> None:
    assert seen.body["count"] == len(seen.body["data"]) == 1
    (row,) = seen.body["data"]
    assert row["volume_24h"] == seen.body["total_volume"]
    assert (row["exchange"] == row["source"]) == (row["volume_scope"] == "venue")
    right = seen.truth.price("bitcoin", row["currency"], asked_at(seen))
    assert row["volume_base"] is None or near(Decimal(row["volume_24h"]) / Decimal(row["volume_base"]), right, 0.2)
    has_reasons(row)


def all_volumes(seen: Seen) -> None:
    assert seen.body["count"] == len(seen.body["data"]) > 40
    assert len({(row["symbol"], row["exchange"]) for row in seen.body["data"]}) == seen.body["count"]
    for row in seen.body["data"]:
        assert row["volume_24h"] is None or Decimal(row["volume_24h"]) > 0
        has_reasons(row, "exchange")


def orderbook(seen: Seen) -> None:
    bids, asks = ([[Decimal(cell) for cell in level] for level in seen.body[side]] for side in ("bids", "asks"))
    metrics = seen.body["metrics"]
    assert len(bids) == len(asks) == 20
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert Decimal(metrics["best_bid"]) == bids[0][0] < asks[0][0] == Decimal(metrics["best_ask"])
    is_price(seen, "bitcoin", (bids[0][0] + asks[0][0]) / 2, seen.body["currency"], asked_at(seen))
    sums = [sum(quantity for _, quantity in side) for side in (bids, asks)]
    assert [Decimal(metrics["bid_volume"]), Decimal(metrics["ask_volume"])] == sums
    assert Decimal(metrics["spread"]) == asks[0][0] - bids[0][0]
    assert near(metrics["bid_ask_ratio"], float(sums[0] / sums[1]), 1e-9)


# -- computed from candles ----------------------------------------------------------------------------------------


def indicators(seen: Seen) -> None:
    found, series = seen.body["indicators"], seen.body["meta"]["inputs"][0]
    is_price_of_candles(seen, "bitcoin", seen.body["current_price"])
    assert all(row["settled"] for row in found.values())
    last = unix(seen.body["last_closed"])
    closes = [seen.truth.price("bitcoin", series["currency"], last + 3600 - 3600 * ago) for ago in range(50)]
    assert near(found["bollinger_bands"]["middle"], sum(closes[:20]) / 20)
    assert near(found["sma"]["sma_20"], sum(closes[:20]) / 20)
    assert near(found["sma"]["sma_50"], sum(closes) / 50)
    assert found["bollinger_bands"]["lower"] < found["bollinger_bands"]["middle"] < found["bollinger_bands"]["upper"]
    assert 0 < found["rsi"]["value"] < 100
    macd = found["macd"]
    assert abs(macd["histogram"] - (macd["macd"] - macd["signal"])) < 1e-6


def held(seen: Seen) -> None:
    """Buying and holding is what the market did."""
    equity = seen.body["equity"]
    currency = seen.body["meta"]["inputs"][0]["currency"]
    first, last = (unix(equity[place]["time"]) for place in (0, -1))
    start = seen.truth.price("bitcoin", currency, first - 86_400)  # the times are those of the closes
    end = seen.truth.price("bitcoin", currency, min(last, asked_at(seen)))
    assert abs(seen.body["return_percent"] - (end / start - 1) * 100) < 1
    assert abs(seen.body["metrics"]["buy_and_hold_percent"] - seen.body["return_percent"]) < 0.01
    gain = Decimal(seen.body["final_capital"]) - Decimal(seen.body["initial_capital"])
    assert Decimal(seen.body["total_return"]) == gain


def correlations(seen: Seen) -> None:
    symbols, found = seen.body["symbols"], seen.body["correlations"]
    assert set(found) == set(symbols) == {"BTC", "ETH", "SOL"}
    for one in symbols:
        assert found[one][one] == 1
        for other in symbols:
            assert found[one][other] == found[other][one]
            assert -1 <= found[one][other] <= 1
            assert 150 <= seen.body["observations"][one][other] <= 168


def predictions(seen: Seen) -> None:
    is_price_of_candles(seen, "bitcoin", seen.body["current_price"])
    rows = seen.body["predictions"]
    assert [row["day"] for row in rows] == list(range(1, 8))
    assert len({row["date"] for row in rows}) == 7
    for row in rows:
        assert 0 < Decimal(row["lower"]) < Decimal(row["predicted_price"]) < Decimal(row["upper"])
    skill = seen.body["skill"]
    assert (skill["against"], skill["horizon"]) == ("random walk", 7)
    assert 0.7 < skill["coverage"] < 0.9
    assert skill["windows"] > 300


def models(seen: Seen) -> None:
    rows = seen.body["models"]
    assert seen.body["total_models"] == len(rows) == 5
    assert seen.body["active_models"] == sum(row["active"] for row in rows)
    measured = {row["id"]: row["skill"]["mae_ratio"] for row in rows}
    assert measured["random_walk"] in (1.0, None)
    assert all(row["skill"]["reason"] for row in rows if row["skill"]["mae_ratio"] is None)


def coin_sentiment(seen: Seen) -> None:
    answer = seen.body
    is_tone(answer["overall_score"], answer["overall_sentiment"])
    is_price(seen, "bitcoin", answer["current_price"], answer["currency"], asked_at(seen))
    for part in answer["breakdown"].values():
        is_tone(part["score"], part["label"])
        assert (part["score"] is None) == (part["reason"] is not None)
    tones = [row["score"] for row in answer["breakdown"]["news"]["inputs"]]
    assert len(tones) <= answer["breakdown"]["news"]["count"]
    assert answer["market_mood"]["index"]
    assert 0 <= answer["market_mood"]["value"] <= 100


def analysed(kind: str) -> Holds:
    def holds(seen: Seen) -> None:
        assert seen.body["analysis_type"] == kind
        result = seen.body["result"]
        if kind == "sentiment":
            is_tone(result["overall_score"], result["overall_sentiment"])
        else:
            is_price_of_candles(seen, "bitcoin", result["current_price"])

    return holds


def simulated(seen: Seen) -> None:
    parts = seen.body["initial_portfolio"]["holdings"]
    for place, (row, amount) in enumerate(zip(parts, ("0.5", "3"), strict=True)):
        is_price_of_candles(seen, row["symbol"], row["price"], place=place)
        assert Decimal(row["amount"]) == Decimal(amount)
        assert Decimal(row["value"]) == Decimal(row["amount"]) * Decimal(row["price"])
    total = sum(Decimal(row["value"]) for row in parts)
    assert Decimal(seen.body["initial_portfolio"]["value"]) == total
    history = seen.body["portfolio_history"]
    assert [row["day"] for row in history] == list(range(31))
    for row in history:
        assert Decimal(row["p5"]) <= Decimal(row["p50"]) <= Decimal(row["p95"])
    assert near(history[0]["p50"], float(total), 1e-6)


def price_alerts(seen: Seen) -> None:
    rows = seen.body["alerts"]
    assert seen.body["count"] == len(rows)
    assert sum(seen.body["summary"]["by_type"].values()) == len(rows)
    places = {coin: place for place, coin in enumerate(("BTC", "ETH", "SOL"))}
    for row in rows:
        is_price_of_candles(seen, row["symbol"], row["current_price"], place=places[row["symbol"]])
        assert row["type"] in ("breakout", "support", "resistance", "volatility")
        has_reasons(row)
        if row["target_price"] is not None:
            away = (Decimal(row["target_price"]) / Decimal(row["current_price"]) - 1) * 100
            assert abs(float(away) - row["distance_percent"]) < 1e-6


# -- lists --------------------------------------------------------------------------------------------------------


def is_listed(seen: Seen, row: Body) -> None:
    """A row of a source's list: its price is right, and every null has its reason."""
    has_reasons(row, "figures_source")
    if row["current_price"] is not None:
        at = unix(row["as_of"]) if row["as_of"] else asked_at(seen)
        right = seen.truth.price(row["id"], "USD", at)
        assert near(row["current_price"], right, 0.01), f"{row['id']}: {row['current_price']}, not {right}"


def search(seen: Seen) -> None:
    rows = seen.body["results"]
    assert seen.body["count"] == len(rows) > 0
    assert rows[0]["id"] == "bitcoin"
    for row in rows:
        assert "bit" in f"{row['id']} {row['symbol']} {row['name']}".lower()
        is_listed(seen, row)


def details(seen: Seen) -> None:
    answer = seen.body
    assert (answer["id"], answer["symbol"], answer["name"]) == ("bitcoin", "BTC", "Bitcoin")
    figures = answer["market_data"]
    is_price(seen, "bitcoin", figures["current_price"], figures["currency"], asked_at(seen))
    has_reasons(figures)
    assert "<" not in (answer["description"] or "")


def history(seen: Seen) -> None:
    rows = [row | {"time": row["date"]} for row in seen.body["data"]]
    assert seen.body["count"] == len(rows) in (10, 11, 9)
    are_candles(seen, "bitcoin", rows, "1d", seen.body["currency"])
    assert all(row["market_cap"] is None for row in rows) == ("market_cap" in seen.body["unknown"])


def chart(seen: Seen) -> None:
    drawn, stats = seen.body["chart"], seen.body["stats"]
    assert len(drawn["labels"]) == len(drawn["prices"]) >= 90
    is_price(seen, "bitcoin", drawn["prices"][-1], seen.body["currency"], ends(drawn["labels"][-1], "15m", seen.at))
    closes = [Decimal(price) for price in drawn["prices"]]
    assert Decimal(stats["low"]) <= min(closes) <= Decimal(stats["avg"]) <= max(closes) <= Decimal(stats["high"])


def whole_market(seen: Seen) -> None:
    assert Decimal(seen.body["market_cap"]) > Decimal(seen.body["volume_24h"]) > 0
    assert 0 < seen.body["ethereum_share_percent"] < seen.body["bitcoin_share_percent"] < 100
    has_reasons(seen.body)


def categories(seen: Seen) -> None:
    rows = seen.body["categories"]
    assert seen.body["count"] == len(rows) > 0
    for row in rows:
        assert row["market_cap"] is None or Decimal(row["market_cap"]) > 0
        has_reasons(row)


def movers(name: str) -> Holds:
    def holds(seen: Seen) -> None:
        rows = seen.body[name]
        changes = [row["price_change_24h"] for row in rows]
        assert seen.body["count"] == len(rows) == 10
        assert changes == sorted(changes, reverse=name == "gainers")
        assert all((change > 0) == (name == "gainers") for change in changes)
        for row in rows:
            is_listed(seen, row)
            at = unix(row["as_of"]) if row["as_of"] else asked_at(seen)
            assert abs(row["price_change_24h"] - seen.truth.change_24h(row["id"], at)) < 0.5

    return holds


def exchanges(seen: Seen) -> None:
    rows = seen.body["exchanges"]
    assert seen.body["count"] == len(rows) > 0
    for row in rows:
        has_reasons(row)
    named = {row["id"] for row in rows}
    assert {row["id"] for row in seen.body["top_by_volume"]} <= named


def coin_list(seen: Seen) -> None:
    rows = seen.body["coins"]
    assert seen.body["count"] == len(rows) == 30
    for row in rows:
        assert seen.truth.market.find(row["id"]) is not None
        has_reasons(row)
    assert seen.body["statistics"]["total"] >= len(rows)


# -- what is written ----------------------------------------------------------------------------------------------


def are_articles(seen: Seen) -> None:
    rows = seen.body["articles"]
    assert seen.body["count"] == len(rows) > 0
    times = [unix(row["published_at"]) for row in rows]
    assert times == sorted(times, reverse=True)
    for row, time in zip(rows, times, strict=True):
        outlets = CARRIED if row["source"] == "render" else (row["source"],)
        assert (row["title"], int(time)) in set().union(*(seen.truth.stories(one, seen.at) for one in outlets))
        assert row["sentiment"] is None or -1 <= row["sentiment"]["score"] <= 1


def coin_news(seen: Seen) -> None:
    are_articles(seen)
    for row in seen.body["articles"]:
        words = " ".join([row["title"], row["summary"] or "", *row["categories"], *row["tags"]])
        assert re.search(r"\b(BTC|[Bb]itcoin)\b", words), words


def events(seen: Seen) -> None:
    """There is no source, and so there is nothing, and it is said."""
    assert (seen.body["count"], seen.body["events"]) == (0, [])
    assert seen.body["reason"]


def trending(seen: Seen) -> None:
    rows = seen.body["trending_topics"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows
    for row in rows:
        is_tone(row["sentiment_score"], row["sentiment"])
        assert (row["sentiment_score"] is None) == (row["reason"] is not None)


def social_sentiment(seen: Seen) -> None:
    is_tone(seen.body["overall_score"], seen.body["overall_sentiment"])
    assert set(seen.body["by_platform"]) <= {"reddit", "coingecko"}
    for voice in seen.body["by_platform"].values():
        is_tone(voice["score"], voice["label"])
    assert seen.body["historical"] == []


# -- the hub itself -----------------------------------------------------------------------------------------------

CATEGORIES = {category.value for category in Category}


def watchlist(seen: Seen) -> None:
    assert seen.body["symbols"] == ["BTC", "ETH"]
    assert seen.body["total_symbols"] == 2
    for row in seen.body["watchlist_data"]:
        if row["price"] is None:
            assert row["reason"]
        else:
            at = unix(row["as_of"]) if row["as_of"] else asked_at(seen)
            is_price(seen, row["id"], row["price"], row["currency"], at)


def cache_stats(seen: Seen) -> None:
    rows, whole = seen.body["cache_breakdown"], seen.body["overall_statistics"]
    assert set(rows) == CATEGORIES
    for name in ("entries", "lookups", "hits", "misses", "stale_served", "unanswered", "revalidations"):
        assert sum(row[name] or 0 for row in rows.values()) == whole[name]
    for row in (*rows.values(), whole):
        has_reasons(row)
    assert whole["lookups"] == whole["hits"] + whole["misses"] > 0


def by_category(name: str) -> Holds:
    def holds(seen: Seen) -> None:
        assert CATEGORIES <= set(seen.body[name]) <= CATEGORIES | {"binance_dns"}

    return holds


def mirrors(seen: Seen) -> None:
    assert seen.body["binance_health"]["total_endpoints"] == len(seen.body["binance_health"]["endpoints"]) == 6
