"""GET /api/prices: what it answers, what it refuses, and what it says when sources fail."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from providers.models import Chain
from providers.sandbox.client import Sandbox
from providers.state import runtime
from tests.hub import add_provider, restart

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"


def get(client: Client, query: str, **headers: str) -> Any:
    return client.get(f"/api/prices?{query}", headers=headers)


def off(answer: str, fair: Decimal) -> Decimal:
    return abs(Decimal(answer) / fair - 1)


# -- answers ------------------------------------------------------------------------------------------------------


def test_every_coin_asked_is_priced_right_in_the_order_asked(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    rows = get(client, "symbols=ETH,btc,solana").json()["prices"]
    assert [row["symbol"] for row in rows] == ["ETH", "BTC", "SOL"]
    for row in rows:
        assert off(row["price"], sandbox.price(row["symbol"], row["currency"])) < Decimal("0.002")


def test_a_row_has_the_fields_of_the_contract(hub: Chain, client: Client) -> None:
    (row,) = get(client, "symbols=BTC").json()["prices"]
    assert {
        *("id", "symbol", "price", "currency", "change_24h", "volume_24h", "volume_scope"),
        *("as_of", "source", "stale", "age_s"),
    } <= set(row)
    assert (row["id"], row["currency"], row["source"], row["stale"]) == ("bitcoin", "USDT", "binance", False)


def test_money_is_text_with_its_sources_digits_and_percentages_are_numbers(hub: Chain, client: Client) -> None:
    (row,) = get(client, "symbols=BTC").json()["prices"]
    assert Decimal(row["price"]).as_tuple().exponent == -8
    assert isinstance(row["volume_24h"], str)
    assert isinstance(row["change_24h"], float)


def test_what_a_source_does_not_say_is_null_with_the_reason(hub: Chain, client: Client) -> None:
    (row,) = get(client, "symbols=SOL").json()["prices"]
    assert row["source"] == "kraken"
    assert row["change_24h"] is None
    assert row["unknown"]["change_24h"] == "not given by kraken"


def test_meta_says_where_the_answer_comes_from_and_which_coin_was_taken(hub: Chain, client: Client) -> None:
    meta = get(client, "symbols=btc,ETHUSDT").json()["meta"]
    assert {
        *("source", "endpoint", "as_of", "fetched_at", "age_s", "stale", "stale_reason"),
        *("verified", "cache", "chain", "attempts", "decision", "asset"),
    } == set(meta)
    assert (meta["source"], meta["chain"], meta["cache"]) == ("binance", "MARKET_PRICE", "miss")
    assert meta["asset"] == {"btc": "bitcoin", "ETHUSDT": "ethereum"}


def test_a_pair_is_answered_in_its_quote_currency(hub: Chain, client: Client) -> None:
    (row,) = get(client, "symbols=SOLUSDT").json()["prices"]
    assert row["currency"] == "USDT"


def test_a_coin_named_twice_is_answered_once(hub: Chain, client: Client) -> None:
    assert len(get(client, "symbols=BTC,bitcoin,btc").json()["prices"]) == 1


def test_unknown_coins_among_known_ones_are_listed_as_missing(hub: Chain, client: Client) -> None:
    answer = get(client, "symbols=NOPE,BTC").json()
    assert answer["success"] is True
    assert [(row["symbol"], row["code"]) for row in answer["missing"]] == [("NOPE", "unknown_asset")]
    assert answer["missing"][0]["reason"]


def test_a_currency_that_no_source_quotes_is_missing_and_nothing_is_converted(hub: Chain, client: Client) -> None:
    answer = get(client, "symbols=BTC,SOLJPY").json()
    assert [row["symbol"] for row in answer["prices"]] == ["BTC"]
    assert [(row["symbol"], row["code"]) for row in answer["missing"]] == [("SOLJPY", "not_available")]


# -- caching ------------------------------------------------------------------------------------------------------


def test_the_same_answer_has_the_same_bytes_and_is_not_sent_twice(hub: Chain, client: Client) -> None:
    Chain.objects.update(cache_s=60)
    restart()
    first = get(client, "symbols=BTC")
    again = get(client, "symbols=BTC")
    assert first.content == again.content
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    unchanged = get(client, "symbols=BTC", if_none_match=first["ETag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_warm_answer_costs_no_query_and_no_upstream_call(
    hub: Chain, sandbox: Sandbox, client: Client, django_assert_num_queries: Any
) -> None:
    Chain.objects.update(cache_s=60)
    restart()
    runtime.start()
    get(client, "symbols=BTC,ETH")
    asked = len(sandbox.log())
    with django_assert_num_queries(0):
        assert get(client, "symbols=BTC,ETH").status_code == 200
    assert len(sandbox.log()) == asked


def test_the_current_age_is_a_header(hub: Chain, client: Client) -> None:
    assert int(get(client, "symbols=BTC")["Age"]) == 0


def test_a_long_answer_is_compressed_for_who_accepts_it(hub: Chain, client: Client) -> None:
    response = get(client, "symbols=BTC,ETH,SOL", accept_encoding="gzip")
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert len(json.loads(gzip.decompress(response.content))["prices"]) == 3


def test_explaining_lists_the_attempts_and_is_never_cached(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "status", n=0, status=500)
    response = get(client, "symbols=BTC&explain=1")
    assert response["Cache-Control"] == "no-store"
    failed, answered = response.json()["attempts"][:2]
    assert (failed["provider"], failed["outcome"], failed["status"]) == ("binance", "broken", 500)
    assert answered["outcome"] == "ok"
    assert set(failed) == {"provider", "endpoint", "outcome", "status", "ms", "why"}


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("", "symbols", "Required"),
        ("symbols=", "symbols", "1 to 250"),
        ("symbols=BTC,,ETH", "symbols", "Name 2 of 3 is empty"),
        ("symbols=" + ",".join(["BTC"] * 251), "symbols", "at most 250"),
        ("symbols=BTC<script>", "symbols", "letters, digits"),
        ("symbols=" + "B" * 101, "symbols", "at most 100"),
        ("symbols=BTC&limit=5", "limit", "Allowed: symbols, explain"),
        ("symbols=BTC&explain=maybe", "explain", "1 or 0"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(client: Client, query: str, field: str, says: str) -> None:
    response = get(client, query)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    (error,) = [error for error in response.json()["errors"] if error["field"] == field]
    assert says in error["detail"]
    assert "<script>" not in response.content.decode()


def test_250_coins_are_allowed(hub: Chain, client: Client) -> None:
    names = ",".join(["BTC", *(f"NOPE{number}" for number in range(249))])
    assert len(get(client, f"symbols={names}").json()["missing"]) == 249


def test_when_no_coin_named_is_known_the_answer_is_404(hub: Chain, client: Client) -> None:
    response = get(client, "symbols=NOPE,NADA")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    assert "NOPE, NADA" in response.json()["detail"]
    assert response.json()["request_id"] == response["X-Request-ID"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    response = getattr(client, method)("/api/prices?symbols=BTC")
    assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)


# -- upstream failure ---------------------------------------------------------------------------------------------


def test_when_nobody_can_answer_and_nothing_is_known_it_is_503_with_when_and_who(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.fault("*", "status", status=500)
    response = get(client, "symbols=BTC")
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert int(response["Retry-After"]) >= 1
    assert {attempt["provider"] for attempt in response.json()["attempts"]} == {"binance", "kraken", "okx"}
    assert "http://" not in response.content.decode()


def test_when_time_runs_out_and_nothing_is_known_it_is_504(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    Chain.objects.update(deadline_ms=300)
    restart()
    sandbox.fault("*", "hang")
    response = get(client, "symbols=BTC")
    assert (response.status_code, response["Content-Type"]) == (504, PROBLEM)
    outcomes = {attempt["outcome"] for attempt in response.json()["attempts"]}
    assert outcomes
    assert outcomes <= {"timeout", "lost_hedge", "in flight"}


def test_when_nobody_can_answer_the_last_known_good_is_served_marked_stale(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    fresh = get(client, "symbols=BTC").json()["prices"][0]
    sandbox.fault("*", "status", status=500)
    answer = get(client, "symbols=BTC").json()
    (row,) = answer["prices"]
    assert (row["stale"], row["price"], row["source"]) == (True, fresh["price"], fresh["source"])
    assert row["stale_reason"]
    assert (answer["meta"]["cache"], answer["meta"]["stale"]) == ("last_known_good", True)


def test_a_batch_that_one_source_answers_in_part_is_completed_by_the_next(hub: Chain, client: Client) -> None:
    answer = get(client, "symbols=BTC,SOL").json()
    assert [row["source"] for row in answer["prices"]] == ["binance", "kraken"]
    assert answer["meta"]["source"] == "binance,kraken"


def test_a_source_that_needs_a_key_and_has_none_is_passed_over(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    hub.links.all().delete()
    hub.links.create(provider=add_provider(sandbox, "coincap"), position=0)
    restart()
    assert get(client, "symbols=BTC").status_code == 503
    assert not sandbox.log("coincap")
