"""What is computed from candles, over HTTP and against the sandbox's market: fields, values, refusals, failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from markets.analysis import indicators
from markets.analysis.forecast_models import MODELS
from providers.models import Chain, ChainLink, Provider
from providers.sandbox.client import Sandbox
from providers.state.runtime import runtime
from tests.hub import candle_hub, restart

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"
META = {
    *("source", "endpoint", "as_of", "fetched_at", "age_s", "stale", "stale_reason"),
    *("verified", "cache", "chain", "attempts", "decision", "asset", "inputs"),
}
START = (datetime.now(UTC) - timedelta(days=200)).date()
BACKTEST = {"symbol": "BTC", "strategy": "sma_crossover", "start_date": f"{START}"}
HOLDINGS = [{"symbol": "BTC", "amount": "0.5"}, {"symbol": "ETH", "amount": 3}]

GETS = [
    "/api/indicators/BTC",
    "/api/correlations?symbols=BTC,ETH",
    "/api/ai/predictions/BTC",
    "/api/alerts/prices?symbols=BTC,ETH",
]
POSTS = [
    ("/api/backtest", BACKTEST),
    ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "risk_assessment"}),
    ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "trend"}),
    ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "price_prediction"}),
    ("/api/portfolio/simulate", {"holdings": HOLDINGS}),
]
ALL = [(path, None) for path in GETS] + POSTS


@pytest.fixture
def candles(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with candle_hub(sandbox) as chain:
        yield chain


def request_route(client: Client, path: str, body: Any = None) -> Any:
    return client.get(path) if body is None else client.post(path, body, content_type="application/json")


def fetch(client: Client, path: str, body: Any = None) -> dict[str, Any]:
    response = request_route(client, path, body)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    assert found["success"] is True
    return found


def near(one: str | float, other: str | Decimal) -> bool:
    return abs(float(one) / float(other) - 1) < 0.002


# -- indicators ---------------------------------------------------------------------------------------------------


def test_indicators_have_the_fields_of_the_contract(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    answer = fetch(client, "/api/indicators/btc")
    assert {"symbol", "interval", "current_price", "indicators"} <= set(answer)
    assert set(answer["indicators"]) == {"rsi", "macd", "bollinger_bands"}
    assert {"value", "period", "interpretation"} <= set(answer["indicators"]["rsi"])
    assert {"macd", "signal", "histogram", "interpretation"} <= set(answer["indicators"]["macd"])
    assert {"upper", "middle", "lower", "position"} <= set(answer["indicators"]["bollinger_bands"])
    assert near(answer["current_price"], sandbox.price("BTC", "USDT"))


def test_all_ten_indicators_are_settled_and_none_is_missing(candles: Chain, client: Client) -> None:
    names = ",".join(indicators.INDICATORS)
    answer = fetch(client, f"/api/indicators/ETH?interval=4h&indicators={names}")["indicators"]
    assert set(answer) == {indicator.key for indicator in indicators.INDICATORS.values()}
    assert all(row["settled"] and row["reason"] is None for row in answer.values())


def test_an_indicator_is_that_of_the_candles_that_the_hub_answers(candles: Chain, client: Client) -> None:
    rows = fetch(client, "/api/ohlcv/BTC?interval=1h&limit=21")["candles"]
    closes = [float(row["close"]) for row in rows if row["closed"]][-20:]
    answer = fetch(client, "/api/indicators/BTC?indicators=bb,sma")["indicators"]
    assert answer["bollinger_bands"]["middle"] == pytest.approx(sum(closes) / 20, rel=1e-9)
    assert answer["sma"]["sma_20"] == pytest.approx(sum(closes) / 20, rel=1e-9)


def test_meta_names_the_model_and_the_candles_it_was_given(candles: Chain, client: Client) -> None:
    meta = fetch(client, "/api/indicators/BTC")["meta"]
    assert set(meta) == META
    assert (meta["source"], meta["chain"], meta["endpoint"]) == ("local:ta-lib", "TECHNICAL", None)
    assert meta["asset"] == {"BTC": "bitcoin"}
    assert (meta["inputs"][0]["source"], meta["inputs"][0]["currency"]) == ("binance", "USDT")


def test_the_same_answer_is_not_sent_twice(candles: Chain, client: Client) -> None:
    first = request_route(client, "/api/indicators/BTC")
    again = client.get("/api/indicators/BTC", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", GETS)
def test_a_warm_answer_costs_no_query_and_is_the_same(
    candles: Chain, client: Client, django_assert_num_queries: Any, path: str
) -> None:
    runtime().start()  # a thread looks at the tables, as where the hub serves: on a busy machine a request would
    request_route(client, path)
    first = request_route(client, path)
    with django_assert_num_queries(0):
        again = request_route(client, path)
    assert again.content == first.content


# -- backtest -----------------------------------------------------------------------------------------------------


def test_a_backtest_has_the_fields_of_the_contract(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/backtest", BACKTEST)
    assert {
        *("strategy", "symbol", "period", "initial_capital", "final_capital", "total_return", "return_percent"),
        *("trades", "metrics", "trade_history", "equity"),
    } <= set(answer)
    assert {"total", "winning", "losing", "win_rate"} <= set(answer["trades"])
    metrics = {"max_drawdown", "sharpe", "sortino", "exposure", "cagr", "buy_and_hold_percent"}
    assert metrics <= set(answer["metrics"])
    assert answer["trades"]["total"] + answer["trades"]["open"] == len(answer["trade_history"]) > 2


def test_dates_mean_dates(candles: Chain, client: Client) -> None:
    end = START + timedelta(days=59)
    answer = fetch(client, "/api/backtest", BACKTEST | {"end_date": f"{end}"})
    day = timedelta(days=1)
    closes = [f"{START + day}", f"{end + day}"]
    assert [row["time"][:10] for row in (answer["equity"][0], answer["equity"][-1])] == closes
    assert (answer["period"]["candles"], answer["period"]["missing_candles"]) == (60, 0)
    assert all(f"{START}" <= row["entry_at"][:10] <= f"{end}" for row in answer["trade_history"])


def test_holding_is_the_markets_own_change(candles: Chain, client: Client) -> None:
    costless = {"strategy": "buy_and_hold", "fee_bps": 0, "slippage_bps": 0}
    answer = fetch(client, "/api/backtest", BACKTEST | costless | {"initial_capital": "1000.50"})
    rows = fetch(client, "/api/ohlcv/BTC?interval=1d&limit=210")["candles"]
    closed = [row for row in rows if row["closed"] and row["time"] >= f"{START}"]
    change = Decimal(closed[-1]["close"]) / Decimal(closed[0]["open"]) - 1
    assert answer["return_percent"] == pytest.approx(float(change) * 100, abs=1e-6)
    assert answer["metrics"]["buy_and_hold_percent"] == pytest.approx(answer["return_percent"])
    assert Decimal(answer["final_capital"]) - Decimal("1000.50") == Decimal(answer["total_return"])


def test_a_longer_range_than_one_page_is_tested_whole(candles: Chain, client: Client) -> None:
    start = (datetime.now(UTC) - timedelta(days=60)).date()
    answer = fetch(client, "/api/backtest", BACKTEST | {"start_date": f"{start}", "interval": "1h"})
    assert answer["period"]["candles"] >= 60 * 24
    assert answer["period"]["missing_candles"] == 0
    assert len(answer["equity"]) <= 1001


# -- correlations -------------------------------------------------------------------------------------------------


def test_correlations_have_the_fields_of_the_contract(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/correlations?symbols=BTC,ETH,SOL&days=10")
    assert {"symbols", "days", "correlations", "interpretation", "observations"} <= set(answer)
    assert answer["symbols"] == ["BTC", "ETH", "SOL"]
    assert answer["correlations"]["BTC"]["BTC"] == 1.0
    assert answer["correlations"]["BTC"]["ETH"] == answer["correlations"]["ETH"]["BTC"]
    assert 230 <= answer["observations"]["BTC"]["ETH"] <= 240


# -- forecasts ----------------------------------------------------------------------------------------------------


def test_predictions_have_the_fields_of_the_contract(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/ai/predictions/ETH?days=5")
    assert {
        *("symbol", "prediction_period", "current_price", "predictions", "trend", "trend_strength"),
        *("methodology", "skill", "disclaimer"),
    } <= set(answer)
    assert [row["day"] for row in answer["predictions"]] == [1, 2, 3, 4, 5]
    row = answer["predictions"][0]
    assert set(row) == {"day", "date", "predicted_price", "lower", "upper", "confidence"}
    assert Decimal(row["lower"]) < Decimal(row["predicted_price"]) < Decimal(row["upper"])
    assert row["date"] == f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def test_the_skill_says_what_it_was_measured_on(candles: Chain, client: Client) -> None:
    skill = fetch(client, "/api/ai/predictions/BTC?days=7")["skill"]
    assert {"against", "horizon", "mae_ratio", "coverage", "windows"} <= set(skill)
    assert (skill["against"], skill["horizon"]) == ("random walk", 7)
    assert skill["windows"] > 300
    assert skill["verdict"]


def test_the_models_are_listed_with_their_measured_skill(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/ai/models")
    assert (answer["total_models"], answer["active_models"]) == (len(MODELS), len(MODELS))
    assert {"id", "kind", "methodology", "last_fit", "skill"} <= set(answer["models"][0])
    naive = next(row for row in answer["models"] if row["id"] == "random_walk")
    assert (naive["skill"]["mae_ratio"], naive["skill"]["asset"]) == (1.0, "bitcoin")
    assert all(row["last_fit"] for row in answer["models"])


@pytest.fixture
def model_chain(candles: Chain) -> Chain:
    """The operator's own order of two models."""
    chain = Chain.objects.create(category="AI_PREDICTION")
    for position, model in enumerate(["momentum", "random_walk"]):
        provider = Provider.objects.create(slug=f"my-{model}", name=model, adapter=f"local:{model}")
        ChainLink.objects.create(chain=chain, provider=provider, position=position)
    restart()
    return chain


def test_only_the_models_of_the_operators_chain_forecast_and_an_edit_is_in_force_at_the_next_look(
    model_chain: Chain, client: Client
) -> None:
    answer = fetch(client, "/api/ai/models")
    assert [row["id"] for row in answer["models"] if row["active"]] == ["momentum", "random_walk"]
    source = fetch(client, "/api/ai/predictions/BTC")["meta"]["source"]
    assert source in {"local:momentum", "local:random_walk"}
    model_chain.links.filter(provider__slug="my-momentum").update(position=9)
    runtime().refresh()  # what the snapshot's thread does five times a second
    answer = fetch(client, "/api/ai/models")
    assert [row["id"] for row in answer["models"] if row["active"]] == ["random_walk", "momentum"]
    model_chain.links.filter(provider__slug="my-momentum").update(enabled=False)
    runtime().refresh()
    assert fetch(client, "/api/ai/predictions/BTC")["meta"]["source"] == "local:random_walk"


def test_when_every_model_is_switched_off_that_is_the_answer(model_chain: Chain, client: Client) -> None:
    model_chain.links.update(enabled=False)
    restart()
    response = request_route(client, "/api/ai/predictions/BTC")
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert "switched off" in response.json()["detail"]
    assert fetch(client, "/api/ai/models")["active_models"] == 0


# -- analysis -----------------------------------------------------------------------------------------------------


def test_the_timeframe_settles_what_is_looked_at(candles: Chain, client: Client) -> None:
    looked = {}
    for timeframe in ("24h", "7d", "90d"):
        asked = {"symbol": "BTC", "analysis_type": "risk_assessment", "timeframe": timeframe}
        looked[timeframe] = fetch(client, "/api/ai/analyze", asked)["result"]
    assert [(row["interval"], row["candles"]) for row in looked.values()] == [("15m", 96), ("1h", 168), ("4h", 540)]
    assert len({row["volatility"]["annualized_percent"] for row in looked.values()}) == 3


def test_a_forecast_goes_as_far_as_it_is_asked_to(candles: Chain, client: Client) -> None:
    asked = {"symbol": "BTC", "analysis_type": "price_prediction"}
    assert len(fetch(client, "/api/ai/analyze", asked | {"timeframe": "24h"})["result"]["predictions"]) == 1
    answer = fetch(client, "/api/ai/analyze", asked | {"custom_params": {"days": 12}})
    assert len(answer["result"]["predictions"]) == 12
    assert answer["meta"]["chain"] == "AI_PREDICTION"


def test_the_sentiment_is_that_of_its_own_route(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/ai/analyze", {"symbol": "BTC", "analysis_type": "sentiment"})
    alone = fetch(client, "/api/ai/sentiment/BTC")
    assert answer["result"]["breakdown"] == alone["breakdown"]
    assert answer["result"]["breakdown"]["market_momentum"]["count"] > 0
    assert (answer["result"]["overall_score"], bool(answer["result"]["reason"])) == (None, True)
    assert answer["meta"]["source"] == alone["meta"]["source"]


# -- simulation ---------------------------------------------------------------------------------------------------


def test_a_simulation_has_the_fields_of_the_contract(candles: Chain, sandbox: Sandbox, client: Client) -> None:
    answer = fetch(client, "/api/portfolio/simulate", {"holdings": HOLDINGS})
    assert {
        *("strategy", "period_days", "initial_portfolio", "simulation_results", "portfolio_history", "disclaimer"),
    } <= set(answer)
    results = {"final_value", "return", "annualized_return", "volatility", "max_drawdown", "sharpe_ratio"}
    assert results <= set(answer["simulation_results"])
    spread = answer["simulation_results"]["percentiles"]["return"]
    assert spread["p5"] < answer["simulation_results"]["return"] == spread["p50"] < spread["p95"]
    worth = sandbox.price("BTC", "USDT") / 2 + sandbox.price("ETH", "USDT") * 3
    assert near(answer["initial_portfolio"]["value"], worth)
    assert len(answer["portfolio_history"]) == 31


def test_a_simulation_is_repeatable_and_the_strategies_differ(candles: Chain, client: Client) -> None:
    asked = {"holdings": HOLDINGS, "initial_investment": "10000", "period_days": 90}
    fetch(client, "/api/portfolio/simulate", asked)  # fetches the candles that the others share
    found = {
        (strategy, seed): fetch(client, "/api/portfolio/simulate", asked | {"strategy": strategy, "seed": seed})
        for strategy, seed in [("hodl", 1), ("rebalance", 1), ("dca", 1), ("hodl", 2)]
    }
    results = [answer["simulation_results"]["final_value"]["p50"] for answer in found.values()]
    assert len(set(results)) == 4
    again = fetch(client, "/api/portfolio/simulate", asked)
    assert again["simulation_results"] == found["hodl", 1]["simulation_results"]
    assert {answer["initial_portfolio"]["value"] for answer in found.values()} == {"10000"}


def test_what_a_short_simulation_cannot_say_is_null_with_the_reason(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/portfolio/simulate", {"holdings": HOLDINGS, "period_days": 1})["simulation_results"]
    assert {answer[name] for name in ("annualized_return", "volatility", "sharpe_ratio")} == {None}
    assert set(answer["unknown"]) == {"annualized_return", "volatility", "sharpe_ratio"}


def test_coins_of_different_currencies_are_valued_in_one(candles: Chain, client: Client) -> None:
    holdings = [*HOLDINGS, {"symbol": "SOL", "amount": 10}]
    answer = fetch(client, "/api/portfolio/simulate", {"holdings": holdings})
    assert {row["currency"] for row in answer["meta"]["inputs"]} == {answer["currency"]}
    assert sum(row["weight"] for row in answer["initial_portfolio"]["holdings"]) == pytest.approx(1)


# -- price alerts -------------------------------------------------------------------------------------------------


def test_price_alerts_have_their_evidence(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/alerts/prices?symbols=BTC,ETH,SOL")
    assert {"count", "alerts", "summary"} <= set(answer)
    assert answer["count"] == len(answer["alerts"]) == sum(answer["summary"]["by_type"].values())
    for row in answer["alerts"]:
        assert {"symbol", "type", "priority", "current_price", "target_price", "distance_percent"} <= set(row)
        assert {"message", "created_at", "evidence"} <= set(row)
        assert row["type"] in {"breakout", "support", "resistance", "volatility"}
        assert row["created_at"] <= f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_a_price_pushed_beyond_its_channel_is_not_told_before_its_candle_has_closed(
    candles: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.set_price("BTC", sandbox.price("BTC") * 2)
    answer = fetch(client, "/api/alerts/prices?symbols=BTC&type=breakout")
    assert near(fetch(client, "/api/indicators/BTC")["current_price"], sandbox.price("BTC", "USDT"))
    assert all(
        Decimal(row["evidence"]["close"]) < Decimal(row["current_price"]) * Decimal("0.75") for row in answer["alerts"]
    )


def test_only_the_type_asked_for_is_told(candles: Chain, client: Client) -> None:
    answer = fetch(client, "/api/alerts/prices?symbols=BTC,ETH,SOL&type=support")
    assert {row["type"] for row in answer["alerts"]} <= {"support"}


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/indicators/BTC?interval=2h", "interval"),
        ("/api/indicators/BTC?indicators=rsi,magic", "indicators"),
        ("/api/indicators/BTC?period=3", "period"),
        ("/api/correlations?symbols=BTC", "symbols"),
        ("/api/correlations?symbols=BTC,bitcoin", "symbols"),
        ("/api/correlations?symbols=BTC,ETH&days=6", "days"),
        ("/api/correlations?symbols=BTC,ETH&days=366", "days"),
        ("/api/ai/predictions/BTC?days=0", "days"),
        ("/api/ai/predictions/BTC?days=31", "days"),
        ("/api/ai/models?x=1", "x"),
        ("/api/alerts/prices?type=rumour", "type"),
    ],
)
def test_a_bad_parameter_is_named(candles: Chain, client: Client, path: str, field: str) -> None:
    response = request_route(client, path)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/backtest", BACKTEST | {"strategy": "astrology"}, "strategy"),
        ("/api/backtest", BACKTEST | {"params": {"fast": 90, "slow": 20}}, "params.fast"),
        ("/api/backtest", BACKTEST | {"params": {"magic": 1}}, "params.magic"),
        ("/api/backtest", BACKTEST | {"initial_capital": 0}, "initial_capital"),
        ("/api/backtest", BACKTEST | {"initial_capital": "NaN"}, "initial_capital"),
        ("/api/backtest", BACKTEST | {"fee_bps": -1}, "fee_bps"),
        ("/api/backtest", BACKTEST | {"start_date": "yesterday"}, "start_date"),
        ("/api/backtest", BACKTEST | {"start_date": "2999-01-01"}, "start_date"),
        ("/api/backtest", BACKTEST | {"end_date": "2020-01-01"}, "start_date"),
        ("/api/backtest", BACKTEST | {"start_date": "2010-01-01", "interval": "1m"}, "start_date"),
        ("/api/backtest", BACKTEST | {"leverage": 10}, "leverage"),
        ("/api/backtest", {"strategy": "rsi", "start_date": "2025-01-01"}, "symbol"),
        ("/api/backtest", [], ""),
        ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "horoscope"}, "analysis_type"),
        ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "trend", "timeframe": "3y"}, "timeframe"),
        ("/api/ai/analyze", {"symbol": "BTC", "analysis_type": "sentiment", "timeframe": "1y"}, "timeframe"),
        (
            "/api/ai/analyze",
            {"symbol": "BTC", "analysis_type": "price_prediction", "timeframe": "1y"},
            "timeframe",
        ),
        (
            "/api/ai/analyze",
            {"symbol": "BTC", "analysis_type": "price_prediction", "custom_params": {"days": 31}},
            "custom_params.days",
        ),
        (
            "/api/ai/analyze",
            {"symbol": "BTC", "analysis_type": "trend", "custom_params": {"days": 3}},
            "custom_params.days",
        ),
        ("/api/portfolio/simulate", {"holdings": []}, "holdings"),
        ("/api/portfolio/simulate", {"holdings": [{"symbol": "BTC", "amount": -1}]}, "holdings.0.amount"),
        ("/api/portfolio/simulate", {"holdings": [*HOLDINGS, {"symbol": "bitcoin", "amount": 1}]}, "holdings"),
        ("/api/portfolio/simulate", {"holdings": HOLDINGS, "strategy": "yolo"}, "strategy"),
        ("/api/portfolio/simulate", {"holdings": HOLDINGS, "period_days": 366}, "period_days"),
        ("/api/portfolio/simulate", {"holdings": HOLDINGS, "paths": 100_000}, "paths"),
    ],
)
def test_a_bad_member_is_named(candles: Chain, client: Client, path: str, body: Any, field: str) -> None:
    response = request_route(client, path, body)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM), response.content
    assert field in [error["field"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/indicators/NOPE", None),
        ("/api/correlations?symbols=BTC,NOPE", None),
        ("/api/ai/predictions/NOPE", None),
        ("/api/alerts/prices?symbols=NOPE", None),
        ("/api/backtest", BACKTEST | {"symbol": "NOPE"}),
        ("/api/ai/analyze", {"symbol": "NOPE", "analysis_type": "trend"}),
        ("/api/portfolio/simulate", {"holdings": [{"symbol": "NOPE", "amount": 1}]}),
    ],
)
def test_an_unknown_coin_is_404(candles: Chain, client: Client, path: str, body: Any) -> None:
    response = request_route(client, path, body)
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)


def test_a_time_before_the_coin_has_candles_is_refused_with_how_many_there_are(candles: Chain, client: Client) -> None:
    response = request_route(client, "/api/backtest", BACKTEST | {"start_date": "2009-02-01", "end_date": "2009-03-01"})
    assert response.status_code in {400, 404}
    assert response["Content-Type"] == PROBLEM


# -- failures of sources ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "body"), ALL)
def test_when_the_first_source_is_dead_another_answers(
    candles: Chain, sandbox: Sandbox, client: Client, path: str, body: Any
) -> None:
    sandbox.fault("binance", "refuse")
    sources = {row["source"] for row in fetch(client, path, body)["meta"]["inputs"]}
    assert sources <= {"kraken", "okx", "kraken,okx"}


@pytest.mark.parametrize(("path", "body"), ALL)
def test_when_all_are_dead_and_nothing_is_known_it_is_503(
    candles: Chain, sandbox: Sandbox, client: Client, path: str, body: Any
) -> None:
    sandbox.fault("*", "status", status=500)
    response = request_route(client, path, body)
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert int(response["Retry-After"]) >= 1
    assert "http://" not in response.content.decode()


@pytest.mark.parametrize("path", GETS)
def test_when_all_are_dead_what_was_known_is_served_marked_stale(
    candles: Chain, sandbox: Sandbox, client: Client, path: str
) -> None:
    fetch(client, path)
    sandbox.fault("*", "status", status=500)
    Chain.objects.update(cache_s=0)
    restart()
    answer = fetch(client, path)
    assert answer["meta"]["stale"] is True
    assert answer["meta"]["stale_reason"]
